#include "campaign/junit.hpp"

#include <map>

#include "campaign/archive.hpp"
#include "fault/printable.hpp"

namespace glacis::campaign {

namespace {

/// Of one line. XML has no way to write control characters, nor what is no UTF-8, nor U+FFFE and
/// U+FFFF.
std::string escaped(const std::string& line)
{
    const std::string text = fault::printable(line);
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        switch (const char c = text[i]) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\xef':
            if (text.compare(i, 3, "\xef\xbf\xbe") == 0 ||
                text.compare(i, 3, "\xef\xbf\xbf") == 0) {
                result += '?';
                i += 2;
                break;
            }
            [[fallthrough]];
        default:
            result += c;
        }
    }
    return result;
}

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
        each.text += escaped(line) + "\n";
    }
    const std::string name = escaped(content.head.name);
    std::string text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"" + name +
        "\" tests=\"" + std::to_string(cases.size()) + "\" failures=\"" + std::to_string(failures) +
        "\">\n";
    for (const auto& [fault_class, each] : cases) {
        text += "    <testcase classname=\"" + name + "\" name=\"" +
                escaped(std::string(inject::name_of(fault_class))) + " (" +
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
