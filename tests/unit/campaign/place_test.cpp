// Programs as places for faults, and places by name.
#include <gmock/gmock.h>

#include <algorithm>

#include "machine/digest.hpp"
#include "target_world.hpp"

namespace glacis::campaign::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::Not;

using Places = TargetWorld;

TEST_F(Places, are_the_instructions_of_executable_parts)
{
    ASSERT_EQ(parser().code().size(), 1U);
    EXPECT_EQ(parser().code()[0].address, 0x1000U);
    EXPECT_THAT(parser().instructions(), IsSupersetOf(sample::instructions));
    for (const std::uint64_t within : {0x1012U, 0x1019U, 0x101eU, 0x0U, 0x2000U}) {
        EXPECT_THAT(parser().instructions(), Not(Contains(within)));
    }
    EXPECT_TRUE(std::is_sorted(parser().instructions().begin(), parser().instructions().end()));
    EXPECT_EQ(parser().code_at(0x1000), parser().code().data());
    EXPECT_EQ(parser().code_at(0xfff), nullptr);
    EXPECT_EQ(parser().code_at(0x2000), nullptr);
    EXPECT_EQ(parser().code_at(UINT64_MAX), nullptr);
}

TEST_F(Places, have_the_programs_names)
{
    std::vector<std::string> names;
    for (const auto& function : parser().functions()) {
        names.push_back(function.name);
    }
    EXPECT_THAT(names, ElementsAre("malloc", "free", "memcpy", "main"));
    ASSERT_NE(parser().function("main"), nullptr);
    EXPECT_EQ(parser().function("main")->begin, sample::main);
    EXPECT_EQ(parser().function("main")->end, sample::main_end);
    EXPECT_EQ(parser().function("mai"), nullptr);
    EXPECT_EQ(place_text(parser(), 0x1018), "parser!main+0x8");
    EXPECT_EQ(place_text(parser(), sample::main), "parser!main+0x0");
    EXPECT_EQ(place_text(parser(), 0x300), "parser+0x300");
}

TEST_F(Places, identify_the_programs_build)
{
    EXPECT_EQ(parser().build(), digest_text(digest(system_.domains[0].program.file())));
}

TEST_F(Places, of_mutations_are_found_as_they_lie_in_the_image)
{
    EXPECT_THAT(parser().sites(FaultClass::loop_bound), ElementsAre(inject::Site{0x101d, 3}));
    EXPECT_THAT(parser().sites(FaultClass::missing_argument), ElementsAre(inject::Site{0x1016, 2}));
}

TEST_F(Places, are_named_by_function_and_distance_or_by_offset)
{
    EXPECT_EQ(find_place(parser(), "main"), sample::main);
    EXPECT_EQ(find_place(parser(), "main+0x0"), sample::main);
    EXPECT_EQ(find_place(parser(), "main+0x8"), 0x1018U);
    EXPECT_EQ(find_place(parser(), "0x1018"), 0x1018U);
    EXPECT_EQ(find_place(parser(), "malloc+0x10"), sample::main) << "behind its end";
}

TEST_F(Places, are_none_where_no_instruction_begins)
{
    for (const char* place :
         {"main+0x2", "main+0x9", "0x1012", "0x0", "0x2000", "0xffffffffffffffff", "main+0x2000"}) {
        EXPECT_EQ(find_place(parser(), place), std::nullopt) << place;
    }
}

TEST_F(Places, are_none_where_the_name_is_none)
{
    for (const char* place : {"",
                              "+",
                              "+0x0",
                              "0x",
                              "0xg",
                              "0x1018g",
                              "0x10000000000001018",
                              "1018",
                              "mani",
                              "main+",
                              "main+8",
                              "main+0x",
                              "main+0x8 ",
                              "main +0x8",
                              "main+0x8+0x0",
                              "main-0x8",
                              "0x1010+0x8",
                              "main+main",
                              "0x-8",
                              "0x+8",
                              "\xff"}) {
        EXPECT_EQ(find_place(parser(), place), std::nullopt) << place;
    }
}

TEST_F(Places, are_none_in_a_domain_without_a_program)
{
    const DomainDescription empty;
    const Target target(empty);
    EXPECT_TRUE(target.code().empty());
    EXPECT_TRUE(target.instructions().empty());
    EXPECT_EQ(target.code_at(0), nullptr);
    EXPECT_EQ(find_place(target, "main"), std::nullopt);
    EXPECT_EQ(find_place(target, "0x0"), std::nullopt);
}

} // namespace
} // namespace glacis::campaign::test
