#include "fault_world.hpp"

#include <algorithm>

namespace glacis::fault::test {

namespace {

using supervisor::AddressFacts;
using supervisor::Perm;
using supervisor::SlotFacts;
using supervisor::ThreadId;

constexpr Range stack_area{0x40000000, 0x50000000};

SlotFacts live(unsigned slot, std::uint64_t committed, DomainId creator,
               std::optional<ThreadId> thread)
{
    SlotFacts facts;
    facts.state = SlotFacts::State::live;
    facts.slot = {slot_base(slot), slot_base(slot + 1)};
    facts.committed = {facts.slot.end - committed, facts.slot.end};
    facts.limit = committed;
    facts.creator = creator;
    facts.thread = thread;
    return facts;
}

SlotFacts slot_facts(unsigned slot)
{
    switch (slot) {
    case lowest_slot:
        return live(slot, 32 * kib, store, ThreadId{6});
    case inactive_slot:
        return live(slot, 32 * kib, parser, std::nullopt);
    case foreign_slot:
        return live(slot, 32 * kib, store, ThreadId{5});
    case neighbour_slot:
        return live(slot, 32 * kib, parser, ThreadId{4});
    case own_slot:
        return live(slot, 60 * kib, parser, ThreadId{3});
    case above_slot:
        return live(slot, 32 * kib, store, ThreadId{7});
    default:
        break;
    }
    SlotFacts facts;
    facts.slot = {slot_base(slot), slot_base(slot + 1)};
    facts.creator = parser;
    if (slot == freed_slot)
        facts.state = SlotFacts::State::freed;
    if (slot == changing_slot)
        facts.state = SlotFacts::State::changing;
    return facts;
}

supervisor::MemoryFacts memory_facts(std::uint64_t address)
{
    switch (address & ~(block_size - 1)) {
    case own_code:
        return {true, parser, Perm::read_execute, true};
    case own_data:
        return {true, parser, Perm::read_write, false};
    case own_closed:
        return {true, parser, Perm::none, false};
    case foreign_data:
        return {true, store, Perm::none, false};
    case lent_data:
        return {true, store, Perm::read, false};
    case shared_data:
        return {true, supervisor::supervisor_domain, Perm::read, false};
    case closed_region:
        return {true, supervisor::supervisor_domain, Perm::none, false};
    default:
        return {};
    }
}

NamedRegisters with_values(NamedRegisters registers,
                           std::initializer_list<std::pair<std::string, std::uint64_t>> values)
{
    for (const auto& value : values) {
        const auto found = std::find_if(registers.begin(), registers.end(), [&](const auto& entry) {
            return entry.first == value.first;
        });
        if (found != registers.end())
            found->second = value.second;
        else
            registers.push_back(value);
    }
    return registers;
}

} // namespace

AddressFacts facts_at(std::uint64_t address)
{
    AddressFacts facts;
    if (address < GLACIS_LOWEST_ADDRESS) {
        facts.kind = AddressFacts::Kind::low;
    } else if (address >= GLACIS_GATE_BASE && address < GLACIS_GATE_BASE + GLACIS_GATE_SIZE) {
        facts.kind = AddressFacts::Kind::gate;
    } else if (address < stack_area.begin) {
        facts.kind = AddressFacts::Kind::supervisor;
    } else if (stack_area.contains(address)) {
        facts.kind = AddressFacts::Kind::stack_area;
        facts.slot = slot_facts(static_cast<unsigned>((address - stack_area.begin) / slot_size));
    } else if (address >= GLACIS_MEMORY_BASE_MIN && address < GLACIS_ADDRESS_LIMIT) {
        facts.kind = AddressFacts::Kind::memory;
        facts.memory = memory_facts(address);
    }
    return facts;
}

FaultContext world_context()
{
    FaultContext context;
    context.viewer = parser;
    context.stack = slot_facts(own_slot);
    context.guard_size = guard_size;
    context.facts = facts_at;
    context.domain_name = [](DomainId domain) {
        return domain == parser ? "parser" : "store";
    };
    context.thread_text = [](ThreadId thread) {
        return "thread " + std::to_string(static_cast<std::uint64_t>(thread)) + " 'helper'";
    };
    return context;
}

NamedRegisters x86_64_registers(std::initializer_list<std::pair<std::string, std::uint64_t>> values)
{
    NamedRegisters registers;
    for (const char* name : {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9",
                             "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags"})
        registers.emplace_back(name, 0);
    registers = with_values(std::move(registers), {{"rsp", own_top - 32 * kib}, {"rip", own_code}});
    return with_values(std::move(registers), values);
}

NamedRegisters
aarch64_registers(std::initializer_list<std::pair<std::string, std::uint64_t>> values)
{
    NamedRegisters registers;
    for (int i = 0; i <= 30; ++i)
        registers.emplace_back("x" + std::to_string(i), 0);
    registers.insert(registers.end(),
                     {{"sp", own_top - 32 * kib}, {"pc", own_code}, {"pstate", 0}});
    return with_values(std::move(registers), values);
}

RawFault raw_fault(FaultOrigin origin, const std::string& code_in_hex,
                   const NamedRegisters& registers)
{
    RawFault fault;
    fault.origin = origin;
    fault.program_counter = own_code;
    for (const char* name : {"rsp", "sp"})
        fault.stack_pointer = register_value(registers, name).value_or(fault.stack_pointer);
    fault.registers = registers;
    const auto code = bytes_of(code_in_hex);
    fault.code_size = std::min(code.size(), fault.code.size());
    std::copy_n(code.begin(), fault.code_size, fault.code.begin());
    return fault;
}

RawFault page_fault(std::uint64_t address, Access access)
{
    RawFault fault = raw_fault(FaultOrigin::page_fault, "", x86_64_registers());
    fault.address = address;
    // Bit 1: a write; bit 2: from ring 3; bit 4: a fetch.
    fault.error_code = 4;
    if (access == Access::write)
        fault.error_code |= 2;
    if (access == Access::execute)
        fault.error_code |= 16;
    return fault;
}

std::vector<std::uint8_t> bytes_of(const std::string& hex)
{
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
    return bytes;
}

void Words::set_code(std::uint64_t address, const std::string& hex)
{
    const auto bytes = bytes_of(hex);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        words_[address + i / 8 * 8] |= std::uint64_t{bytes[i]} << (i % 8 * 8);
}

WordReader Words::reader() const
{
    return [words = words_](std::uint64_t address, std::uint64_t& word) {
        const auto found = words.find(address);
        if (found == words.end())
            return false;
        word = found->second;
        return true;
    };
}

} // namespace glacis::fault::test
