// Lines of domains: labelled, and harmless to the terminal.
#include <gtest/gtest.h>

#include "cli/console_view.hpp"
#include "sample.hpp"

namespace glacis::cli {
namespace {

TEST(ConsoleView, labels_are_as_wide_as_the_longest_name)
{
    const ConsoleView view(test::sample_system(), false);
    EXPECT_EQ(view.labelled("parser", "hello"), "parser | hello\n");
    EXPECT_EQ(view.labelled("store", "hello"), "store  | hello\n");
    EXPECT_EQ(view.labelled("store", ""), "store  | \n");
}

TEST(ConsoleView, each_domain_has_its_colour)
{
    const ConsoleView view(test::sample_system(), true);
    EXPECT_EQ(view.labelled("parser", "x"), "\x1b[36mparser\x1b[0m | x\n");
    EXPECT_EQ(view.labelled("store", "x"), "\x1b[33mstore \x1b[0m | x\n");
}

TEST(ConsoleView, G11_what_a_domain_writes_cannot_upset_the_terminal)
{
    const ConsoleView view(test::sample_system(), false);
    EXPECT_EQ(view.labelled("store", "\x1b[2Jgone"), "store  | \\x1b[2Jgone\n");
    EXPECT_EQ(view.labelled("store", "a\rb"), "store  | a\\x0db\n");
    EXPECT_EQ(view.labelled("store", std::string_view("a\0b", 3)), "store  | a\\x00b\n");
    EXPECT_EQ(view.labelled("store", "\xff"), "store  | \\xff\n");
}

TEST(ConsoleView, tabs_letters_of_all_scripts_and_line_ends_of_other_systems_are_welcome)
{
    const ConsoleView view(test::sample_system(), false);
    EXPECT_EQ(view.labelled("store", "a\tb\t"), "store  | a\tb\t\n");
    EXPECT_EQ(view.labelled("store", "gr\xc3\xbc\xc3\x9f"), "store  | gr\xc3\xbc\xc3\x9f\n");
    EXPECT_EQ(view.labelled("store", "dos\r"), "store  | dos\n");
}

} // namespace
} // namespace glacis::cli
