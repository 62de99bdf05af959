#include "arch/x86_64/shim_layout.hpp"

#include <atomic>
#include <cassert>
#include <cstring>
#include <glacis/abi/arch/x86_64/shim.h>

#include "machine/guest_cpu.hpp"

extern "C" {
// The names are those of shim_image.S.
extern const std::uint8_t glacis_shim_image[];
extern const std::uint8_t glacis_shim_image_end[];
}

namespace glacis::x86_64 {

namespace {

std::uint64_t header_field(std::size_t offset)
{
    std::uint64_t value = 0;
    std::memcpy(&value, glacis_shim_image + offset, sizeof value);
    return value;
}

ShimLayout read_layout()
{
    return {header_field(GLACIS_SHIM_HEADER_VECTOR_STUBS),
            header_field(GLACIS_SHIM_HEADER_SYSCALL_STUBS),
            header_field(GLACIS_SHIM_HEADER_RESUME),
            header_field(GLACIS_SHIM_HEADER_LOAD_CONTEXT),
            header_field(GLACIS_SHIM_HEADER_RESUME_END),
            header_field(GLACIS_SHIM_HEADER_GDT),
            header_field(GLACIS_SHIM_HEADER_GDT_SIZE),
            header_field(GLACIS_SHIM_HEADER_IDT),
            header_field(GLACIS_SHIM_HEADER_UNDEFINED_LEFT),
            header_field(GLACIS_SHIM_HEADER_CROSS_CALL),
            header_field(GLACIS_SHIM_HEADER_CALL_COMMITTED),
            header_field(GLACIS_SHIM_HEADER_CROSS_RETURN),
            header_field(GLACIS_SHIM_HEADER_RETURN_COMMITTED),
            header_field(GLACIS_SHIM_HEADER_CROSS_MISSED),
            header_field(GLACIS_SHIM_HEADER_CROSS_LEFT),
            header_field(GLACIS_SHIM_HEADER_SYSCALL_ENTERED)};
}

/// A 64-bit gate descriptor (Intel SDM volume 3, 6.14.1).
struct GateDescriptor {
    std::uint16_t offset_low;
    std::uint16_t selector;
    std::uint8_t stack_table;
    std::uint8_t attributes;
    std::uint16_t offset_middle;
    std::uint32_t offset_high;
    std::uint32_t reserved;
};
static_assert(sizeof(GateDescriptor) == 16);

GateDescriptor interrupt_gate(std::uint64_t target, std::uint32_t vector)
{
    const bool has_own_stack = vector == 2 || vector == 8;             // NMI, double fault
    const std::uint8_t privilege = vector == 3 || vector == 4 ? 3 : 0; // INT3, INTO
    return {static_cast<std::uint16_t>(target),
            GLACIS_SELECTOR_KERNEL_CODE,
            static_cast<std::uint8_t>(has_own_stack ? 1 : 0),
            static_cast<std::uint8_t>(0x8e | (privilege << 5)),
            static_cast<std::uint16_t>(target >> 16),
            static_cast<std::uint32_t>(target >> 32),
            0};
}

// The gate page: `syscall; ret` at the entries for hypercalls, calls and returns across domains,
// `ud2` at the bounce. Bytes that are not code trap.
constexpr std::uint8_t syscall_second_byte = 0x05;
constexpr std::uint8_t ud2_second_byte = 0x0b;
constexpr std::uint64_t gate_entries[] = {GLACIS_GATE_CALL, GLACIS_GATE_CROSS, GLACIS_GATE_RETURN};
constexpr std::uint8_t gate_entry[] = {0x0f, syscall_second_byte, 0xc3};
constexpr std::uint8_t gate_returned[] = {0x31, 0xc0, 0xc3};
constexpr std::uint8_t gate_bounce[] = {0x0f, ud2_second_byte};
constexpr std::uint8_t trap_byte = 0xcc;

} // namespace

const ShimLayout& shim_layout()
{
    static const ShimLayout layout = read_layout();
    return layout;
}

std::uint64_t syscall_stub(std::uint32_t vcpu)
{
    return shim_layout().syscall_stubs + std::uint64_t{vcpu} * GLACIS_SHIM_STUB_SIZE;
}

void make_gate_trap(const SystemMemory& memory)
{
    for (const std::uint64_t entry : gate_entries) {
        std::atomic_ref<std::uint8_t>(*memory.at(entry + 1)).store(ud2_second_byte);
    }
}

} // namespace glacis::x86_64

namespace glacis {

void install_shim(const SystemMemory& memory)
{
    using namespace x86_64;
    const auto size = static_cast<std::size_t>(glacis_shim_image_end - glacis_shim_image);
    assert(size <= GLACIS_SHIM_SIZE);
    std::memcpy(memory.at(GLACIS_SHIM_BASE), glacis_shim_image, size);

    const ShimLayout& layout = shim_layout();
    for (std::uint32_t vector = 0; vector < GLACIS_VECTORS; ++vector) {
        const GateDescriptor gate = interrupt_gate(
            layout.vector_stubs + std::uint64_t{vector} * GLACIS_SHIM_STUB_SIZE, vector);
        std::memcpy(memory.at(layout.idt) + vector * sizeof gate, &gate, sizeof gate);
    }

    std::memset(memory.at(GLACIS_GATE_BASE), trap_byte, GLACIS_GATE_SIZE);
    for (const std::uint64_t entry : gate_entries) {
        std::memcpy(memory.at(entry), gate_entry, sizeof gate_entry);
    }
    std::memcpy(memory.at(GLACIS_GATE_RETURNED), gate_returned, sizeof gate_returned);
    std::memcpy(memory.at(GLACIS_GATE_BOUNCE), gate_bounce, sizeof gate_bounce);
}

} // namespace glacis
