// Faults on stacks: whose stack it was and how the access came there decide the class.
#include <gtest/gtest.h>

#include "fault_world.hpp"

namespace glacis::fault::test {
namespace {

pd_fault_class class_at(std::uint64_t address, Access access = Access::write)
{
    return classify(page_fault(address, access), world_context()).fault_class;
}

std::string explanation_at(std::uint64_t address, Access access = Access::write)
{
    return classify(page_fault(address, access), world_context()).explanation;
}

/// A fault of an instruction that works on the stack, with the stack pointer where it is now.
Classification with_stack_pointer(const std::string& code, std::uint64_t stack_pointer,
                                  std::uint64_t address, Access access = Access::write)
{
    RawFault fault =
        raw_fault(FaultOrigin::page_fault, code, x86_64_registers({{"rsp", stack_pointer}}));
    fault.address = address;
    fault.error_code = access == Access::write ? 6 : 4;
    return classify(fault, world_context());
}

TEST(StackFault, below_the_committed_stack_is_an_overflow)
{
    const Classification named = with_stack_pointer("55", own_bottom, own_bottom - 8);
    EXPECT_EQ(named.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(named.access, Access::write);
    EXPECT_EQ(named.length, 8u);
    EXPECT_EQ(named.derivation, Derivation::exit);
    EXPECT_EQ(named.bytes_past_limit, 8u);
    EXPECT_EQ(named.explanation, "8 bytes below its committed stack [0x408f1000, 0x40900000)");
}

TEST(StackFault, anywhere_in_the_own_guard_is_an_overflow)
{
    EXPECT_EQ(class_at(slot_base(own_slot)), PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(class_at(slot_base(own_slot) + guard_size - 1), PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(class_at(own_bottom - 1, Access::read), PD_FAULT_STACK_OVERFLOW);
}

TEST(StackFault, in_the_part_into_which_the_stack_may_grow_is_an_overflow_that_says_so)
{
    FaultContext context = world_context();
    context.stack.limit = 128 * kib;
    const Classification named = classify(page_fault(own_bottom - 4096, Access::write), context);
    EXPECT_EQ(named.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(named.explanation, "4 KiB below its committed stack [0x408f1000, 0x40900000), which "
                                 "may grow to 128 KiB");
}

TEST(StackFault, above_the_top_is_an_underflow_up_to_the_end_of_the_next_guard)
{
    EXPECT_EQ(class_at(own_top, Access::read), PD_FAULT_STACK_UNDERFLOW);
    EXPECT_EQ(class_at(own_top + guard_size - 1), PD_FAULT_STACK_UNDERFLOW);
    EXPECT_EQ(class_at(own_top + guard_size), PD_FAULT_UNMAPPED_MEMORY);
}

TEST(StackFault, underflow_counts_the_bytes_past_the_top)
{
    // pop %rbp
    const Classification named = with_stack_pointer("5d", own_top, own_top, Access::read);
    EXPECT_EQ(named.bytes_past_limit, 8u);
    EXPECT_EQ(named.length, 8u);
    EXPECT_EQ(named.explanation, "8 bytes past the top of its stack [0x408f1000, 0x40900000)");
}

TEST(StackFault, above_the_last_slot_of_the_area_is_an_underflow_too)
{
    FaultContext context = world_context();
    context.stack.slot = {0x4ff00000, 0x50000000};
    context.stack.committed = {0x4fff8000, 0x50000000};
    context.stack.limit = 32 * kib;
    EXPECT_EQ(classify(page_fault(0x50000000, Access::write), context).fault_class,
              PD_FAULT_STACK_UNDERFLOW);
}

TEST(StackFault, of_a_frame_larger_than_the_guard_jumped_over_it)
{
    // call with the stack pointer inside the stack of the neighbour below
    const std::uint64_t stack_pointer = slot_base(own_slot) - 16 * kib;
    const Classification named = with_stack_pointer("e800000000", stack_pointer, stack_pointer - 8);
    EXPECT_EQ(named.fault_class, PD_FAULT_GUARD_JUMPED);
    EXPECT_EQ(named.bytes_past_limit, own_bottom - stack_pointer + 8);
    EXPECT_EQ(
        named.explanation,
        "about 980 KiB below its committed stack [0x408f1000, 0x40900000), beyond its guard of 64 "
        "KiB, in the stack of thread 4 'helper' of the same domain [0x407f8000, 0x40800000)");
}

TEST(StackFault, of_a_buffer_in_a_frame_that_jumped_is_told_by_the_stack_pointer)
{
    // movq $0,(%rdi) where RDI points into the frame that RSP made room for
    const std::uint64_t stack_pointer = slot_base(own_slot) - 100 * kib;
    const std::uint64_t buffer = stack_pointer + 24;
    RawFault fault = raw_fault(FaultOrigin::page_fault, "48c70700000000",
                               x86_64_registers({{"rsp", stack_pointer}, {"rdi", buffer}}));
    fault.address = buffer;
    fault.error_code = 6;
    EXPECT_EQ(classify(fault, world_context()).fault_class, PD_FAULT_GUARD_JUMPED);
}

TEST(StackFault, of_a_frame_that_jumped_out_of_the_stack_area_is_still_a_jump)
{
    FaultContext context = world_context();
    context.stack.slot = {slot_base(lowest_slot), slot_base(lowest_slot + 1)};
    context.stack.committed = {slot_base(lowest_slot + 1) - 32 * kib, slot_base(lowest_slot + 1)};
    context.stack.limit = 32 * kib;
    const std::uint64_t stack_pointer = slot_base(lowest_slot) - 64 * kib;
    RawFault fault =
        raw_fault(FaultOrigin::page_fault, "55", x86_64_registers({{"rsp", stack_pointer}}));
    fault.address = stack_pointer - 8;
    fault.error_code = 6;
    EXPECT_EQ(classify(fault, context).fault_class, PD_FAULT_GUARD_JUMPED);
}

TEST(StackFault, by_a_wild_pointer_is_no_jump_while_the_stack_pointer_is_at_home)
{
    EXPECT_EQ(class_at(slot_base(own_slot) - 8), PD_FAULT_NEIGHBOUR_STACK);
}

TEST(StackFault, above_the_own_stack_is_no_jump_wherever_the_stack_pointer_is)
{
    const std::uint64_t stack_pointer = slot_base(above_slot + 1) - 64;
    EXPECT_EQ(with_stack_pointer("55", stack_pointer, stack_pointer - 8).fault_class,
              PD_FAULT_NEIGHBOUR_STACK);
}

TEST(StackFault, in_the_stack_of_a_thread_names_thread_and_domain)
{
    EXPECT_EQ(class_at(slot_base(neighbour_slot + 1) - 64), PD_FAULT_NEIGHBOUR_STACK);
    EXPECT_EQ(explanation_at(slot_base(neighbour_slot + 1) - 64),
              "in the stack of thread 4 'helper' of the same domain [0x407f8000, 0x40800000)");
    EXPECT_EQ(class_at(slot_base(foreign_slot + 1) - 64, Access::read), PD_FAULT_NEIGHBOUR_STACK);
    EXPECT_EQ(explanation_at(slot_base(foreign_slot + 1) - 64),
              "in the stack of thread 5 'helper' of domain 'store' [0x406f8000, 0x40700000)");
}

TEST(StackFault, in_the_guard_of_another_stack_is_unmapped_memory_that_says_where)
{
    EXPECT_EQ(class_at(slot_base(neighbour_slot) + 8), PD_FAULT_UNMAPPED_MEMORY);
    EXPECT_EQ(explanation_at(slot_base(neighbour_slot) + 8),
              "in the guard below the stack of thread 4 'helper' of the same domain");
    EXPECT_EQ(explanation_at(slot_base(neighbour_slot) + guard_size),
              "in the unused part below the stack of thread 4 'helper' of the same domain");
}

TEST(StackFault, in_a_stack_without_a_thread_is_of_an_inactive_stack)
{
    EXPECT_EQ(class_at(slot_base(inactive_slot + 1) - 8), PD_FAULT_INACTIVE_STACK);
    EXPECT_EQ(explanation_at(slot_base(inactive_slot + 1) - 8),
              "in a stack of the same domain that no thread uses [0x405f8000, 0x40600000)");
}

TEST(StackFault, in_a_slot_whose_stack_is_gone_is_of_a_freed_stack)
{
    EXPECT_EQ(class_at(slot_base(freed_slot + 1) - 8), PD_FAULT_FREED_STACK);
    EXPECT_EQ(class_at(slot_base(changing_slot + 1) - 8), PD_FAULT_FREED_STACK);
    EXPECT_EQ(explanation_at(slot_base(freed_slot + 1) - 8),
              "in stack slot [0x40400000, 0x40500000), whose stack of the same domain was freed");
    EXPECT_EQ(class_at(slot_base(freed_slot)), PD_FAULT_UNMAPPED_MEMORY);
}

TEST(StackFault, in_a_slot_never_used_is_unmapped_memory)
{
    EXPECT_EQ(class_at(slot_base(unused_slot + 1) - 8), PD_FAULT_UNMAPPED_MEMORY);
}

TEST(StackFault, in_the_own_committed_stack_is_a_lack_of_permission)
{
    EXPECT_EQ(class_at(own_bottom), PD_FAULT_NO_PERMISSION);
    EXPECT_EQ(class_at(own_top - 8, Access::execute), PD_FAULT_EXECUTE_DATA);
}

TEST(StackFault, on_aarch64_comes_from_the_syndrome_where_that_is_valid)
{
    FaultContext context = world_context();
    context.architecture = Architecture::aarch64;
    // str x0, [sp, #-16]! is no valid syndrome; str w0, [x1] is: 4 bytes, write.
    RawFault fault =
        raw_fault(FaultOrigin::page_fault, "e00f1ff8", aarch64_registers({{"sp", own_bottom}}));
    fault.address = own_bottom - 16;
    fault.error_code = std::uint64_t{0x24} << 26 | 1 << 6;
    Classification named = classify(fault, context);
    EXPECT_EQ(named.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(named.derivation, Derivation::exit);
    EXPECT_EQ(named.length, 8u);
    EXPECT_EQ(named.access, Access::write);

    fault = raw_fault(FaultOrigin::page_fault, "", aarch64_registers());
    fault.address = own_bottom - 16;
    fault.error_code = std::uint64_t{0x24} << 26 | 1 << 24 | 2 << 22 | 1 << 6;
    named = classify(fault, context);
    EXPECT_EQ(named.derivation, Derivation::syndrome);
    EXPECT_EQ(named.length, 4u);
    EXPECT_EQ(named.access, Access::write);
}

TEST(StackFault, of_an_aarch64_pair_without_a_syndrome_is_found_by_decoding)
{
    FaultContext context = world_context();
    context.architecture = Architecture::aarch64;
    const RawFault fault =
        raw_fault(FaultOrigin::stage2_refused, "fd7bbea9", aarch64_registers({{"sp", own_bottom}}));
    const Classification named = classify(fault, context);
    EXPECT_EQ(named.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(named.derivation, Derivation::decoded);
    EXPECT_EQ(named.address, own_bottom - 32);
    EXPECT_EQ(named.length, 16u);
    EXPECT_EQ(named.bytes_past_limit, 32u);
}

} // namespace
} // namespace glacis::fault::test
