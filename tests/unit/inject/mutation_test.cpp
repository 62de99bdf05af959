// What is true of mutations of every class.
#include "assembly.hpp"

#include "fault/instruction.hpp"

namespace glacis::inject::test {
namespace {

using testing::IsEmpty;
using testing::Not;

/// A function that has a place for each class.
Assembly function()
{
    return {{{0x55}, "push %rbp"},
            {{0x48, 0x89, 0xe5}, "mov %rsp, %rbp"},
            {{0x31, 0xc0}, "xor %eax, %eax"},
            {{0x8b, 0x4d, 0x10}, "mov 0x10(%rbp), %ecx"},
            {{0x89, 0xc7}, "mov %eax, %edi"},
            {{0xe8, 0x08, 0x00, 0x00, 0x00}, "call 0x1018"},
            {{0x83, 0xf8, 0x0a}, "cmp $0xa, %eax"},
            {{0x75, 0xf1}, "jne 0x1006"},
            {{0x5d}, "pop %rbp"},
            {{0xc3}, "ret"}};
}

TEST(Mutation, is_possible_in_each_class_of_code_faults)
{
    for (const FaultClass each : code_fault_classes) {
        EXPECT_THAT(function().sites(each), Not(IsEmpty())) << name_of(each);
    }
}

TEST(Mutation, is_possible_at_every_site)
{
    const Assembly code = function();
    for (const FaultClass each : code_fault_classes) {
        for (const Site& site : find_sites(code.code(), each)) {
            Random random(1);
            EXPECT_TRUE(mutate(code.code(), site, each, random)) << name_of(each);
        }
    }
}

TEST(Mutation, is_of_no_class_that_is_not_about_code)
{
    const Assembly code = function();
    for (const FaultClass each : other_fault_classes) {
        EXPECT_THAT(code.sites(each), IsEmpty()) << name_of(each);
        Random random(1);
        EXPECT_FALSE(mutate(code.code(), code.site(0), each, random)) << name_of(each);
    }
}

TEST(Mutation, is_the_same_for_the_same_seed_and_another_for_others)
{
    const Assembly code = function();
    for (const FaultClass each :
         {FaultClass::text_bit_flip, FaultClass::wrong_source, FaultClass::wrong_destination,
          FaultClass::corrupted_pointer, FaultClass::loop_bound}) {
        const auto sites = find_sites(code.code(), each);
        ASSERT_FALSE(sites.empty());
        const Site site = sites.front();
        std::set<std::vector<std::uint8_t>> results;
        for (std::uint64_t seed = 0; seed < 100; ++seed) {
            Random first(seed);
            Random second(seed);
            const auto mutation = mutate(code.code(), site, each, first);
            ASSERT_TRUE(mutation);
            EXPECT_EQ(mutation, mutate(code.code(), site, each, second));
            results.insert(mutation->after);
        }
        EXPECT_GT(results.size(), 1U) << name_of(each);
    }
}

TEST(Mutation, reads_only_where_the_code_is_wherever_that_lies)
{
    const Assembly code = function();
    Code moved = code.code();
    moved.address = 0xffff'ffff'ffff'0000;
    for (const FaultClass each : code_fault_classes) {
        const auto here = find_sites(code.code(), each);
        const auto there = find_sites(moved, each);
        ASSERT_EQ(here.size(), there.size()) << name_of(each);
        for (std::size_t i = 0; i < here.size(); ++i) {
            EXPECT_EQ(there[i].address - moved.address, here[i].address - Assembly::start);
            Random random(3);
            Random same(3);
            EXPECT_EQ(mutate(moved, there[i], each, random)->after,
                      mutate(code.code(), here[i], each, same)->after);
        }
    }
}

TEST(Mutation, is_refused_where_the_site_is_none)
{
    const Assembly code = function();
    for (const Site& site :
         {Site{0, 1}, Site{Assembly::start - 1, 1},
          Site{Assembly::start + code.code().bytes.size(), 1}, Site{UINT64_MAX, 1},
          Site{Assembly::start, 0}, Site{Assembly::start, 2}, Site{Assembly::start, UINT64_MAX},
          Site{Assembly::start + 2, 3}}) {
        Random random(1);
        EXPECT_FALSE(mutate(code.code(), site, FaultClass::deleted_instruction, random))
            << std::hex << site.address << " " << site.length;
    }
}

TEST(Mutation, is_not_known_for_aarch64)
{
    const std::vector<std::uint8_t> bytes{0xc0, 0x03, 0x5f, 0xd6}; // ret
    const Code code{bytes, 0, fault::Architecture::aarch64};
    for (const FaultClass each : code_fault_classes) {
        EXPECT_THAT(find_sites(code, each), IsEmpty());
        Random random(1);
        EXPECT_FALSE(mutate(code, {0, 4}, each, random));
    }
}

} // namespace
} // namespace glacis::inject::test
