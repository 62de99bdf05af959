// Fault records: what went wrong, where, and why, the same on every architecture and host.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <glacis/abi/fault.h>
#include <glacis/supervisor/facts.hpp>

namespace glacis {

enum class Access { none, read, write, execute };

/// How the address was learned.
enum class Derivation {
    none,     ///< the fault has no address
    exit,     ///< the exit or the exception told it (CR2, FAR, an MMIO exit)
    syndrome, ///< from the exception syndrome (AArch64)
    decoded,  ///< computed from the instruction and the registers
};

/// How the fault came to the VMM.
enum class FaultOrigin {
    page_fault,        ///< the guest's own tables refused
    exception,         ///< another exception of the guest; `vector` says which
    stage2_refused,    ///< KVM_RUN failed with EFAULT: in a slot, but not committed
    stage2_hole,       ///< KVM_EXIT_MMIO: no slot
    memory_fault_exit, ///< KVM_EXIT_MEMORY_FAULT
    emulation_failure, ///< KVM_EXIT_INTERNAL_ERROR
    shutdown,          ///< KVM_EXIT_SHUTDOWN: triple fault
    time_limit,
    hypercall, ///< a hypercall that ends the domain
    abort,     ///< the domain said abort
};

/// Registers by the names of the architecture, in its usual order.
using NamedRegisters = std::vector<std::pair<std::string, std::uint64_t>>;

/// What the machine knows at the moment of the fault; the input of classify().
struct RawFault {
    FaultOrigin origin = FaultOrigin::exception;
    std::uint32_t vector = 0;     ///< x86 vector or AArch64 exception class, with origin exception
    std::uint64_t error_code = 0; ///< x86 error code or AArch64 syndrome
    std::uint64_t program_counter = 0;
    std::uint64_t stack_pointer = 0;
    std::optional<std::uint64_t> address; ///< where the exit told one
    Access access = Access::none;         ///< where the exit told one
    std::uint64_t length = 0;             ///< bytes, 0 where unknown
    bool is_past_instruction = false;     ///< program_counter is already behind it (MMIO writes)
    bool is_supervisor_mode = false;      ///< happened in ring 0 / EL1
    std::uint64_t detail = 0;             ///< abort code, hypercall number
    NamedRegisters registers;             ///< general registers, program counter, flags
    std::array<std::uint8_t, 16> code{};  ///< bytes at program_counter, as many as could be read
    std::size_t code_size = 0;
};

/// One line of a backtrace.
struct Frame {
    std::uint64_t address = 0;
    std::string module;   ///< domain's name
    std::string function; ///< empty where unknown
    std::uint64_t offset = 0;
    std::string file;
    int line = 0;
    std::uint64_t repeats = 1; ///< the same frame this often in a row (recursion)
};

struct StackUse {
    std::uint64_t stack = 0;  ///< stack-ID
    std::uint64_t bottom = 0; ///< lowest committed address
    std::uint64_t top = 0;
    std::uint64_t peak = 0;                 ///< bytes
    std::uint64_t limit = 0;                ///< bytes
    std::optional<std::uint64_t> suggested; ///< bytes, where a larger stack would help
};

struct FaultRecord {
    pd_fault_class fault_class = PD_FAULT_UNKNOWN;
    std::string domain;
    std::uint32_t domain_id = 0;
    std::uint64_t thread = 0; ///< number for people
    std::string thread_name;
    std::uint32_t vcpu = 0;
    /// Domains through which the thread has come by calls, its own first; empty in its own domain.
    std::vector<std::string> callers;
    std::uint64_t program_counter = 0;
    std::optional<std::uint64_t> address;
    Access access = Access::none;
    std::uint64_t length = 0;
    Derivation derivation = Derivation::none;
    FaultOrigin origin = FaultOrigin::exception;
    std::string explanation; ///< "8 bytes below its committed stack [0x400f1000, 0x40100000)"
    std::optional<std::uint64_t> bytes_past_limit;
    StackUse stack;
    std::string instruction;      ///< disassembly
    std::vector<Frame> backtrace; ///< innermost first
    bool is_backtrace_cut = false;
    NamedRegisters registers;
    bool is_of_child = false; ///< of a domain made at run time
    std::string action;       ///< what was done about it: "domain 'parser' restarted (1 of 3)"
};

/// The stable string of a class.
[[nodiscard]] const char* class_name(pd_fault_class fault_class);

} // namespace glacis
