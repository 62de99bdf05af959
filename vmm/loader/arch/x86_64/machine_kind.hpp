// x86-64, as far as the loader is concerned.
#pragma once

#include <array>

#include "loader/machine_kind.hpp"

namespace glacis::x86_64 {

constexpr std::array<NamedRelocation, 10> relocation_names{{
    {1, "R_X86_64_64"},
    {5, "R_X86_64_COPY"},
    {6, "R_X86_64_GLOB_DAT"},
    {7, "R_X86_64_JUMP_SLOT"},
    {8, "R_X86_64_RELATIVE"},
    {16, "R_X86_64_DTPMOD64"},
    {17, "R_X86_64_DTPOFF64"},
    {18, "R_X86_64_TPOFF64"},
    {36, "R_X86_64_TLSDESC"},
    {37, "R_X86_64_IRELATIVE"},
}};

constexpr MachineKind machine_kind{
    .number = 62,
    .name = "x86-64",
    .platform = "x86_64",
    .relative = 8,
    .relocations = relocation_names,
};

} // namespace glacis::x86_64
