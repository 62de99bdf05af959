#include "loader/machine.hpp"

#include <algorithm>
#include <array>

#include <elf.h>
#include <sys/auxv.h>

#include "loader/arch/aarch64/machine_kind.hpp"
#include "loader/arch/x86_64/machine_kind.hpp"

namespace glacis {

namespace {

constexpr std::array<const MachineKind*, 2> machines{&x86_64::machine_kind, &aarch64::machine_kind};

} // namespace

const MachineKind* find_machine(std::uint16_t number)
{
    const auto found =
        std::find_if(machines.begin(), machines.end(),
                     [number](const MachineKind* kind) { return kind->number == number; });
    return found == machines.end() ? nullptr : *found;
}

std::string machine_name(std::uint16_t number)
{
    if (const MachineKind* kind = find_machine(number)) {
        return std::string(kind->name);
    }
    switch (number) { // well-known ones without a port
    case EM_386:
        return "i386";
    case EM_ARM:
        return "32-bit ARM";
    case EM_PPC64:
        return "PowerPC64";
    case EM_S390:
        return "s390";
    case EM_RISCV:
        return "RISC-V";
    default:
        return "ELF machine " + std::to_string(number);
    }
}

std::uint16_t host_machine()
{
    // The kernel gives the address of a string as a number.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const auto* platform = reinterpret_cast<const char*>(getauxval(AT_PLATFORM));
    if (platform == nullptr) {
        return 0;
    }
    const auto found =
        std::find_if(machines.begin(), machines.end(),
                     [platform](const MachineKind* kind) { return kind->platform == platform; });
    return found == machines.end() ? 0 : (*found)->number;
}

} // namespace glacis
