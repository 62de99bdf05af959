// A vCPU's registers and its block of supervisor memory (shim.h), as the VMM reads and writes them
// while the vCPU is outside the guest.
#pragma once

#include <cstdint>
#include <cstring>
#include <glacis/abi/arch/x86_64/shim.h>
#include <linux/kvm.h>

#include "arch/x86_64/trap.hpp"
#include "kvm/kvm.hpp"
#include "machine/system_memory.hpp"

namespace glacis::x86_64 {

/// Behind the gate's instruction for calls: where every return leads.
constexpr std::uint64_t after_cross = GLACIS_GATE_CROSS + 2;
constexpr std::uint64_t after_return = GLACIS_GATE_RETURN + 2;

constexpr std::uint64_t flags_user = 0x240dd5; // CF PF AF ZF SF TF DF OF AC ID

inline std::uint64_t read_block(const SystemMemory& memory, std::uint32_t id, std::uint64_t offset)
{
    std::uint64_t value = 0;
    std::memcpy(&value, memory.at(SystemMemory::block_address(id) + offset), sizeof value);
    return value;
}

inline void write_block(const SystemMemory& memory, std::uint32_t id, std::uint64_t offset,
                        std::uint64_t value)
{
    std::memcpy(memory.at(SystemMemory::block_address(id) + offset), &value, sizeof value);
}

inline kvm_regs& registers_of(kvm::Vcpu& vcpu)
{
    return vcpu.state()->s.regs.regs;
}

inline void mark_changed(kvm::Vcpu& vcpu)
{
    vcpu.state()->kvm_dirty_regs |= KVM_SYNC_X86_REGS;
}

inline std::uint64_t frame_address(std::uint32_t id)
{
    return SystemMemory::block_address(id) + GLACIS_BLOCK_RSP0 - GLACIS_TRAP_FRAME_SIZE;
}

inline TrapFrame read_frame(const SystemMemory& memory, std::uint32_t id)
{
    TrapFrame frame;
    std::memcpy(&frame, memory.at(frame_address(id)), sizeof frame);
    return frame;
}

inline void write_frame(const SystemMemory& memory, std::uint32_t id, const TrapFrame& frame)
{
    std::memcpy(memory.at(frame_address(id)), &frame, sizeof frame);
}

inline std::uint64_t mailbox_address(std::uint32_t id)
{
    return SystemMemory::block_address(id) + GLACIS_BLOCK_MAILBOX;
}

inline std::uint64_t read_mailbox(const SystemMemory& memory, std::uint32_t id, std::size_t field)
{
    std::uint64_t value = 0;
    std::memcpy(&value, memory.at(mailbox_address(id)) + field, sizeof value);
    return value;
}

inline void write_mailbox(const SystemMemory& memory, std::uint32_t id, std::size_t field,
                          std::uint64_t value)
{
    std::memcpy(memory.at(mailbox_address(id)) + field, &value, sizeof value);
}

} // namespace glacis::x86_64
