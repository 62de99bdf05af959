// Faults that come without an address: the instruction tells.
#include <gtest/gtest.h>

#include "fault_world.hpp"

namespace glacis::fault::test {
namespace {

Classification classify_code(FaultOrigin origin, const std::string& code,
                             const NamedRegisters& registers)
{
    return classify(raw_fault(origin, code, registers), world_context());
}

TEST(DecodedFault, is_the_first_access_that_is_not_permitted)
{
    // movsq: reads (%rsi), then writes (%rdi)
    Classification named =
        classify_code(FaultOrigin::stage2_refused, "48a5",
                      x86_64_registers({{"rsi", own_data}, {"rdi", foreign_data}}));
    EXPECT_EQ(named.fault_class, PD_FAULT_FOREIGN_MEMORY);
    EXPECT_EQ(named.access, Access::write);
    EXPECT_EQ(named.derivation, Derivation::decoded);

    named = classify_code(FaultOrigin::stage2_refused, "48a5",
                          x86_64_registers({{"rsi", nobodys_memory}, {"rdi", foreign_data}}));
    EXPECT_EQ(named.fault_class, PD_FAULT_UNMAPPED_MEMORY);
    EXPECT_EQ(named.access, Access::read);
}

TEST(DecodedFault, of_an_access_across_a_page_begins_where_permission_ends)
{
    const std::uint64_t last_word = foreign_data - 4;
    FaultContext context = world_context();
    context.is_permitted = [&](std::uint64_t address, std::uint64_t length, Access) {
        return address + length <= foreign_data;
    };
    const RawFault fault = raw_fault(FaultOrigin::stage2_refused, "488903", // mov %rax,(%rbx)
                                     x86_64_registers({{"rbx", last_word}}));
    const Classification named = classify(fault, context);
    EXPECT_EQ(named.address, foreign_data);
    EXPECT_EQ(named.length, 4u);
}

TEST(DecodedFault, of_a_push_across_the_bottom_page_is_an_overflow)
{
    const Classification named = classify_code(FaultOrigin::stage2_refused, "55",
                                               x86_64_registers({{"rsp", own_bottom + 4}}));
    EXPECT_EQ(named.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(named.address, own_bottom - 4);
    EXPECT_EQ(named.length, 8u);
}

TEST(DecodedFault, of_the_fetch_itself_is_an_execution)
{
    RawFault fault = raw_fault(FaultOrigin::stage2_refused, "", x86_64_registers());
    fault.program_counter = own_data;
    const Classification named = classify(fault, world_context());
    EXPECT_EQ(named.fault_class, PD_FAULT_EXECUTE_DATA);
    EXPECT_EQ(named.access, Access::execute);
    EXPECT_EQ(named.address, own_data);
}

TEST(DecodedFault, of_an_instruction_that_could_be_read_half_is_of_the_other_half)
{
    RawFault fault = raw_fault(FaultOrigin::stage2_refused, "4889", x86_64_registers());
    fault.program_counter = own_code + block_size - 2;
    const Classification named = classify(fault, world_context());
    EXPECT_EQ(named.address, own_code + block_size);
    EXPECT_EQ(named.access, Access::execute);
}

TEST(DecodedFault, with_an_address_from_the_exit_needs_no_decoding)
{
    RawFault fault = raw_fault(FaultOrigin::memory_fault_exit, "", x86_64_registers());
    fault.address = foreign_data;
    const Classification named = classify(fault, world_context());
    EXPECT_EQ(named.fault_class, PD_FAULT_FOREIGN_MEMORY);
    EXPECT_EQ(named.derivation, Derivation::exit);
}

TEST(DecodedFault, that_nothing_explains_is_unknown)
{
    const Classification named =
        classify_code(FaultOrigin::stage2_refused, "488903", x86_64_registers({{"rbx", own_data}}));
    EXPECT_EQ(named.fault_class, PD_FAULT_UNKNOWN);
    EXPECT_FALSE(named.address);
}

TEST(DecodedFault, in_ring_0_is_not_blamed_on_the_supervisors_own_memory)
{
    // The fetch lies in the shim; what fails is the write to a guard.
    RawFault fault = raw_fault(FaultOrigin::stage2_refused, "488903",
                               x86_64_registers({{"rbx", own_bottom - 16}}));
    fault.program_counter = GLACIS_SHIM_BASE;
    fault.is_supervisor_mode = true;
    const Classification named = classify(fault, world_context());
    EXPECT_EQ(named.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(named.access, Access::write);
}

TEST(EmulationFailure, on_inaccessible_memory_is_named_by_the_address)
{
    const Classification named = classify_code(FaultOrigin::emulation_failure, "c5fc1100",
                                               x86_64_registers({{"rax", own_bottom - 32}}));
    EXPECT_EQ(named.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(named.derivation, Derivation::decoded);
    EXPECT_EQ(named.length, 32u);
}

TEST(EmulationFailure, of_an_instruction_with_nothing_wrong_is_the_hosts)
{
    const Classification named = classify_code(FaultOrigin::emulation_failure, "c5fc1100",
                                               x86_64_registers({{"rax", own_data}}));
    EXPECT_EQ(named.fault_class, PD_FAULT_NOT_EMULATED);
}

TEST(UndefinedInstruction, that_is_valid_and_reaches_into_a_hole_is_named_by_the_address)
{
    RawFault fault = raw_fault(FaultOrigin::exception, "c5fc1100", // vmovups %ymm0,(%rax)
                               x86_64_registers({{"rax", nobodys_memory}}));
    fault.vector = 6;
    const Classification named = classify(fault, world_context());
    EXPECT_EQ(named.fault_class, PD_FAULT_UNMAPPED_MEMORY);
    EXPECT_EQ(named.derivation, Derivation::decoded);
    EXPECT_EQ(named.address, nobodys_memory);
}

TEST(UndefinedInstruction, fetched_from_a_hole_is_named_by_the_address)
{
    RawFault fault = raw_fault(FaultOrigin::exception, "", x86_64_registers());
    fault.vector = 6;
    fault.program_counter = nobodys_memory;
    const Classification named = classify(fault, world_context());
    EXPECT_EQ(named.fault_class, PD_FAULT_UNMAPPED_MEMORY);
    EXPECT_EQ(named.access, Access::execute);
}

} // namespace
} // namespace glacis::fault::test
