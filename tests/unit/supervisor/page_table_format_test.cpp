// The formats bit for bit, against values worked out from the manuals.

#include <gtest/gtest.h>

#include <glacis/supervisor/arch/aarch64/page_table_format.hpp>
#include <glacis/supervisor/arch/x86_64/page_table_format.hpp>

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t physical = 0x12'3456'7000;

TEST(X86PageTableFormat, entries_have_the_bits_of_the_manual)
{
    using Format = x86_64::PageTableFormat;
    EXPECT_EQ(Format::table(physical), 0x0000'0012'3456'7007U);
    EXPECT_EQ(Format::leaf(physical, Perm::read, true), 0x8000'0012'3456'7025U);
    EXPECT_EQ(Format::leaf(physical, Perm::read_write, true), 0x8000'0012'3456'7067U);
    EXPECT_EQ(Format::leaf(physical, Perm::read_execute, true), 0x0000'0012'3456'7025U);
    EXPECT_EQ(Format::leaf(physical, Perm::read_execute, false), 0x0000'0012'3456'7021U);
    EXPECT_EQ(Format::leaf(physical, Perm::read_write, false), 0x8000'0012'3456'7063U);
    EXPECT_EQ(Format::leaf(physical, Perm::none, true), 0U);
    EXPECT_EQ(Format::address_of(0xffff'ffff'ffff'ffff), 0x000f'ffff'ffff'f000U);
    EXPECT_FALSE(Format::is_present(0x8000'0012'3456'7006));
}

TEST(X86PageTableFormat, rights_are_the_and_over_the_levels)
{
    using Format = x86_64::PageTableFormat;
    Format::Rights rights;
    Format::restrict_rights(rights, Format::table(physical), 2);
    EXPECT_TRUE(rights.is_user && rights.is_writable && rights.is_executable);
    Format::restrict_rights(rights, Format::table(physical) & ~Format::user, 2);
    EXPECT_FALSE(rights.is_user);
    Format::restrict_rights(rights, Format::table(physical) | Format::no_execute, 2);
    EXPECT_FALSE(rights.is_executable);
    Format::restrict_rights(rights, Format::leaf(physical, Perm::read, true), 1);
    EXPECT_FALSE(rights.is_writable);
}

TEST(Aarch64PageTableFormat, entries_have_the_bits_of_the_manual)
{
    using Format = aarch64::PageTableFormat;
    // UXN 54, PXN 53; nG 11, AF 10, SH 9:8 = 11, AP 7:6, AttrIndx 4:2 = 0, page 1:0 = 11.
    EXPECT_EQ(Format::table(physical), 0x0000'0012'3456'7003U);
    EXPECT_EQ(Format::leaf(physical, Perm::read, true), 0x0060'0012'3456'7fc3U);
    EXPECT_EQ(Format::leaf(physical, Perm::read_write, true), 0x0060'0012'3456'7f43U);
    EXPECT_EQ(Format::leaf(physical, Perm::read_execute, true), 0x0020'0012'3456'7fc3U);
    EXPECT_EQ(Format::leaf(physical, Perm::read_execute, false), 0x0040'0012'3456'7783U);
    EXPECT_EQ(Format::leaf(physical, Perm::read_write, false), 0x0060'0012'3456'7703U);
    EXPECT_EQ(Format::leaf(physical, Perm::none, true), 0U);
    EXPECT_EQ(Format::address_of(0xffff'ffff'ffff'ffff), 0x0000'ffff'ffff'f000U);
    EXPECT_FALSE(Format::is_present(0x1)) << "a block entry is none of ours";
}

TEST(Aarch64PageTableFormat, table_entries_can_restrict_and_ours_do_not)
{
    using Format = aarch64::PageTableFormat;
    Format::Rights rights;
    Format::restrict_rights(rights, Format::table(physical), 2);
    EXPECT_TRUE(rights.is_user && rights.is_writable && rights.is_executable);
    Format::restrict_rights(rights, Format::table(physical) | Format::table_read_only, 2);
    EXPECT_FALSE(rights.is_writable);
    Format::restrict_rights(rights, Format::table(physical) | Format::table_no_execute, 2);
    EXPECT_FALSE(rights.is_executable);
    Format::restrict_rights(rights, Format::table(physical) | Format::table_no_el0, 2);
    EXPECT_FALSE(rights.is_user);
}

} // namespace
} // namespace glacis::supervisor::test
