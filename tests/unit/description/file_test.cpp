// Files that a description names: missing, of the wrong kind, no program.
#include <sys/stat.h>
#include <unistd.h>

#include "description/files.hpp"
#include "description_folder.hpp"

namespace glacis::test {
namespace {

using DescribedFile = DescriptionFolder;

std::string domain(const std::string& program)
{
    return "[[domain]]\nname = \"main\"\nprogram = \"" + program + "\"\n";
}

/// Gives up the superuser's rights, if the test has them, for as long as it lives.
struct AsNobody {
    AsNobody() { change_to(geteuid() == 0 ? 65534 : geteuid()); }
    ~AsNobody() { change_to(getuid()); }
    static void change_to(uid_t user) { EXPECT_EQ(seteuid(user), 0); }
};

const std::string at_program = "system.toml:3:11: domain 'main': program ";

TEST_F(DescribedFile, a_missing_program_is_named)
{
    EXPECT_EQ(errors(domain("absent.pd")), at_program + "'absent.pd': No such file or directory");
}

TEST_F(DescribedFile, a_program_that_is_none_is_refused_with_the_reason)
{
    write("script.pd", "#!/bin/sh\n");
    EXPECT_EQ(errors(domain("script.pd")), at_program + "'script.pd': not an ELF file");
    ElfBuilder elf;
    elf.notes = {abi_note(7)};
    write("old.pd", elf.build());
    EXPECT_EQ(errors(domain("old.pd")),
              at_program + "'old.pd': built for ABI version 7, this Glacis speaks 2");
    elf = ElfBuilder();
    elf.header.e_machine = EM_AARCH64;
    write("arm.pd", elf.build());
    EXPECT_EQ(errors(domain("arm.pd")),
              at_program + "'arm.pd': built for AArch64, this host runs x86-64");
}

TEST_F(DescribedFile, directories_and_pipes_are_refused_without_waiting)
{
    EXPECT_EQ(errors(domain(".")), at_program + "'.': is a directory");
    ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_EQ(errors(domain("pipe")), at_program + "'pipe': is a pipe, not a regular file");
    EXPECT_EQ(errors(domain("/dev/zero")), at_program + "'/dev/zero': is not a regular file");
}

TEST_F(DescribedFile, a_path_with_a_zero_byte_is_refused)
{
    EXPECT_EQ(errors(domain("main.pd\\u0000x")),
              at_program + "'main.pd\\x00x': its path contains a zero byte");
}

TEST_F(DescribedFile, a_region_of_something_that_is_no_file_is_refused)
{
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\nfile = \"absent\"\n"),
              "system.toml:3:8: region 'r': file 'absent': No such file or directory");
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\nfile = \"/dev\"\n"),
              "system.toml:3:8: region 'r': file '/dev': is a directory");
}

TEST_F(DescribedFile, a_file_that_cannot_be_read_is_refused)
{
    write("secret", "x");
    ASSERT_EQ(chmod(path("secret").c_str(), 0), 0);
    write("system.toml", "");
    ASSERT_EQ(chmod(path("system.toml").c_str(), 0666), 0);
    ASSERT_EQ(chmod(path(".").c_str(), 0755), 0);
    const AsNobody nobody; // the superuser can read every file
    EXPECT_EQ(errors_with_domain("[[region]]\nname = \"r\"\nfile = \"secret\"\n"),
              "system.toml:3:8: region 'r': file 'secret': Permission denied");
}

TEST_F(DescribedFile, read_file_stops_at_its_limit)
{
    write("five", "12345");
    EXPECT_EQ(read_file(path("five"), 5).value().size(), 5U);
    const auto refused = read_file(path("five"), 4);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().reason, "is larger than 4 B");
}

TEST_F(DescribedFile, paths_are_relative_to_the_description)
{
    EXPECT_EQ(resolve_path("a/b/system.toml", "x.pd"), "a/b/x.pd");
    EXPECT_EQ(resolve_path("system.toml", "x.pd"), "x.pd");
    EXPECT_EQ(resolve_path("a/system.toml", "/x.pd"), "/x.pd");
    EXPECT_EQ(resolve_path("/system.toml", "x.pd"), "/x.pd");
}

TEST_F(DescribedFile, a_program_of_two_domains_is_kept_once)
{
    const SystemDescription system =
        load(domain("main.pd") + "[[domain]]\nname = \"second\"\nprogram = \"main.pd\"\n");
    EXPECT_EQ(system.domains.at(0).program.file().data(),
              system.domains.at(1).program.file().data());
}

} // namespace
} // namespace glacis::test
