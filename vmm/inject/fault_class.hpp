// What can be done to the instructions of a program.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace glacis::inject {

enum class FaultClass {
    text_bit_flip,          ///< one bit of an instruction
    deleted_instruction,    ///< nothing is done in its place
    wrong_source,           ///< another register is read
    wrong_destination,      ///< another register is written
    corrupted_pointer,      ///< an address with another base, index or displacement
    inverted_branch,        ///< taken when it should not be, and the other way round
    deleted_branch,         ///< never taken
    loop_bound,             ///< one round too many or too few
    missing_initialisation, ///< near a function's start, a constant that is not set
    missing_argument,       ///< before a call, an argument that is not loaded
};

inline constexpr std::array all_fault_classes{
    FaultClass::text_bit_flip,          FaultClass::deleted_instruction,
    FaultClass::wrong_source,           FaultClass::wrong_destination,
    FaultClass::corrupted_pointer,      FaultClass::inverted_branch,
    FaultClass::deleted_branch,         FaultClass::loop_bound,
    FaultClass::missing_initialisation, FaultClass::missing_argument,
};

/// "wrong source". Stable: campaigns and records carry it.
[[nodiscard]] std::string_view name_of(FaultClass fault_class);
[[nodiscard]] std::optional<FaultClass> fault_class_named(std::string_view name);

} // namespace glacis::inject
