// Descriptions and programs that are refused: exit status 2, file, line and column, nothing
// started.
#include "installed_glacis.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::string good = R"([system]
name = "scratch"

[[domain]]
name = "hello"
program = "hello.pd"
)";

/// A description beside a copy of the hello program.
class Description : public testing::Test {
protected:
    void SetUp() override
    {
        std::filesystem::copy_file(example("hello/hello.pd"), scratch_.path() / "hello.pd");
    }

    void expect_refused(const std::string& text, const std::string& place, const std::string& told)
    {
        const std::string file = scratch_.write("system.toml", text);
        for (const char* verb : {"run", "check", "inspect"}) {
            const ProcessResult result = glacis({verb, file});
            EXPECT_EQ(result.exit_status, 2) << verb << ' ' << result;
            EXPECT_THAT(result.errors, HasSubstr(file + place)) << verb << ' ' << result;
            EXPECT_THAT(result.errors, HasSubstr(told)) << verb << ' ' << result;
            EXPECT_THAT(result.output, IsEmpty()) << verb << ' ' << result;
        }
    }

    ScratchDirectory scratch_;
};

TEST_F(Description, the_good_one_runs)
{
    const ProcessResult result = glacis({"run", scratch_.write("system.toml", good)});
    EXPECT_EQ(result.exit_status, 0) << result;
}

TEST_F(Description, toml_syntax)
{
    expect_refused("[system\n", ":1:", "");
}

TEST_F(Description, an_unknown_key_is_told_with_the_nearest_known_one)
{
    expect_refused(good + "stak = \"32 KiB\"\n", ":7:1", "stack");
}

TEST_F(Description, a_wrong_type)
{
    expect_refused(good + "stack = true\n", ":7:", "stack");
}

TEST_F(Description, a_wrong_unit)
{
    expect_refused(good + "stack = \"32 KB/s\"\n", ":7:", "32 KB/s");
}

TEST_F(Description, zero_vcpus)
{
    expect_refused("[system]\nname = \"s\"\nvcpus = 0\n" + good.substr(good.find("[[")),
                   ":3:", "vcpus");
}

TEST_F(Description, a_stack_larger_than_its_slot)
{
    expect_refused(good + "stack = \"2 MiB\"\n", ":7:", "slot");
}

TEST_F(Description, a_missing_program)
{
    expect_refused("[system]\nname = \"s\"\n[[domain]]\nname = \"a\"\nprogram = \"none.pd\"\n",
                   ":5:", "none.pd");
}

TEST_F(Description, two_domains_of_one_name)
{
    expect_refused(good + good.substr(good.find("[[")), ":", "hello");
}

TEST_F(Description, a_program_that_is_no_elf_file)
{
    static_cast<void>(scratch_.write("hello.pd", "#!/bin/sh\necho hello\n"));
    expect_refused(good, ":6:", "ELF");
}

TEST_F(Description, a_program_for_the_host)
{
    std::filesystem::copy_file("/bin/true", scratch_.path() / "hello.pd",
                               std::filesystem::copy_options::overwrite_existing);
    expect_refused(good, ":6:", "hello.pd");
}

TEST_F(Description, a_truncated_program)
{
    std::filesystem::resize_file(scratch_.path() / "hello.pd", 200);
    expect_refused(good, ":6:", "hello.pd");
}

TEST_F(Description, a_program_of_another_abi_version)
{
    // The descriptor of the ABI note: it follows the note's owner, padded to four bytes.
    std::string program = content_of(scratch_.path() / "hello.pd");
    const std::string owner("Glacis\0\0", 8);
    const std::size_t note = program.find(owner);
    ASSERT_NE(note, std::string::npos);
    program[note + owner.size()] = 99;
    static_cast<void>(scratch_.write("hello.pd", program));
    expect_refused(good, ":6:", "99");
}

} // namespace
} // namespace glacis::end_to_end
