// Real input: the most frequent words of a real text, compared with coreutils' answer.
#include "installed_glacis.hpp"

#include <filesystem>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

/// "count word" lines, behind the label of their domain where they have one.
std::map<std::string, unsigned long> counts_in(const std::string& text)
{
    std::map<std::string, unsigned long> counts;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t label = line.find('|');
        std::istringstream words(label == std::string::npos ? line : line.substr(label + 1));
        unsigned long count = 0;
        std::string word;
        std::string rest;
        if (words >> count >> word && !(words >> rest)) {
            counts[word] = count;
        }
    }
    return counts;
}

/// Words are runs of ASCII letters, compared without regard to case.
const char* const coreutils_script = R"(
    LC_ALL=C
    export LC_ALL
    tr -cs 'A-Za-z' '\n' <"$1" | tr A-Z a-z | grep . | sort | uniq -c | sort -k1,1nr -k2,2 |
        head -n 10
)";

std::string coreutils_answer(const std::string& file)
{
    return run_process({"sh", "-c", coreutils_script, "-", file}).output;
}

TEST(Wordcount, agrees_with_coreutils_on_a_real_text_of_a_megabyte)
{
    const std::string text = example("wordcount/licences.txt");
    ASSERT_GE(std::filesystem::file_size(text), 1000000U);
    const ProcessResult result = glacis({"run", example("wordcount/text.toml")});
    EXPECT_EQ(result.exit_status, 0) << result;

    const auto expected = counts_in(coreutils_answer(text));
    const auto found = counts_in(result.output);
    ASSERT_EQ(expected.size(), 10U);
    for (const auto& [word, count] : expected) {
        ASSERT_TRUE(found.contains(word)) << word << ' ' << result;
        EXPECT_EQ(found.at(word), count) << word << ' ' << result;
    }
}

TEST(Wordcount, G11_a_hostile_text_restarts_the_parser_and_the_printer_goes_on)
{
    ReportedRun run = run_with_report(example("wordcount/hostile.toml"));
    EXPECT_EQ(run.process.exit_status, 3) << run.process;
    ASSERT_TRUE(run.report.is_object()) << run.process;
    ASSERT_FALSE(run.report["faults"].empty()) << run.report;
    EXPECT_EQ(run.report["faults"][0]["class"], "stack overflow") << run.report;
    EXPECT_EQ(run.report["faults"][0]["domain"], "parser") << run.report;

    nlohmann::json parser = domain_of(run.report, "parser");
    ASSERT_TRUE(parser.is_object()) << run.report;
    EXPECT_GE(parser.value("restarts", 0), 1) << run.report;
    nlohmann::json printer = domain_of(run.report, "printer");
    ASSERT_TRUE(printer.is_object()) << run.report;
    EXPECT_EQ(printer["end"], "exited") << run.report;
    EXPECT_EQ(printer["status"], 0) << run.report;
}

} // namespace
} // namespace glacis::end_to_end
