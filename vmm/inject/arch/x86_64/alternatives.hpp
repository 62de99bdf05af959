// What an instruction can be turned into.
#pragma once

#include "inject/arch/x86_64/edits.hpp"
#include "inject/mutation.hpp"

namespace glacis::inject::x86_64 {

/// All that a mutation of the class can make of the instruction at the start of `code`, which lies
/// at the site; in an order that never changes. None when no such instruction is there. Where the
/// class depends on what lies around it (missing_argument), that is the caller's to know.
[[nodiscard]] std::vector<Bytes> alternatives(std::span<const std::uint8_t> code, const Site& site,
                                              FaultClass fault_class);

/// Whether there is any, which is found faster. `instruction` lies at the start of `code`.
[[nodiscard]] bool has_alternative(std::span<const std::uint8_t> code,
                                   const Instruction& instruction, std::uint64_t address,
                                   FaultClass fault_class);

} // namespace glacis::inject::x86_64
