// A made-up guest for fault tests: a stack area with a slot of every kind, and memory of every
// owner.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "fault/build_record.hpp"

namespace glacis::fault::test {

using supervisor::DomainId;
using supervisor::Range;

constexpr DomainId parser{0}; ///< the domain that faults
constexpr DomainId store{1};

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t guard_size = 64 * kib;
constexpr std::uint64_t slot_size = 1024 * kib;

constexpr std::uint64_t slot_base(unsigned slot)
{
    return 0x40000000 + slot * slot_size;
}

// Slots by what they hold.
constexpr unsigned lowest_slot = 0; ///< live, thread 6 of store
constexpr unsigned unused_slot = 2;
constexpr unsigned changing_slot = 3;
constexpr unsigned freed_slot = 4;     ///< once parser's
constexpr unsigned inactive_slot = 5;  ///< live, parser's, no thread
constexpr unsigned foreign_slot = 6;   ///< live, thread 5 of store
constexpr unsigned neighbour_slot = 7; ///< live, thread 4 of parser
constexpr unsigned own_slot = 8;       ///< the running stack: thread 3 of parser
constexpr unsigned above_slot = 9;     ///< live, thread 7 of store

constexpr std::uint64_t own_top = slot_base(own_slot + 1);
constexpr std::uint64_t own_bottom = own_top - 60 * kib;

// Memory by whose it is.
constexpr std::uint64_t own_code = 0x100000000;      ///< r-x
constexpr std::uint64_t own_data = 0x100010000;      ///< rw-
constexpr std::uint64_t own_closed = 0x100020000;    ///< ---
constexpr std::uint64_t foreign_data = 0x100030000;  ///< ---
constexpr std::uint64_t lent_data = 0x100040000;     ///< store's, r--
constexpr std::uint64_t shared_data = 0x100050000;   ///< r--
constexpr std::uint64_t closed_region = 0x100060000; ///< ---
constexpr std::uint64_t nobodys_memory = 0x100070000;
constexpr std::uint64_t block_size = 0x10000;

/// Facts as parser sees them.
[[nodiscard]] supervisor::AddressFacts facts_at(std::uint64_t address);

/// The context of a fault of thread 3 of parser.
[[nodiscard]] FaultContext world_context();

/// x86-64 registers with a stack pointer in the middle of the running stack; all others 0 but
/// these.
[[nodiscard]] NamedRegisters
x86_64_registers(std::initializer_list<std::pair<std::string, std::uint64_t>> values = {});
[[nodiscard]] NamedRegisters
aarch64_registers(std::initializer_list<std::pair<std::string, std::uint64_t>> values = {});

/// A fault at own_code with these instruction bytes and registers; stack pointer taken from them.
[[nodiscard]] RawFault raw_fault(FaultOrigin origin, const std::string& code_in_hex,
                                 const NamedRegisters& registers);

/// A page fault of an x86-64 guest.
[[nodiscard]] RawFault page_fault(std::uint64_t address, Access access);

[[nodiscard]] std::vector<std::uint8_t> bytes_of(const std::string& hex);

/// Guest memory for backtraces: words by address.
class Words {
public:
    void set(std::uint64_t address, std::uint64_t value) { words_[address] = value; }
    /// Lays out bytes of code from an 8-byte aligned address on.
    void set_code(std::uint64_t address, const std::string& hex);
    [[nodiscard]] WordReader reader() const;

private:
    std::map<std::uint64_t, std::uint64_t> words_;
};

} // namespace glacis::fault::test
