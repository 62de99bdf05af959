#include "fault/build_record.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "fault/past_instruction.hpp"
#include "fault/prologue.hpp"

namespace glacis::fault {

namespace {

const FaultModule* module_at(const FaultSubject& subject, std::uint64_t address)
{
    const auto found = std::find_if(
        subject.modules.begin(), subject.modules.end(),
        [address](const FaultModule& module) { return address - module.base < module.size; });
    return found == subject.modules.end() ? nullptr : &*found;
}

std::optional<Symbol> symbol_at(const FaultSubject& subject, std::uint64_t address)
{
    const FaultModule* module = module_at(subject, address);
    if (module == nullptr || module->symbols == nullptr)
        return std::nullopt;
    return module->symbols->find(address - module->base);
}

/// A return address lies behind its call, perhaps in the next line or even the next function: names
/// are those of the byte before it.
Frame named_frame(const WalkedFrame& walked, bool is_return_address, const FaultSubject& subject)
{
    Frame frame;
    frame.address = walked.address;
    frame.repeats = walked.repeats;
    const std::uint64_t back = is_return_address ? 1 : 0;
    const FaultModule* module = module_at(subject, walked.address - back);
    if (module == nullptr)
        return frame;
    frame.module = module->name;
    frame.offset = walked.address - module->base;
    if (auto symbol = symbol_at(subject, walked.address - back)) {
        if (!symbol->function.empty()) {
            frame.function = std::move(symbol->function);
            frame.offset = symbol->offset + back;
        }
        frame.file = std::move(symbol->file);
        frame.line = symbol->line;
    }
    return frame;
}

/// The return address of a function that has not stored it in a frame record yet.
std::optional<std::uint64_t> pending_return_address(const RawFault& fault,
                                                    const FaultSubject& subject)
{
    const Architecture architecture = subject.context.architecture;
    std::array<std::uint8_t, longest_prologue> code{};
    std::size_t code_size = 0;
    if (module_at(subject, fault.program_counter) != nullptr) {
        const auto symbol = symbol_at(subject, fault.program_counter);
        if (!symbol || symbol->function.empty() || symbol->offset > code.size())
            return std::nullopt;
        code_size = symbol->offset;
        if (!read_code(fault.program_counter - code_size, {code.data(), code_size}, subject.read))
            return std::nullopt;
    }
    // Outside every program there is no function: somebody called through a bad pointer.
    const auto place = pending_return({code.data(), code_size}, architecture);
    if (!place)
        return std::nullopt;
    if (place->is_in_link_register)
        return register_value(fault.registers, register_roles(architecture).link);

    const std::uint64_t slot = fault.stack_pointer + place->stack_offset;
    const auto& stack = subject.context.stack.committed;
    std::uint64_t address = 0;
    if (!stack.contains(slot) || stack.end - slot < sizeof address ||
        !subject.read(slot, address) || module_at(subject, address) == nullptr)
        return std::nullopt;
    return address;
}

void add_backtrace(FaultRecord& record, const RawFault& fault, const FaultSubject& subject)
{
    const RegisterRoles& roles = register_roles(subject.context.architecture);
    WalkStart start;
    start.program_counter = fault.program_counter;
    start.stack_pointer = fault.stack_pointer;
    start.frame_pointer = register_value(fault.registers, roles.frame_pointer).value_or(0);
    start.return_address = pending_return_address(fault, subject);
    supervisor::Range visible = subject.context.stack.committed;
    visible.end = std::min(visible.end, subject.context.view_end);
    const Walk walked = walk(start, visible, subject.read);

    record.is_backtrace_cut = walked.is_cut;
    for (const WalkedFrame& frame : walked.frames) {
        const bool is_caller = !record.backtrace.empty();
        if (is_caller && module_at(subject, frame.address - 1) == nullptr) {
            // Nothing calls from outside the program: the stack was overwritten here.
            record.is_backtrace_cut = true;
            break;
        }
        record.backtrace.push_back(named_frame(frame, is_caller, subject));
    }
}

/// A stack that would have held what was tried, twice the old limit at least; nothing when no slot
/// of this system holds one.
std::optional<std::uint64_t> suggested_limit(const Classification& named,
                                             const FaultSubject& subject)
{
    if (named.fault_class != PD_FAULT_STACK_OVERFLOW && named.fault_class != PD_FAULT_GUARD_JUMPED)
        return std::nullopt;
    const supervisor::SlotFacts& stack = subject.context.stack;
    if (stack.slot.size() <= subject.context.guard_size || !named.address)
        return std::nullopt;
    const auto largest = stack.slot.size() - subject.context.guard_size;
    const auto tried = stack.slot.end - *named.address;
    if (stack.limit >= largest || tried > largest)
        return std::nullopt;
    const auto wanted = std::max(2 * stack.limit, tried);
    return std::min(std::bit_ceil(std::max<std::uint64_t>(wanted, 1024)), largest);
}

StackUse stack_use(const Classification& named, const FaultSubject& subject)
{
    const supervisor::SlotFacts& stack = subject.context.stack;
    StackUse use;
    use.stack = stack.slot.begin;
    use.bottom = stack.committed.begin;
    use.top = stack.committed.end;
    use.peak = subject.stack_peak;
    use.limit = stack.limit;
    use.suggested = suggested_limit(named, subject);
    return use;
}

Classification classify_steadily(const RawFault& fault, const FaultSubject& subject,
                                 const std::optional<DecodedInstruction>& instruction)
{
    if (!subject.steadily)
        return classify(fault, subject.context, instruction);
    Classification result;
    subject.steadily([&] { result = classify(fault, subject.context, instruction); });
    return result;
}

} // namespace

FaultRecord build_record(const RawFault& raw, const FaultSubject& subject)
{
    RawFault fault = raw;
    std::optional<DecodedInstruction> instruction;
    if (fault.is_past_instruction) {
        const auto symbol = symbol_at(subject, fault.program_counter);
        const auto known = symbol && !symbol->function.empty();
        instruction = find_past_instruction(
            fault, subject.context.architecture, subject.read,
            known ? std::optional(fault.program_counter - symbol->offset) : std::nullopt);
        if (instruction)
            fault.program_counter = instruction->address;
    } else {
        const std::span code(fault.code.data(), std::min(fault.code_size, fault.code.size()));
        instruction = decode(code, fault.program_counter, subject.context.architecture);
    }
    Classification named = classify_steadily(fault, subject, instruction);

    FaultRecord record;
    record.fault_class = named.fault_class;
    record.domain = subject.domain;
    record.domain_id = static_cast<std::uint32_t>(subject.context.viewer);
    record.thread = subject.thread;
    record.thread_name = subject.thread_name;
    record.vcpu = subject.vcpu;
    record.callers = subject.callers;
    record.program_counter = fault.program_counter;
    record.address = named.address;
    record.access = named.access;
    record.length = named.length;
    record.derivation = named.derivation;
    record.origin = fault.origin;
    record.bytes_past_limit = named.bytes_past_limit;
    record.stack = stack_use(named, subject);
    record.explanation = std::move(named.explanation);
    if (instruction)
        record.instruction = std::move(instruction->text);
    record.registers = fault.registers;
    add_backtrace(record, fault, subject);
    return record;
}

} // namespace glacis::fault
