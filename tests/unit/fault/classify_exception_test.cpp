// Exceptions and the faults that have no address at all.
#include <gtest/gtest.h>

#include "fault_world.hpp"

namespace glacis::fault::test {
namespace {

Classification exception(std::uint32_t vector, const std::string& code,
                         const NamedRegisters& registers = x86_64_registers())
{
    RawFault fault = raw_fault(FaultOrigin::exception, code, registers);
    fault.vector = vector;
    return classify(fault, world_context());
}

Classification aarch64_exception(std::uint32_t exception_class, const std::string& code,
                                 const NamedRegisters& registers = aarch64_registers())
{
    RawFault fault = raw_fault(FaultOrigin::exception, code, registers);
    fault.vector = exception_class;
    FaultContext context = world_context();
    context.architecture = Architecture::aarch64;
    return classify(fault, context);
}

TEST(X86Exception, is_named_by_its_vector)
{
    EXPECT_EQ(exception(0, "f7f1").fault_class, PD_FAULT_ARITHMETIC); // div %ecx
    EXPECT_EQ(exception(1, "90").fault_class, PD_FAULT_BREAKPOINT);
    EXPECT_EQ(exception(3, "cc").fault_class, PD_FAULT_BREAKPOINT);
    EXPECT_EQ(exception(6, "0f0b").fault_class, PD_FAULT_ILLEGAL_INSTRUCTION); // ud2
    EXPECT_EQ(exception(8, "90").fault_class, PD_FAULT_DOUBLE_FAULT);
    EXPECT_EQ(exception(12, "c9").fault_class, PD_FAULT_GENERAL_PROTECTION);
    EXPECT_EQ(exception(16, "90").fault_class, PD_FAULT_ARITHMETIC);
    EXPECT_EQ(exception(17, "90").fault_class, PD_FAULT_ALIGNMENT);
    EXPECT_EQ(exception(19, "90").fault_class, PD_FAULT_ARITHMETIC);
    EXPECT_EQ(exception(200, "90").fault_class, PD_FAULT_UNKNOWN);
    EXPECT_EQ(exception(0, "f7f1").explanation, "divide error (#DE)");
    EXPECT_EQ(exception(200, "90").explanation, "exception 200");
}

TEST(X86Exception, of_a_page_fault_reported_as_an_exception_is_named_by_its_address)
{
    RawFault fault = raw_fault(FaultOrigin::exception, "", x86_64_registers());
    fault.vector = 14;
    fault.error_code = 6;
    fault.address = foreign_data;
    const Classification named = classify(fault, world_context());
    EXPECT_EQ(named.fault_class, PD_FAULT_FOREIGN_MEMORY);
    EXPECT_EQ(named.access, Access::write);
}

TEST(GeneralProtection, of_a_privileged_instruction_says_so)
{
    for (const char* code : {"f4", "fa", "0f20d8", "ec", "0f30", "0f0110", "cd80"})
        EXPECT_EQ(exception(13, code).fault_class, PD_FAULT_PRIVILEGED_INSTRUCTION) << code;
}

TEST(GeneralProtection, on_a_broken_address_names_the_address)
{
    const std::uint64_t broken = 0x8000000000000;
    const Classification named = exception(13, "488903", x86_64_registers({{"rbx", broken}}));
    EXPECT_EQ(named.fault_class, PD_FAULT_GENERAL_PROTECTION);
    EXPECT_EQ(named.address, broken);
    EXPECT_EQ(named.access, Access::write);
    EXPECT_EQ(named.derivation, Derivation::decoded);
    EXPECT_EQ(named.explanation, "not a canonical address");
}

TEST(GeneralProtection, of_a_misaligned_vector_access_is_a_misalignment)
{
    const Classification named =
        exception(13, "0f2900", x86_64_registers({{"rax", own_data + 8}})); // movaps
    EXPECT_EQ(named.fault_class, PD_FAULT_ALIGNMENT);
    EXPECT_EQ(named.address, own_data + 8);
    EXPECT_EQ(named.length, 16u);
    EXPECT_EQ(named.explanation, "not a multiple of 16: general protection (#GP)");
}

TEST(GeneralProtection, without_a_visible_reason_stays_one)
{
    EXPECT_EQ(exception(13, "0f2900", x86_64_registers({{"rax", own_data}})).fault_class,
              PD_FAULT_GENERAL_PROTECTION);
    EXPECT_EQ(exception(13, "").fault_class, PD_FAULT_GENERAL_PROTECTION);
}

TEST(Aarch64Exception, is_named_by_its_class)
{
    EXPECT_EQ(aarch64_exception(0x00, "00000000").fault_class, PD_FAULT_ILLEGAL_INSTRUCTION);
    EXPECT_EQ(aarch64_exception(0x00, "020000d4").fault_class,
              PD_FAULT_PRIVILEGED_INSTRUCTION); // hvc
    EXPECT_EQ(aarch64_exception(0x18, "002018d5").fault_class,
              PD_FAULT_PRIVILEGED_INSTRUCTION); // msr ttbr0_el1, x0
    EXPECT_EQ(aarch64_exception(0x22, "").fault_class, PD_FAULT_ALIGNMENT);
    EXPECT_EQ(aarch64_exception(0x26, "").fault_class, PD_FAULT_ALIGNMENT);
    EXPECT_EQ(aarch64_exception(0x2c, "").fault_class, PD_FAULT_ARITHMETIC);
    EXPECT_EQ(aarch64_exception(0x3c, "000020d4").fault_class, PD_FAULT_BREAKPOINT);
    EXPECT_EQ(aarch64_exception(0x3f, "").fault_class, PD_FAULT_UNKNOWN);
}

TEST(Aarch64Exception, of_an_abort_is_named_by_its_address)
{
    RawFault fault = raw_fault(FaultOrigin::exception, "", aarch64_registers());
    fault.vector = 0x20;
    fault.address = own_data;
    FaultContext context = world_context();
    context.architecture = Architecture::aarch64;
    const Classification named = classify(fault, context);
    EXPECT_EQ(named.fault_class, PD_FAULT_EXECUTE_DATA);
    EXPECT_EQ(named.access, Access::execute);
}

TEST(Aarch64Exception, of_a_misaligned_access_keeps_its_address)
{
    RawFault fault = raw_fault(FaultOrigin::exception, "207c5fc8", // ldxr x0, [x1]
                               aarch64_registers({{"x1", own_data + 4}}));
    fault.vector = 0x24;
    fault.error_code = 0x21; // alignment
    fault.address = own_data + 4;
    FaultContext context = world_context();
    context.architecture = Architecture::aarch64;
    const Classification named = classify(fault, context);
    EXPECT_EQ(named.fault_class, PD_FAULT_ALIGNMENT);
    EXPECT_EQ(named.address, own_data + 4);
    EXPECT_EQ(named.length, 8u);
    EXPECT_EQ(named.access, Access::read);
}

TEST(Fault, of_the_contract_has_its_own_class)
{
    RawFault fault;
    fault.origin = FaultOrigin::time_limit;
    EXPECT_EQ(classify(fault, world_context()).fault_class, PD_FAULT_TIME_LIMIT);
    fault.origin = FaultOrigin::abort;
    fault.detail = 7;
    EXPECT_EQ(classify(fault, world_context()).fault_class, PD_FAULT_ABORT);
    EXPECT_EQ(classify(fault, world_context()).explanation, "the domain gave up with code 7");
    fault.origin = FaultOrigin::hypercall;
    fault.detail = 0x99;
    EXPECT_EQ(classify(fault, world_context()).fault_class, PD_FAULT_BAD_HYPERCALL);
    EXPECT_EQ(classify(fault, world_context()).explanation, "hypercall 0x99");
    fault.origin = FaultOrigin::shutdown;
    EXPECT_EQ(classify(fault, world_context()).fault_class, PD_FAULT_DOUBLE_FAULT);
}

TEST(FaultClass, has_a_stable_string)
{
    EXPECT_STREQ(class_name(PD_FAULT_STACK_OVERFLOW), "stack overflow");
    EXPECT_STREQ(class_name(PD_FAULT_NEIGHBOUR_STACK), "neighbour's stack");
    EXPECT_STREQ(class_name(PD_FAULT_UNKNOWN), "unknown");
    EXPECT_STREQ(class_name(static_cast<pd_fault_class>(12345)), "unknown");
}

} // namespace
} // namespace glacis::fault::test
