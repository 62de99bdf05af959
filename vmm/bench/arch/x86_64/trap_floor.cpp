#include "bench/trap_floor.hpp"

#include <cstring>
#include <glacis/abi/arch/x86_64/shim.h>

#include "arch/x86_64/kvm_lists.hpp"
#include "arch/x86_64/shim_layout.hpp"
#include "fault/instruction.hpp"
#include "host/calls.hpp"

// The names are those of trap_floor_code.S.
#define GLACIS_FLOOR_PART(name)                                                                    \
    extern "C" const std::uint8_t glacis_trap_floor_##name[];                                      \
    extern "C" const std::uint8_t glacis_trap_floor_##name##_end[];
GLACIS_FLOOR_PART(undefined)
GLACIS_FLOOR_PART(syscall)
GLACIS_FLOOR_PART(by_undefined)
GLACIS_FLOOR_PART(by_syscall)
#undef GLACIS_FLOOR_PART

namespace glacis::bench {

using namespace x86_64;

namespace {

/// The end of the shim's place, behind the shim.
constexpr std::uint64_t handler_room = 64;
constexpr std::uint64_t handler_address = GLACIS_SHIM_BASE + GLACIS_SHIM_SIZE - handler_room;

/// Once a hypercall was made, the gate page says.
bool has_syscall(const SystemMemory& memory)
{
    constexpr std::uint8_t syscall_second_byte = 0x05;
    return *memory.at(GLACIS_GATE_CALL + 1) == syscall_second_byte;
}

/// From `address` on, up to and with the return to ring 3.
std::uint64_t count_to_return(const SystemMemory& memory, std::uint64_t address)
{
    constexpr std::uint8_t iretq[] = {0x48, 0xcf};
    constexpr std::uint64_t longest = 15;
    for (std::uint64_t count = 1;; ++count) {
        const std::uint8_t* code = memory.at(address);
        const auto instruction =
            fault::decode({code, longest}, address, fault::Architecture::x86_64);
        if (!instruction || std::memcmp(code, iretq, sizeof iretq) == 0) {
            return count;
        }
        address += instruction->length;
    }
}

} // namespace

Status install_trap_floor(doctor::ProbeMachine& machine)
{
    const SystemMemory& memory = machine.system();
    if (!has_syscall(memory)) {
        std::memcpy(memory.at(handler_address), glacis_trap_floor_undefined,
                    static_cast<std::size_t>(glacis_trap_floor_undefined_end -
                                             glacis_trap_floor_undefined));
        // Offsets 0 to 15 and 16 to 31 of the gate's target (Intel SDM volume 3, 6.14.1).
        constexpr std::uint64_t descriptor_size = 16;
        constexpr std::uint64_t undefined_vector = 6;
        std::uint8_t* gate = memory.at(shim_layout().idt + undefined_vector * descriptor_size);
        const auto low = static_cast<std::uint16_t>(handler_address);
        const auto middle = static_cast<std::uint16_t>(handler_address >> 16);
        std::memcpy(gate, &low, sizeof low);
        std::memcpy(gate + 6, &middle, sizeof middle);
        return Done{};
    }
    std::memcpy(
        memory.at(handler_address), glacis_trap_floor_syscall,
        static_cast<std::size_t>(glacis_trap_floor_syscall_end - glacis_trap_floor_syscall));
    constexpr std::uint32_t msr_lstar = 0xc0000082;
    MsrList<1> msrs;
    msrs.count = 1;
    msrs.entries[0] = {msr_lstar, 0, handler_address};
    if (host::ioctl_vcpu(machine.cpu().vcpu().fd(), request_set_msrs, &msrs) != 1) {
        return host_error("KVM_SET_MSRS", "setting up the floor of a call");
    }
    return Done{};
}

doctor::ProbeCode::Bytes trap_floor_code(const doctor::ProbeMachine& machine)
{
    return has_syscall(machine.system())
               ? doctor::ProbeCode::Bytes{glacis_trap_floor_by_syscall,
                                          glacis_trap_floor_by_syscall_end}
               : doctor::ProbeCode::Bytes{glacis_trap_floor_by_undefined,
                                          glacis_trap_floor_by_undefined_end};
}

std::uint64_t crossing_instructions(const SystemMemory& memory)
{
    // Up to cross_call and cross_return (shim.S): the stub, the frame, a comparison and a jump for
    // each.
    const std::uint64_t before_call = has_syscall(memory) ? 3 + 4 + 2 : 2;
    const std::uint64_t before_return = before_call + 2;
    return before_call + count_to_return(memory, shim_layout().cross_call) + before_return +
           count_to_return(memory, shim_layout().cross_return);
}

} // namespace glacis::bench
