// Campaigns as test results in XML.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "campaign/junit.hpp"
#include "sample.hpp"

namespace glacis::campaign::test {
namespace {

using testing::HasSubstr;

ArchiveContent content_of(const std::vector<Record>& records)
{
    ArchiveContent content{sample_head(), {}};
    for (const Record& record : records) {
        content.records.emplace(record.run, record);
    }
    return content;
}

/// With `text` wherever a report repeats what it was given.
std::string junit_with(const std::string& text)
{
    Record record = sample_record(0, FaultClass::delay, Outcome::escape);
    record.with.deed = text;
    record.with.verdict.escapes = {{text, text}};
    ArchiveContent content = content_of({record});
    content.head.name = text;
    return junit_text(content);
}

bool has_only_entities(const std::string& text)
{
    for (std::size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
        bool is_known = false;
        for (const char* entity : {"&amp;", "&lt;", "&gt;", "&quot;"}) {
            is_known = is_known || text.compare(at, std::string(entity).size(), entity) == 0;
        }
        if (!is_known) {
            return false;
        }
    }
    return true;
}

/// Takes a document of elements, attributes and text apart as far as is needed to see that it is
/// well-formed.
bool is_well_formed(const std::string& text)
{
    std::vector<std::string> open;
    std::size_t at = text.find("?>");
    if (text.rfind("<?xml ", 0) != 0 || at == std::string::npos || !has_only_entities(text)) {
        return false;
    }
    for (at = text.find('<', at); at != std::string::npos; at = text.find('<', at)) {
        const std::size_t end = text.find('>', at);
        const std::string tag = text.substr(at + 1, end - at - 1);
        const std::string name = tag.substr(0, tag.find(' '));
        if (end == std::string::npos || tag.find('<') != std::string::npos ||
            std::count(tag.begin(), tag.end(), '"') % 2 != 0) {
            return false;
        }
        if (tag.front() == '/') {
            if (open.empty() || open.back() != tag.substr(1)) {
                return false;
            }
            open.pop_back();
        } else if (tag.back() != '/') {
            open.push_back(name);
        }
        at = end;
    }
    return open.empty();
}

TEST(Junit, has_a_test_case_a_class_that_fails_where_something_escaped)
{
    Record escape = sample_record(7, FaultClass::foreign_write, Outcome::escape);
    escape.with.deed = "wrote 8 bytes";
    const auto content = content_of(
        {sample_record(0), sample_record(1), escape, sample_record(8, FaultClass::foreign_write)});
    EXPECT_EQ(junit_text(content), R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="stacks" tests="2" failures="1">
    <testcase classname="stacks" name="wrong source (2 runs)"/>
    <testcase classname="stacks" name="foreign memory write (2 runs)">
      <failure message="1 escaped">run 7: wrote 8 bytes; reader: 0x4010f8: 0x00 became 0x41
</failure>
    </testcase>
  </testsuite>
</testsuites>
)xml");
}

TEST(Junit, fails_a_class_once_and_tells_every_run)
{
    const std::string text =
        junit_text(content_of({sample_record(1, FaultClass::delay, Outcome::escape),
                               sample_record(2, FaultClass::delay, Outcome::escape)}));
    EXPECT_THAT(text, HasSubstr("tests=\"1\" failures=\"1\""));
    EXPECT_THAT(text, HasSubstr("message=\"2 escaped\">run 1: "));
    EXPECT_THAT(text, HasSubstr("\nrun 2: "));
}

TEST(Junit, fails_for_no_other_outcome_and_for_nothing_without_protection)
{
    for (const Outcome outcome : all_outcomes) {
        Record record = sample_record(1, FaultClass::delay, outcome);
        record.without->verdict.outcome = Outcome::escape;
        EXPECT_THAT(junit_text(content_of({record})),
                    HasSubstr(outcome == Outcome::escape ? "failures=\"1\"" : "failures=\"0\""));
    }
}

TEST(Junit, of_nothing_is_an_empty_suite)
{
    const std::string text = junit_text(content_of({}));
    EXPECT_THAT(text, HasSubstr("tests=\"0\" failures=\"0\""));
    EXPECT_TRUE(is_well_formed(text));
}

TEST(Junit, escapes_what_means_something_in_xml)
{
    const std::string text = junit_with("a<b>&\"c\"]]>");
    EXPECT_TRUE(is_well_formed(text)) << text;
    EXPECT_THAT(text, HasSubstr("name=\"a&lt;b&gt;&amp;&quot;c&quot;]]&gt;\""));
    EXPECT_THAT(text, HasSubstr("run 0: a&lt;b&gt;&amp;"));
}

TEST(Junit, has_no_characters_that_xml_cannot_have)
{
    // Control characters, half a sequence, a surrogate, beyond Unicode.
    std::string hostile = "\x01\x1b\r\n\t\x7f\xff\xc3 \xed\xa0\x80 \xf4\x90\x80\x80";
    hostile += '\0';
    const std::string text = junit_with(hostile);
    EXPECT_TRUE(is_well_formed(text)) << text;
    for (const char c : text) {
        EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
    }
    EXPECT_THAT(text, HasSubstr("\\x01\\x1b"));
}

TEST(Junit, keeps_letters_of_all_languages_but_not_what_is_no_character)
{
    const std::string text = junit_with("Grüße 日本 \xef\xbb\xbf \xef\xbf\xbe \xef\xbf\xbf \xef");
    EXPECT_THAT(text, HasSubstr("Grüße 日本 \xef\xbb\xbf ? ? \\xef"));
}

} // namespace
} // namespace glacis::campaign::test
