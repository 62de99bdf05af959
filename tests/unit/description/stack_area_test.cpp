// [stack_area].
#include "description_folder.hpp"

namespace glacis::test {
namespace {

using DescribedStackArea = DescriptionFolder;

TEST_F(DescribedStackArea, every_value_is_taken_over)
{
    const SystemDescription system = load("[stack_area]\nbase = 0x8000_0000\nsize = \"32 "
                                          "GiB\"\nslot = \"2 MiB\"\nguard = \"128 KiB\"\n"
                                          "[[domain]]\nname = \"main\"\nprogram = \"main.pd\"\n");
    EXPECT_EQ(system.stack_area.base, 0x80000000U);
    EXPECT_EQ(system.stack_area.size, std::uint64_t{32} << 30);
    EXPECT_EQ(system.stack_area.slot, 2U << 20);
    EXPECT_EQ(system.stack_area.guard, 128U << 10);
}

TEST_F(DescribedStackArea, a_slot_is_a_power_of_two)
{
    EXPECT_EQ(
        errors_with_domain("[stack_area]\nslot = \"768 KiB\"\n"),
        "system.toml:2:8: stack_area: slot: expected a power of two from 8 KiB to 1 GiB, found "
        "768 KiB");
    EXPECT_EQ(errors_with_domain("[stack_area]\nslot = 0\n"),
              "system.toml:2:8: stack_area: slot: expected a power of two from 8 KiB to 1 GiB, "
              "found 0 B");
    EXPECT_EQ(
        errors_with_domain("[stack_area]\nslot = \"4 KiB\"\n"),
        "system.toml:2:8: stack_area: slot: expected a power of two from 8 KiB to 1 GiB, found "
        "4 KiB");
    EXPECT_EQ(
        errors_with_domain("[stack_area]\nslot = \"2 GiB\"\n"),
        "system.toml:2:8: stack_area: slot: expected a power of two from 8 KiB to 1 GiB, found "
        "2 GiB");
}

TEST_F(DescribedStackArea, a_guard_leaves_room_in_the_slot)
{
    EXPECT_EQ(errors_with_domain("[stack_area]\nguard = \"1 MiB\"\n"),
              "system.toml:2:9: stack_area: guard: 1 MiB leaves no room in a slot of 1 MiB");
    EXPECT_EQ(errors_with_domain("[stack_area]\nslot = \"64 KiB\"\n"),
              "system.toml:1:1: stack_area: guard: 64 KiB leaves no room in a slot of 64 KiB");
}

TEST_F(DescribedStackArea, a_guard_is_whole_pages_and_never_nothing)
{
    EXPECT_EQ(errors_with_domain("[stack_area]\nguard = 0\n"),
              "system.toml:2:9: stack_area: guard: must not be 0");
    EXPECT_EQ(
        errors_with_domain("[stack_area]\nguard = 5000\n"),
        "system.toml:2:9: stack_area: guard: 5000 B is not a whole number of pages of 4 KiB; the "
        "next one is \"8 KiB\"");
}

TEST_F(DescribedStackArea, its_size_is_whole_slots)
{
    EXPECT_EQ(
        errors_with_domain("[stack_area]\nsize = \"1536 KiB\"\n"),
        "system.toml:2:8: stack_area: size: 1536 KiB is not a whole number of slots of 1 MiB");
    EXPECT_EQ(errors_with_domain("[stack_area]\nsize = 0\n"),
              "system.toml:2:8: stack_area: size: 0 B is not a whole number of slots of 1 MiB");
    EXPECT_EQ(
        errors_with_domain(
            "[stack_area]\nsize = \"16 GiB\"\nslot = \"8 KiB\"\nguard = \"4 KiB\"\n"),
        "system.toml:2:8: stack_area: size: 16 GiB is 2097152 slots; at most 1048576 are possible");
}

TEST_F(DescribedStackArea, its_base_is_aligned_to_the_slot)
{
    EXPECT_EQ(errors_with_domain("[stack_area]\nbase = 0x4000_1000\n"),
              "system.toml:2:8: stack_area: base: 0x40001000 is not a multiple of the slot, 1 MiB");
}

TEST_F(DescribedStackArea, it_keeps_off_fixed_addresses)
{
    EXPECT_EQ(errors_with_domain("[stack_area]\nbase = 0x3ff0_0000\n"),
              "system.toml:2:8: stack_area: base: 0x3ff00000 overlaps Glacis's own addresses, "
              "which end at "
              "0x40000000");
    EXPECT_EQ(
        errors_with_domain("[stack_area]\nbase = 0\n"),
        "system.toml:2:8: stack_area: base: 0x0 overlaps Glacis's own addresses, which end at "
        "0x40000000");
}

TEST_F(DescribedStackArea, it_ends_before_the_last_guest_address)
{
    EXPECT_EQ(errors_with_domain("[stack_area]\nbase = 0x7f_f000_0000\n"),
              "system.toml:2:8: stack_area: the area of 256 MiB at 0x7ff0000000 ends behind the "
              "last guest "
              "address, 0x7fffffffff");
    EXPECT_EQ(errors_with_domain("[stack_area]\nbase = 0x7fff_ffff_fff0_0000\n"),
              "system.toml:2:8: stack_area: the area of 256 MiB at 0x7ffffffffff00000 ends behind "
              "the last "
              "guest address, 0x7fffffffff");
}

TEST_F(DescribedStackArea, a_base_is_a_number)
{
    EXPECT_EQ(errors_with_domain("[stack_area]\nbase = \"1 GiB\"\n"),
              "system.toml:2:8: stack_area: base: expected an address such as 0x4000_0000, found "
              "\"1 GiB\"");
}

TEST_F(DescribedStackArea, it_must_hold_the_first_stack_of_every_domain)
{
    EXPECT_EQ(errors_with_domain("[stack_area]\nsize = \"1 MiB\"\n"), "accepted");
    EXPECT_EQ(
        errors_with_domain("[stack_area]\nsize = \"1 MiB\"\n[[domain]]\nname = \"first\"\n"
                           "program = \"main.pd\"\n"),
        "system.toml:7:1: domain 'main': the stack area has no slot left for its first stack");
}

} // namespace
} // namespace glacis::test
