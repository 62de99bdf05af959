// [system] and the description as a whole.
#include "description_folder.hpp"

namespace glacis::test {
namespace {

using DescribedSystem = DescriptionFolder;

constexpr std::string_view minimal = "[[domain]]\nname = \"main\"\nprogram = \"main.pd\"\n";

TEST_F(DescribedSystem, one_domain_is_enough_and_the_rest_has_defaults)
{
    const SystemDescription system = load(minimal);
    EXPECT_EQ(system.name, "system"); // as the file is called
    EXPECT_EQ(system.vcpus, 1U);
    EXPECT_EQ(system.memory, 64U << 20);
    EXPECT_EQ(system.time_slice_ns, 10'000'000U);
    EXPECT_EQ(system.stack_area.base, 0x40000000U);
    EXPECT_EQ(system.stack_area.size, 256U << 20);
    EXPECT_EQ(system.stack_area.slot, 1U << 20);
    EXPECT_EQ(system.stack_area.guard, 64U << 10);
    EXPECT_EQ(system.domains.size(), 1U);
}

TEST_F(DescribedSystem, every_value_is_taken_over)
{
    const SystemDescription system =
        load("[system]\nname = \"pipeline\"\nvcpus = 64\nmemory = \"1 GiB\"\n"
             "time_slice = \"250 us\"\n" +
             std::string(minimal));
    EXPECT_EQ(system.name, "pipeline");
    EXPECT_EQ(system.vcpus, 64U);
    EXPECT_EQ(system.memory, 1U << 30);
    EXPECT_EQ(system.time_slice_ns, 250'000U);
}

TEST_F(DescribedSystem, explore_says_what_is_marked_and_how_small_the_load_is)
{
    const SystemDescription plain = load(minimal);
    EXPECT_TRUE(plain.explore.functions.empty());
    EXPECT_TRUE(plain.explore.arguments.empty());
    const SystemDescription system =
        load(std::string(minimal) +
             "[explore]\nfunctions = [\"main.put\", \"take\"]\narguments = [\"4\"]\n");
    EXPECT_EQ(system.explore.functions, (std::vector<std::string>{"main.put", "take"}));
    EXPECT_EQ(system.explore.arguments, std::vector<std::string>{"4"});
    EXPECT_EQ(errors(std::string(minimal) + "[explore]\nfunctions = \"put\"\nbound = 2\n")
                  .find("system.toml:"),
              0U);
}

TEST_F(DescribedSystem, a_missing_file_is_an_error_without_a_line)
{
    const auto system = load_description(path("absent.toml"), host_);
    ASSERT_FALSE(system.has_value());
    EXPECT_EQ(system.error().front().text(), path("absent.toml") + ": No such file or directory");
}

TEST_F(DescribedSystem, a_folder_is_no_description)
{
    const auto system = load_description(path("."), host_);
    ASSERT_FALSE(system.has_value());
    EXPECT_EQ(system.error().front().text(), path(".") + ": is a directory");
}

TEST_F(DescribedSystem, a_huge_file_is_no_description)
{
    EXPECT_EQ(errors(std::string(max_description_size + 1, '#')),
              "system.toml: is larger than 1 MiB");
}

TEST_F(DescribedSystem, a_syntax_error_names_its_place)
{
    const std::string found = errors("[system]\nname = pipeline\n");
    EXPECT_EQ(found.substr(0, found.find(": not valid TOML: ")), "system.toml:2:8");
    EXPECT_EQ(errors("[system\n").substr(0, 32), "system.toml:1:8: not valid TOML:");
}

TEST_F(DescribedSystem, a_table_without_a_name_is_a_syntax_error)
{
    EXPECT_EQ(errors("[.]\n").substr(0, 32), "system.toml:1:2: not valid TOML:");
}

TEST_F(DescribedSystem, letters_that_no_key_has_are_a_syntax_error)
{
    EXPECT_EQ(errors("[system]\nvcpus = 1 \u0387\n").substr(0, 33),
              "system.toml:2:11: not valid TOML:");
    EXPECT_EQ(errors("\u00e9 = 1\n").substr(0, 32), "system.toml:1:1: not valid TOML:");
}

TEST_F(DescribedSystem, a_key_given_twice_is_a_syntax_error)
{
    EXPECT_NE(errors("[system]\nvcpus = 1\nvcpus = 2\n").find("system.toml:3:"), std::string::npos);
}

TEST_F(DescribedSystem, deep_nesting_is_an_error_and_no_crash)
{
    EXPECT_NE(errors("x = " + std::string(100'000, '[')).find("not valid TOML"), std::string::npos);
}

TEST_F(DescribedSystem, an_empty_description_has_no_domain)
{
    EXPECT_EQ(errors(""), "system.toml: has no [[domain]]: a system needs at least one");
}

TEST_F(DescribedSystem, an_unknown_key_is_reported_with_the_nearest_known_one)
{
    EXPECT_EQ(errors_with_domain("[system]\nvcpu = 2\n"),
              "system.toml:2:1: system: unknown key 'vcpu'; did you mean 'vcpus'?");
    EXPECT_EQ(errors_with_domain("[system]\ncolour = 2\n"),
              "system.toml:2:1: system: unknown key 'colour'");
    EXPECT_EQ(errors_with_domain("[stack_aera]\n"),
              "system.toml:1:2: unknown table 'stack_aera'; did you mean 'stack_area'?");
    EXPECT_EQ(errors_with_domain("vcpus = 2\n"), "system.toml:1:1: unknown key 'vcpus'");
}

TEST_F(DescribedSystem, zero_or_too_many_vcpus_are_refused)
{
    EXPECT_EQ(errors_with_domain("[system]\nvcpus = 0\n"),
              "system.toml:2:9: system: vcpus: expected 1 to 64, found 0");
    EXPECT_EQ(errors_with_domain("[system]\nvcpus = 65\n"),
              "system.toml:2:9: system: vcpus: expected 1 to 64, found 65");
    EXPECT_EQ(errors_with_domain("[system]\nvcpus = -1\n"),
              "system.toml:2:9: system: vcpus: expected a whole number, not negative, found -1");
    EXPECT_EQ(
        errors_with_domain("[system]\nvcpus = \"two\"\n"),
        "system.toml:2:9: system: vcpus: expected a whole number, not negative, found \"two\"");
}

TEST_F(DescribedSystem, wrong_types_and_units_say_what_was_expected)
{
    const std::string size = "expected a size such as \"32 KiB\", found ";
    EXPECT_EQ(errors_with_domain("[system]\nmemory = 12.5\n"),
              "system.toml:2:10: system: memory: " + size + "12.5");
    EXPECT_EQ(errors_with_domain("[system]\nmemory = \"64 MB\"\n"),
              "system.toml:2:10: system: memory: " + size + "\"64 MB\"; did you mean \"64 MiB\"?");
    EXPECT_EQ(errors_with_domain("[system]\nmemory = \"64\"\n"),
              "system.toml:2:10: system: memory: " + size + "\"64\"; did you mean \"64 B\"?");
    EXPECT_EQ(errors_with_domain("[system]\nmemory = [1]\n"),
              "system.toml:2:10: system: memory: " + size + "an array");
    EXPECT_EQ(errors_with_domain("[system]\nmemory = 1979-05-27\n"),
              "system.toml:2:10: system: memory: " + size + "a date or time");
    EXPECT_EQ(errors_with_domain("[system]\nmemory = -1\n"),
              "system.toml:2:10: system: memory: " + size + "-1");
    EXPECT_EQ(
        errors_with_domain("[system]\ntime_slice = 10\n"),
        "system.toml:2:14: system: time_slice: expected a duration such as \"10 ms\", found 10");
    EXPECT_EQ(errors_with_domain("[system]\nname = true\n"),
              "system.toml:2:8: system: name: expected a string, found true");
    EXPECT_EQ(errors_with_domain("system = 5\n"),
              "system.toml:1:10: system: expected a table, found 5");
    EXPECT_EQ(
        errors("[domain]\nname = \"main\"\n"),
        "system.toml: has no [[domain]]: a system needs at least one\n"
        "system.toml:1:1: domain: expected an array of tables, found a table; write [[domain]] "
        "with double brackets");
}

TEST_F(DescribedSystem, time_slices_are_bounded)
{
    EXPECT_EQ(errors_with_domain("[system]\ntime_slice = \"1 us\"\n"),
              "system.toml:2:14: system: time_slice: expected 10 us to 1 min, found 1 us");
    EXPECT_EQ(errors_with_domain("[system]\ntime_slice = \"2 min\"\n"),
              "system.toml:2:14: system: time_slice: expected 10 us to 1 min, found 2 min");
}

TEST_F(DescribedSystem, memory_is_whole_pages)
{
    EXPECT_EQ(errors_with_domain("[system]\nmemory = 0\n"),
              "system.toml:2:10: system: memory: must not be 0");
    EXPECT_EQ(
        errors_with_domain("[system]\nmemory = 1000000\n"),
        "system.toml:2:10: system: memory: 1000000 B is not a whole number of pages of 4 KiB; the "
        "next one is \"980 KiB\"");
}

TEST_F(DescribedSystem, more_memory_than_the_host_has_is_refused)
{
    EXPECT_EQ(errors_with_domain("[system]\nmemory = \"16 GiB\"\n"), "accepted");
    EXPECT_EQ(errors_with_domain("[system]\nmemory = \"17 GiB\"\n"),
              "system.toml:2:10: system: memory: 17 GiB is more than this host has (16 GiB)");
    EXPECT_EQ(
        errors_with_domain("[system]\nmemory = \"17179869183 GiB\"\n"),
        "system.toml:2:10: system: memory: 17179869183 GiB is more than this host has (16 GiB)");
}

TEST_F(DescribedSystem, memory_must_fit_into_the_address_space)
{
    host_.memory = UINT64_MAX;
    EXPECT_EQ(errors_with_domain("[system]\nmemory = \"507 GiB\"\n"), "accepted");
    EXPECT_EQ(
        errors_with_domain("[system]\nmemory = \"508 GiB\"\n"),
        "system.toml:2:10: system: memory: 508 GiB do not fit between the stack area and the last "
        "guest address")
        << "a default thread manager lies behind it";
}

TEST_F(DescribedSystem, memory_must_hold_what_the_system_starts_with)
{
    const std::string system = "[system]\nmemory = \"64 KiB\"\n";
    EXPECT_EQ(errors_with_domain(system), "accepted");
    EXPECT_EQ(
        errors_with_domain(system + "[[region]]\nname = \"r\"\nsize = \"48 KiB\"\n"),
        "system.toml:2:10: system: memory: programs and regions need 68 KiB, there is 64 KiB");
}

TEST_F(DescribedSystem, bad_names_are_refused)
{
    const std::string expected =
        "system: name: expected 1 to 31 letters, digits, '_' or '-', found ";
    EXPECT_EQ(errors_with_domain("[system]\nname = \"\"\n"),
              "system.toml:2:8: " + expected + "\"\"");
    EXPECT_EQ(errors_with_domain("[system]\nname = \"a b\"\n"),
              "system.toml:2:8: " + expected + "\"a b\"");
    EXPECT_EQ(errors_with_domain("[system]\nname = \"\\u001b[31m\"\n"),
              "system.toml:2:8: " + expected + "\"\\x1b[31m\"");
    EXPECT_EQ(errors_with_domain("[system]\nname = \"\\u009b2J\"\n"),
              "system.toml:2:8: " + expected + "\"\\xc2\\x9b2J\"");
    const std::string longest(31, 'x');
    EXPECT_EQ(errors_with_domain("[system]\nname = \"" + longest + "\"\n"), "accepted");
    EXPECT_EQ(errors_with_domain("[system]\nname = \"" + longest + "x\"\n"),
              "system.toml:2:8: " + expected + "\"" + longest + "x\"");
}

TEST_F(DescribedSystem, all_errors_are_told_at_once_in_the_order_of_the_file)
{
    EXPECT_EQ(errors("[[domain]]\nname = \"a\"\nstack = 12.5\nprogram = \"absent.pd\"\n"
                     "[system]\nvcpus = 0\n"),
              "system.toml:3:9: domain 'a': stack: expected a size such as \"32 KiB\", found 12.5\n"
              "system.toml:4:11: domain 'a': program 'absent.pd': No such file or directory\n"
              "system.toml:6:9: system: vcpus: expected 1 to 64, found 0");
}

TEST_F(DescribedSystem, no_more_than_a_hundred_errors_are_told)
{
    std::string text = "[system]\n";
    for (int i = 0; i < 1000; ++i) {
        text += "unknown" + std::to_string(i) + " = 1\n";
    }
    const std::string found = errors_with_domain(text);
    EXPECT_EQ(std::count(found.begin(), found.end(), '\n') + 1, 100);
}

} // namespace
} // namespace glacis::test
