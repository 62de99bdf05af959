// [[region]] and what domains may do with them.
#include <glacis/abi/hypercall.h>

#include "description_folder.hpp"

namespace glacis::test {
namespace {

using DescribedRegion = DescriptionFolder;

const std::string in_domain = "[[domain]]\nname = \"main\"\nprogram = \"main.pd\"\nregions = ";

TEST_F(DescribedRegion, of_zeroed_memory_has_a_size)
{
    const SystemDescription system = load("[[region]]\nname = \"shared\"\nsize = \"8 KiB\"\n" +
                                          in_domain + "[ { name = \"shared\", perm = \"rw\" } ]\n");
    ASSERT_EQ(system.regions.size(), 1U);
    EXPECT_EQ(system.regions[0].name, "shared");
    EXPECT_EQ(system.regions[0].size, 8192U);
    EXPECT_EQ(system.regions[0].content_size, 8192U);
    EXPECT_FALSE(system.regions[0].file.has_value());
    ASSERT_EQ(system.domains[0].regions.size(), 1U);
    EXPECT_EQ(system.domains[0].regions[0].region, 0U);
    EXPECT_EQ(system.domains[0].regions[0].perm, PD_PERM_READ | PD_PERM_WRITE);
}

TEST_F(DescribedRegion, of_a_file_is_as_large_as_the_file)
{
    write("input.txt", std::string(5000, 'x'));
    const SystemDescription system = load("[[region]]\nname = \"input\"\nfile = \"input.txt\"\n" +
                                          in_domain + "[ { name = \"input\" } ]\n");
    EXPECT_EQ(system.regions[0].size, 8192U);
    EXPECT_EQ(system.regions[0].content_size, 5000U);
    EXPECT_EQ(system.regions[0].file, path("input.txt"));
    EXPECT_EQ(system.domains[0].regions[0].perm, PD_PERM_READ); // unless told otherwise
}

TEST_F(DescribedRegion, of_an_empty_file_is_one_page_without_content)
{
    write("empty", "");
    const SystemDescription system =
        load("[[region]]\nname = \"input\"\nfile = \"empty\"\n" + in_domain + "[]\n");
    EXPECT_EQ(system.regions[0].size, 4096U);
    EXPECT_EQ(system.regions[0].content_size, 0U);
}

TEST_F(DescribedRegion, needs_a_name_and_either_file_or_size)
{
    EXPECT_EQ(errors_with_domain("[[region]]\nsize = 4096\n"),
              "system.toml:1:1: region 1: name is missing");
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\n"),
              "system.toml:1:1: region 'r': needs a file, here or by --input, or a size for zeroed "
              "memory");
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\nfile = \"main.pd\"\nsize = 4096\n"),
              "system.toml:4:8: region 'r': has both a file and a size; the file says the size");
    EXPECT_EQ(
        errors_with_domain("[[region]]\nname = \"r r\"\nsize = 4096\n"),
        "system.toml:2:8: region 'r r': name: expected 1 to 31 letters, digits, '_' or '-', found "
        "\"r r\"");
}

TEST_F(DescribedRegion, has_whole_pages)
{
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\nsize = 4097\n"),
              "system.toml:3:8: region 'r': size: 4097 B is not a whole number of pages of 4 KiB; "
              "the next "
              "one is \"8 KiB\"");
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\nsize = 0\n"),
              "system.toml:3:8: region 'r': size: must not be 0");
}

TEST_F(DescribedRegion, names_are_unique)
{
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\nsize = 4096\n"
                                 "[[region]]\nname = \"r\"\nsize = 4096\n"),
              "system.toml:5:8: region 'r' is defined twice, first in line 2");
}

TEST_F(DescribedRegion, larger_than_memory_is_refused)
{
    EXPECT_EQ(
        errors_with_domain("[[region]]\nname = \"r\"\nsize = \"17179869183 GiB\"\n"),
        "system.toml:3:8: region 'r': size: 17179869183 GiB is more than the memory of the system, "
        "64 MiB");
    write("large", std::string(100'000, 'x'));
    EXPECT_EQ(errors_with_domain(
                  "[system]\nmemory = \"64 KiB\"\n[[region]]\nname = \"r\"\nfile = \"large\"\n"),
              "system.toml:5:8: region 'r': file 'large': 100000 B is more than the memory of the "
              "system, "
              "64 KiB");
}

TEST_F(DescribedRegion, that_nobody_defined_is_refused)
{
    EXPECT_EQ(errors("[[region]]\nname = \"input\"\nsize = 4096\n" + in_domain +
                     "[ { name = \"imput\" } ]\n"),
              "system.toml:7:22: domain 'main': regions: there is no region 'imput'; did you mean "
              "'input'?");
}

TEST_F(DescribedRegion, permissions_are_r_or_rw)
{
    EXPECT_EQ(
        errors("[[region]]\nname = \"input\"\nsize = 4096\n" + in_domain +
               "[ { name = \"input\", perm = \"rwx\" } ]\n"),
        "system.toml:7:38: domain 'main': regions: perm: expected \"r\" or \"rw\", found \"rwx\"");
}

TEST_F(DescribedRegion, is_given_to_a_domain_once)
{
    EXPECT_EQ(errors("[[region]]\nname = \"input\"\nsize = 4096\n" + in_domain +
                     "[ { name = \"input\" }, { name = \"input\" } ]\n"),
              "system.toml:7:42: domain 'main': regions: 'input' is given twice");
}

const std::string input_and_result =
    "[[region]]\nname = \"input\"\nfile = \"input.txt\"\n"
    "[[region]]\nname = \"result\"\nsize = 4096\noutput = \"result.txt\"\n";

TEST_F(DescribedRegion, is_written_to_a_file_beside_the_description)
{
    write("input.txt", "12345");
    const SystemDescription system = load(input_and_result + in_domain + "[]\n");
    EXPECT_FALSE(system.regions[0].output.has_value());
    EXPECT_EQ(system.regions[1].output, path("result.txt"));
}

TEST_F(DescribedRegion, of_a_file_is_not_written_to_one)
{
    EXPECT_EQ(
        errors_with_domain("[[region]]\nname = \"r\"\nfile = \"main.pd\"\noutput = \"out\"\n"),
        "system.toml:4:10: region 'r': output: its content comes from a file; only a region "
        "with a size can be written to one");
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\nsize = 4096\noutput = \"\"\n"),
              "system.toml:4:10: region 'r': output: expected a path, found \"\"");
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\nsize = 4096\noutput = true\n"),
              "system.toml:4:10: region 'r': output: expected a string, found true");
}

TEST_F(DescribedRegion, gets_the_files_that_the_command_line_names)
{
    write("other.txt", "123");
    given_ = {{{"input", path("other.txt")}}, {{"result", "here/x"}}};
    const SystemDescription system = load(input_and_result + in_domain + "[]\n");
    EXPECT_EQ(system.regions[0].file, path("other.txt"));
    EXPECT_EQ(system.regions[0].content_size, 3U);
    EXPECT_EQ(system.regions[1].output, "here/x"); // from the current directory
}

TEST_F(DescribedRegion, may_leave_its_file_to_the_command_line)
{
    write("other.txt", "123");
    given_.inputs = {{"input", path("other.txt")}};
    const SystemDescription system = load("[[region]]\nname = \"input\"\n" + in_domain + "[]\n");
    EXPECT_EQ(system.regions[0].content_size, 3U);
}

TEST_F(DescribedRegion, files_from_the_command_line_are_checked)
{
    write("input.txt", "12345");
    given_.inputs = {{"imput", "a"}};
    EXPECT_EQ(errors_with_domain(input_and_result),
              "system.toml: --input: there is no region 'imput'; did you mean 'input'?");
    given_.inputs = {{"input", path("input.txt")}, {"input", path("input.txt")}};
    EXPECT_EQ(errors_with_domain(input_and_result),
              "system.toml: --input: region 'input' is given two files");
    given_.inputs = {{"input", "/no/such"}};
    EXPECT_EQ(errors_with_domain(input_and_result),
              "system.toml: region 'input': file '/no/such': No such file or directory");
    given_ = {{{"result", path("input.txt")}}, {}};
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"result\"\nsize = 4096\n"),
              "system.toml: --input: region 'result' is zeroed memory, which takes no file");
    given_ = {{}, {{"input", "out"}}};
    EXPECT_EQ(errors_with_domain(input_and_result),
              "system.toml: region 'input': output: its content comes from a file; only a region "
              "with a size can be written to one");
}

TEST_F(DescribedRegion, uses_are_tables)
{
    EXPECT_EQ(errors(in_domain + "[ \"input\" ]\n"),
              "system.toml:4:13: domain 'main': regions: expected a table, found \"input\"");
    EXPECT_EQ(errors(in_domain + "[ { nam = \"input\" } ]\n"),
              "system.toml:4:13: domain 'main': regions: name is missing\n"
              "system.toml:4:15: domain 'main': regions: unknown key 'nam'; did you mean 'name'?");
}

} // namespace
} // namespace glacis::test
