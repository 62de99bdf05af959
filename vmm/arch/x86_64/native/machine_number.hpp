// The ELF machine number of the architecture that this VMM is built for.
#pragma once

#include <cstdint>
#include <elf.h>

namespace glacis {
constexpr std::uint16_t native_machine_number = EM_X86_64;
} // namespace glacis
