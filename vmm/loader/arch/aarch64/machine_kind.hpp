// AArch64, as far as the loader is concerned.
#pragma once

#include <array>

#include "loader/machine_kind.hpp"

namespace glacis::aarch64 {

constexpr std::array<NamedRelocation, 10> relocation_names{{
    {257, "R_AARCH64_ABS64"},
    {1024, "R_AARCH64_COPY"},
    {1025, "R_AARCH64_GLOB_DAT"},
    {1026, "R_AARCH64_JUMP_SLOT"},
    {1027, "R_AARCH64_RELATIVE"},
    {1028, "R_AARCH64_TLS_DTPMOD"},
    {1029, "R_AARCH64_TLS_DTPREL"},
    {1030, "R_AARCH64_TLS_TPREL"},
    {1031, "R_AARCH64_TLSDESC"},
    {1032, "R_AARCH64_IRELATIVE"},
}};

constexpr MachineKind machine_kind{
    .number = 183,
    .name = "AArch64",
    .platform = "aarch64",
    .relative = 1027,
    .relocations = relocation_names,
};

} // namespace glacis::aarch64
