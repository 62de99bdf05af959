// Faults outside stacks: who owns the memory decides the class.
#include <gtest/gtest.h>

#include "fault_world.hpp"

namespace glacis::fault::test {
namespace {

struct Row {
    std::uint64_t address;
    Access access;
    pd_fault_class fault_class;
    const char* explanation;
};

TEST(MemoryFault, is_named_by_the_owner_of_the_memory_and_what_the_domain_may_do)
{
    constexpr auto read = Access::read;
    constexpr auto write = Access::write;
    constexpr auto execute = Access::execute;
    const std::vector<Row> rows{
        {0, read, PD_FAULT_NULL_POINTER, "through a null pointer"},
        {24, write, PD_FAULT_NULL_POINTER, "24 bytes from where a null pointer points"},
        {0, execute, PD_FAULT_NULL_POINTER, "a call through a null pointer"},
        {GLACIS_SHIM_BASE, read, PD_FAULT_SUPERVISOR_MEMORY, "in memory of the supervisor"},
        {GLACIS_TABLES_BASE, write, PD_FAULT_SUPERVISOR_MEMORY, "in memory of the supervisor"},
        {GLACIS_GATE_BASE, write, PD_FAULT_SUPERVISOR_MEMORY,
         "in the gate page, which domains may only execute"},
        {own_code, write, PD_FAULT_NO_PERMISSION,
         "in its own code, which it may only read and execute"},
        {own_data, execute, PD_FAULT_EXECUTE_DATA, "in memory that holds data"},
        {own_closed, read, PD_FAULT_NO_PERMISSION, "in its own memory, which it may not use"},
        {foreign_data, read, PD_FAULT_FOREIGN_MEMORY, "in memory of domain 'store'"},
        {foreign_data, execute, PD_FAULT_FOREIGN_MEMORY, "in memory of domain 'store'"},
        {lent_data, write, PD_FAULT_FOREIGN_MEMORY,
         "in memory of domain 'store', which it may only read"},
        {shared_data, write, PD_FAULT_NO_PERMISSION, "in a shared region, which it may only read"},
        {closed_region, read, PD_FAULT_FOREIGN_MEMORY,
         "in a shared region that is not this domain's to use"},
        {nobodys_memory, read, PD_FAULT_UNMAPPED_MEMORY, "where nothing is allocated"},
        {GLACIS_ADDRESS_LIMIT, read, PD_FAULT_UNMAPPED_MEMORY,
         "where the guest has no memory at all"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.address);
        const Classification named = classify(page_fault(row.address, row.access), world_context());
        EXPECT_STREQ(class_name(named.fault_class), class_name(row.fault_class));
        EXPECT_EQ(named.explanation, row.explanation);
        EXPECT_EQ(named.access, row.access);
        EXPECT_EQ(named.address, row.address);
        EXPECT_EQ(named.derivation, Derivation::exit);
    }
}

TEST(MemoryFault, takes_its_length_from_the_instruction)
{
    // movups %xmm0,(%rax)
    RawFault fault =
        raw_fault(FaultOrigin::page_fault, "0f1100", x86_64_registers({{"rax", foreign_data - 8}}));
    fault.error_code = 6;
    fault.address = foreign_data;
    EXPECT_EQ(classify(fault, world_context()).length, 8u);
    fault.address = foreign_data - 8;
    EXPECT_EQ(classify(fault, world_context()).length, 16u);
}

TEST(MemoryFault, whose_address_the_instruction_does_not_explain_keeps_what_the_exit_said)
{
    RawFault fault = raw_fault(FaultOrigin::stage2_hole, "90", x86_64_registers());
    fault.address = foreign_data;
    fault.access = Access::write;
    fault.length = 4;
    const Classification named = classify(fault, world_context());
    EXPECT_EQ(named.fault_class, PD_FAULT_FOREIGN_MEMORY);
    EXPECT_EQ(named.length, 4u);
    EXPECT_EQ(named.access, Access::write);
}

TEST(MemoryFault, of_a_write_that_was_carried_out_into_a_hole_is_named_by_the_exit)
{
    // The program counter is behind a push, the stack pointer has moved.
    RawFault fault =
        raw_fault(FaultOrigin::stage2_hole, "90", x86_64_registers({{"rsp", own_bottom - 8}}));
    fault.is_past_instruction = true;
    fault.address = own_bottom - 8;
    fault.access = Access::write;
    fault.length = 8;
    const Classification named = classify(fault, world_context());
    EXPECT_EQ(named.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(named.bytes_past_limit, 8u);
    EXPECT_EQ(named.derivation, Derivation::exit);
}

TEST(MemoryFault, that_the_supervisor_permits_is_not_blamed_on_the_guest)
{
    FaultContext context = world_context();
    context.is_permitted = [](std::uint64_t, std::uint64_t, Access) {
        return true;
    };
    const Classification named = classify(page_fault(own_data, Access::write), context);
    EXPECT_EQ(named.fault_class, PD_FAULT_UNKNOWN);
    EXPECT_EQ(named.explanation, "which the supervisor permits");
}

TEST(MemoryFault, of_the_processors_own_access_is_a_refusal_of_the_processor)
{
    FaultContext context = world_context();
    context.is_permitted = [](std::uint64_t, std::uint64_t, Access) {
        return true;
    };
    // A far return to ring 0, whose frame some processors read as the supervisor.
    RawFault fault = raw_fault(FaultOrigin::page_fault, "48cb", x86_64_registers());
    fault.address = fault.stack_pointer;
    fault.error_code = 1; // present, read, not from ring 3
    const Classification named = classify(fault, context);
    EXPECT_EQ(named.fault_class, PD_FAULT_GENERAL_PROTECTION);
    EXPECT_EQ(named.address, fault.stack_pointer);
    EXPECT_EQ(named.access, Access::read);
    EXPECT_EQ(named.explanation, "which the processor made itself, with the supervisor's rights");
}

TEST(MemoryFault, of_the_processors_own_access_to_forbidden_memory_is_named_by_the_address)
{
    FaultContext context = world_context();
    context.is_permitted = [](std::uint64_t, std::uint64_t, Access) {
        return false;
    };
    RawFault fault =
        raw_fault(FaultOrigin::page_fault, "48cb", x86_64_registers({{"rsp", foreign_data}}));
    fault.address = foreign_data;
    fault.error_code = 1;
    EXPECT_EQ(classify(fault, context).fault_class, PD_FAULT_FOREIGN_MEMORY);
}

} // namespace
} // namespace glacis::fault::test
