#include "campaign/junit.hpp"

#include <map>

#include "campaign/archive.hpp"
#include "campaign/markup.hpp"

namespace glacis::campaign {

namespace {

struct Case {
    std::uint64_t runs = 0;
    std::uint64_t escapes = 0;
    std::string text; ///< escaped
};

} // namespace

std::string junit_text(const ArchiveContent& content)
{
    std::map<FaultClass, Case> cases;
    std::uint64_t failures = 0;
    for (const auto& [run, record] : content.records) {
        Case& each = cases[record.fault.fault_class];
        ++each.runs;
        if (record.with.verdict.outcome != Outcome::escape) {
            continue;
        }
        failures += each.escapes++ == 0 ? 1 : 0;
        std::string line = "run " + std::to_string(run) + ": " + record.with.deed;
        for (const Escape& escape : record.with.verdict.escapes) {
            line += "; " + escape.owner + ": " + escape.what;
        }
        each.text += markup_escaped(line) + "\n";
    }
    const std::string name = markup_escaped(content.head.name);
    std::string text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"" + name +
        "\" tests=\"" + std::to_string(cases.size()) + "\" failures=\"" + std::to_string(failures) +
        "\">\n";
    for (const auto& [fault_class, each] : cases) {
        text += "    <testcase classname=\"" + name + "\" name=\"" +
                markup_escaped(std::string(inject::name_of(fault_class))) + " (" +
                std::to_string(each.runs) + " runs)\"";
        if (each.escapes == 0) {
            text += "/>\n";
            continue;
        }
        text += ">\n      <failure message=\"" + std::to_string(each.escapes) + " escaped\">" +
                each.text + "</failure>\n    </testcase>\n";
    }
    return text + "  </testsuite>\n</testsuites>\n";
}

} // namespace glacis::campaign
