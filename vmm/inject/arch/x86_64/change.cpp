#include "inject/arch/x86_64/change.hpp"

namespace glacis::inject::x86_64 {

namespace {

Change pointer_change(const x86_op_mem& before, const x86_op_mem& after)
{
    if (before.segment != after.segment || before.scale != after.scale) {
        return Change::other;
    }
    const int parts = static_cast<int>(before.base != after.base) +
                      static_cast<int>(before.index != after.index) +
                      static_cast<int>(before.disp != after.disp);
    if (parts == 0) {
        return Change::none;
    }
    return parts == 1 ? Change::pointer : Change::other;
}

Change immediate_change(std::int64_t before, std::int64_t after)
{
    if (before == after) {
        return Change::none;
    }
    const auto up = static_cast<std::uint64_t>(after) - static_cast<std::uint64_t>(before);
    return up == 1 || up == UINT64_MAX ? Change::immediate : Change::other;
}

Change operand_change(const Operand& before, const Operand& after)
{
    if (before.type != after.type || before.size != after.size ||
        before.is_written != after.is_written) {
        return Change::other;
    }
    switch (before.type) {
    case X86_OP_REG:
        if (before.reg == after.reg) {
            return Change::none;
        }
        return before.is_written ? Change::destination : Change::source;
    case X86_OP_MEM:
        return pointer_change(before.memory, after.memory);
    case X86_OP_IMM:
        return immediate_change(before.immediate, after.immediate);
    case X86_OP_INVALID:
        break;
    }
    return Change::none;
}

} // namespace

Change change_between(const Instruction& before, const Instruction& after)
{
    if (before.length != after.length || before.flow != after.flow ||
        before.operand_count != after.operand_count) {
        return Change::other;
    }
    Change change = Change::none;
    for (std::size_t index = 0; index < before.operand_count; ++index) {
        const Change found = operand_change(before.operands[index], after.operands[index]);
        if (found != Change::none && change != Change::none) {
            return Change::other;
        }
        change = found != Change::none ? found : change;
    }
    if (before.id == after.id) {
        return change;
    }
    const bool is_condition =
        change == Change::none && before.flow == Instruction::Flow::either && before.target;
    return is_condition ? Change::condition : Change::other;
}

} // namespace glacis::inject::x86_64
