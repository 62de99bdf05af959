// What a prepared call across domains costs in ring 0, counted in the shim that is linked in.

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include <glacis/abi/arch/x86_64/shim.h>

#include "arch/x86_64/shim_layout.hpp"
#include "fault/instruction.hpp"

extern "C" const std::uint8_t glacis_shim_image[];

namespace glacis::x86_64 {
namespace {

/// Instructions from `address` up to and with the first IRETQ, and their texts.
struct Path {
    std::size_t count = 0;
    std::string text;
};
Path to_return(std::uint64_t address)
{
    constexpr std::size_t longest = 15;
    Path path;
    for (;;) {
        const std::uint8_t* code = glacis_shim_image + (address - GLACIS_SHIM_BASE);
        const auto instruction =
            fault::decode({code, longest}, address, fault::Architecture::x86_64);
        if (!instruction || ++path.count > 100) {
            ADD_FAILURE() << "no instruction at " << std::hex << address;
            return path;
        }
        path.text += instruction->text + "\n";
        if (instruction->text.starts_with("iretq")) {
            return path;
        }
        address += instruction->length;
    }
}

/// A comparison and a jump for each entry of the gate page that is asked for first.
constexpr std::size_t before_call = 2;
constexpr std::size_t before_return = 4;

TEST(ShimPath, call_and_return_together_take_as_few_instructions_as_is_said)
{
    const Path call = to_return(shim_layout().cross_call);
    const Path back = to_return(shim_layout().cross_return);
    EXPECT_EQ(before_call + call.count, 19U) << call.text;
    EXPECT_EQ(before_return + back.count, 15U) << back.text;
}

TEST(ShimPath, a_hypercall_leaves_after_two_comparisons)
{
    const std::uint64_t stub = shim_layout().vector_stubs + 6 * GLACIS_SHIM_STUB_SIZE;
    std::uint64_t address = stub;
    std::size_t count = 0;
    for (; address < shim_layout().undefined_left; ++count) {
        const std::uint8_t* code = glacis_shim_image + (address - GLACIS_SHIM_BASE);
        const auto instruction = fault::decode({code, 15}, address, fault::Architecture::x86_64);
        ASSERT_TRUE(instruction.has_value());
        address += instruction->length;
    }
    EXPECT_EQ(count, 5U); // the port write included
}

} // namespace
} // namespace glacis::x86_64
