// The whole way from what the machine saw to the record.
#include <gtest/gtest.h>

#include "fault/build_record.hpp"
#include "fault/past_instruction.hpp"
#include "fault/prologue.hpp"
#include "fault/text.hpp"
#include "fault_world.hpp"
#include "sample_file.hpp"

namespace glacis::fault::test {
namespace {

class Record : public testing::Test {
protected:
    Record() : file_(sample_file("dwarf5")), symbols_(file_)
    {
        for (std::uint64_t offset = 0; offset < 0x5000 && descend_ == 0; ++offset) {
            const auto symbol = symbols_.find(offset);
            if (symbol && symbol->function == "descend")
                descend_ = own_code + offset;
        }
    }

    [[nodiscard]] FaultSubject subject() const
    {
        FaultSubject subject;
        subject.domain = "parser";
        subject.thread = 3;
        subject.thread_name = "worker";
        subject.vcpu = 1;
        subject.stack_peak = 60 * kib;
        subject.modules = {{"parser", &symbols_, own_code, 0x5000}};
        subject.read = words_.reader();
        subject.context = world_context();
        return subject;
    }

    std::vector<std::byte> file_;
    SymbolTable symbols_;
    std::uint64_t descend_ = 0; ///< guest address
    Words words_;
};

TEST_F(Record, of_an_overflow_in_a_deep_recursion_explains_all_of_it)
{
    ASSERT_NE(descend_, 0u);
    // descend's first instruction pushes; its caller's return address is on top of the stack, the
    // records of 100 callers follow.
    const std::uint64_t return_to = descend_ + 0x2c;
    words_.set(own_bottom, return_to);
    std::uint64_t at = own_bottom + 0x10;
    for (int i = 0; i < 100; ++i, at += 0x20) {
        words_.set(at, i == 99 ? 0 : at + 0x20);
        words_.set(at + 8, return_to);
    }
    RawFault fault = raw_fault(FaultOrigin::page_fault, "55",
                               x86_64_registers({{"rsp", own_bottom}, {"rbp", own_bottom + 0x10}}));
    fault.program_counter = descend_;
    fault.address = own_bottom - 8;
    fault.error_code = 6;

    const FaultRecord record = build_record(fault, subject());
    EXPECT_EQ(record.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(record.domain, "parser");
    EXPECT_EQ(record.vcpu, 1u);
    EXPECT_EQ(record.instruction, "push %rbp");
    EXPECT_EQ(record.length, 8u);
    EXPECT_EQ(record.bytes_past_limit, 8u);
    EXPECT_EQ(record.stack.stack, slot_base(own_slot));
    EXPECT_EQ(record.stack.bottom, own_bottom);
    EXPECT_EQ(record.stack.top, own_top);
    EXPECT_EQ(record.stack.suggested, 128 * kib);
    EXPECT_EQ(record.registers, fault.registers);
    EXPECT_FALSE(record.is_backtrace_cut);
    ASSERT_EQ(record.backtrace.size(), 2u);
    EXPECT_EQ(record.backtrace[0].function, "descend");
    EXPECT_EQ(record.backtrace[0].offset, 0u);
    EXPECT_EQ(record.backtrace[0].line, 100);
    EXPECT_EQ(record.backtrace[1].function, "descend");
    EXPECT_EQ(record.backtrace[1].offset, 0x2cu);
    EXPECT_EQ(record.backtrace[1].repeats, 101u);
    EXPECT_NE(to_text(record).find("  parser!descend+0x0 (parser.c:100)   push %rbp\n"
                                   "  called from parser!descend+0x2c (parser.c:"),
              std::string::npos)
        << to_text(record);
}

TEST_F(Record, of_a_call_through_a_null_pointer_shows_the_caller)
{
    const std::uint64_t stack_pointer = own_top - 0x100;
    words_.set(stack_pointer, descend_ + 8);
    words_.set(own_top - 0x40, 0);
    words_.set(own_top - 0x38, descend_ + 12);
    RawFault fault = raw_fault(FaultOrigin::page_fault, "",
                               x86_64_registers({{"rsp", stack_pointer}, {"rbp", own_top - 0x40}}));
    fault.program_counter = 0;
    fault.address = 0;
    fault.error_code = 4 | 16;
    const FaultRecord record = build_record(fault, subject());
    EXPECT_EQ(record.fault_class, PD_FAULT_NULL_POINTER);
    EXPECT_EQ(record.access, Access::execute);
    EXPECT_FALSE(record.stack.suggested);
    ASSERT_EQ(record.backtrace.size(), 3u);
    EXPECT_EQ(record.backtrace[0].module, "");
    EXPECT_EQ(record.backtrace[1].address, descend_ + 8);
    EXPECT_EQ(record.backtrace[2].address, descend_ + 12);
}

TEST_F(Record, ends_the_backtrace_where_the_stack_was_overwritten)
{
    words_.set(own_top - 0x40, own_top - 0x20);
    words_.set(own_top - 0x38, descend_ + 12);
    words_.set(own_top - 0x20, 0xaaaaaaaaaaaaaaaa);
    words_.set(own_top - 0x18, 0xaaaaaaaaaaaaaaaa);
    RawFault fault = page_fault(own_top, Access::write);
    fault.registers = x86_64_registers({{"rbp", own_top - 0x40}});
    fault.program_counter = descend_ + longest_prologue;
    const FaultRecord record = build_record(fault, subject());
    ASSERT_EQ(record.backtrace.size(), 2u);
    EXPECT_EQ(record.backtrace[1].address, descend_ + 12);
    EXPECT_TRUE(record.is_backtrace_cut);
}

TEST_F(Record, suggests_no_stack_that_no_slot_could_hold)
{
    FaultSubject who = subject();
    RawFault fault = page_fault(own_bottom - 8, Access::write);
    who.context.stack.limit = slot_size - guard_size;
    EXPECT_FALSE(build_record(fault, who).stack.suggested);
    who.context.stack.limit = 600 * kib;
    EXPECT_EQ(build_record(fault, who).stack.suggested, slot_size - guard_size);
    who.context.stack.limit = 4 * kib;
    EXPECT_EQ(build_record(fault, who).stack.suggested, 64 * kib); // as much as was tried
}

TEST_F(Record, asks_about_the_system_at_one_moment_and_reads_outside_of_it)
{
    FaultSubject who = subject();
    int moments = 0;
    bool is_steady = false;
    int asked = 0;
    int read = 0;
    who.steadily = [&](const std::function<void()>& ask) {
        ++moments;
        is_steady = true;
        ask();
        is_steady = false;
    };
    who.context.facts = [&](std::uint64_t address) {
        EXPECT_TRUE(is_steady);
        ++asked;
        return facts_at(address);
    };
    who.context.is_permitted = [&](std::uint64_t, std::uint64_t, Access) {
        EXPECT_TRUE(is_steady);
        return false;
    };
    who.context.thread_text = [&](supervisor::ThreadId) {
        EXPECT_TRUE(is_steady);
        return std::string("thread 4");
    };
    who.read = [&](std::uint64_t, std::uint64_t&) {
        EXPECT_FALSE(is_steady) << "the reader takes the lock that is held";
        ++read;
        return false;
    };
    RawFault fault =
        raw_fault(FaultOrigin::page_fault, "55", x86_64_registers({{"rbp", own_bottom + 0x10}}));
    fault.program_counter = descend_;
    fault.address = slot_base(neighbour_slot + 1) - 8;
    EXPECT_EQ(build_record(fault, who).fault_class, PD_FAULT_NEIGHBOUR_STACK);
    fault.origin = FaultOrigin::stage2_hole;
    fault.is_past_instruction = true;
    EXPECT_EQ(build_record(fault, who).fault_class, PD_FAULT_NEIGHBOUR_STACK);
    EXPECT_EQ(moments, 2);
    EXPECT_GE(asked, 2);
    EXPECT_GE(read, 2);
}

TEST_F(Record, without_symbols_or_a_readable_stack_is_still_made)
{
    FaultSubject who = subject();
    who.modules = {{"parser", nullptr, own_code, 0x5000}};
    RawFault fault = page_fault(foreign_data, Access::read);
    fault.program_counter = own_code + 0x123;
    const FaultRecord record = build_record(fault, who);
    EXPECT_EQ(record.fault_class, PD_FAULT_FOREIGN_MEMORY);
    ASSERT_EQ(record.backtrace.size(), 1u);
    EXPECT_EQ(record.backtrace[0].module, "parser");
    EXPECT_EQ(record.backtrace[0].offset, 0x123u);
}

TEST_F(Record, of_a_write_that_was_carried_out_goes_back_to_its_instruction)
{
    // descend: push %rbp; mov %rsp,%rbp; push %r12; the program counter is behind it, in a hole.
    words_.set_code(descend_ & ~std::uint64_t{7},
                    std::string(2 * (descend_ % 8), '0') + "554889e54154" + "9090909090909090");
    RawFault fault =
        raw_fault(FaultOrigin::stage2_hole, "90", x86_64_registers({{"rsp", own_bottom - 8}}));
    fault.program_counter = descend_ + 6;
    fault.is_past_instruction = true;
    fault.address = own_bottom - 8;
    fault.access = Access::write;
    fault.length = 8;
    const FaultRecord record = build_record(fault, subject());
    EXPECT_EQ(record.fault_class, PD_FAULT_STACK_OVERFLOW);
    EXPECT_EQ(record.program_counter, descend_ + 4);
    EXPECT_EQ(record.instruction, "push %r12");
    EXPECT_EQ(record.backtrace[0].offset, 4u);
}

// ---- the instruction before the program counter, without a symbol to start from
// ---------------------

RawFault past_fault(std::uint64_t address, const NamedRegisters& registers)
{
    RawFault fault = raw_fault(FaultOrigin::stage2_hole, "", registers);
    fault.is_past_instruction = true;
    fault.program_counter = 0x100000010;
    fault.address = address;
    fault.access = Access::write;
    return fault;
}

TEST(PastInstruction, is_the_longest_one_that_wrote_there)
{
    Words words;
    words.set_code(0x100000000, "90909090909090909090909090904154"); // push %r12, or push %rsp
    const auto fault = past_fault(0x7000, x86_64_registers({{"rsp", 0x7000}}));
    const auto found =
        find_past_instruction(fault, Architecture::x86_64, words.reader(), std::nullopt);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->text, "push %r12");
    EXPECT_EQ(found->address, 0x10000000eu);
}

TEST(PastInstruction, that_would_have_written_elsewhere_is_not_taken)
{
    Words words;
    words.set_code(0x100000000, "90909090909090909090909090488903"); // mov %rax,(%rbx)
    const auto find = [&](std::uint64_t rbx) {
        return find_past_instruction(past_fault(0x7000, x86_64_registers({{"rbx", rbx}})),
                                     Architecture::x86_64, words.reader(), std::nullopt);
    };
    EXPECT_TRUE(find(0x7000));
    EXPECT_FALSE(find(0x8000));
}

TEST(PastInstruction, is_none_where_code_cannot_be_read_or_a_call_led_here)
{
    const auto fault = past_fault(0x7000, x86_64_registers({{"rsp", 0x7000}}));
    EXPECT_FALSE(
        find_past_instruction(fault, Architecture::x86_64, Words{}.reader(), std::nullopt));
    Words words;
    words.set_code(0x100000000, "90909090909090909090909090904154");
    EXPECT_FALSE(
        find_past_instruction(fault, Architecture::x86_64, words.reader(), fault.program_counter));
}

} // namespace
} // namespace glacis::fault::test
