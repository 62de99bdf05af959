// What can be done to a system.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace glacis::inject {

enum class FaultClass {
    // ---- to the instructions of a program
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

    // ---- to a domain's data
    register_bit_flip,
    stack_bit_flip,    ///< in the live part of the running thread's stack
    heap_bit_flip,     ///< in memory that the domain has allocated
    global_bit_flip,   ///< in its initialised and zeroed data
    copy_overrun,      ///< memcpy or memmove copies more than it was told
    failed_allocation, ///< malloc, or the hypercall behind it, has nothing to give
    premature_free,    ///< what malloc has just given is freed
    use_after_free,    ///< what has been freed is written to

    // ---- against the isolation, by a domain's code
    stack_overflow,      ///< a write below its thread's committed stack
    stack_underflow,     ///< a write above it
    frame_beyond_guard,  ///< a write further below than the guard reaches
    neighbour_write,     ///< into another live stack
    inactive_write,      ///< into a stack of its own that is active nowhere
    freed_write,         ///< into a slot without a stack
    foreign_write,       ///< into memory of another domain
    foreign_activation,  ///< it activates another domain's stack
    foreign_permission,  ///< it gives itself permission to another domain's memory
    foreign_free,        ///< it frees another domain's memory
    forged_return,       ///< it returns to where no call came from
    forged_cross_return, ///< it returns from a call across domains that it is not in
    hypercall_noise,     ///< a hypercall with a random number and random arguments
    hung_code,           ///< it does not go on
    exhausted_quota,     ///< it allocates until it is refused

    // ---- to time
    preemption,      ///< another thread has its turn before an instruction
    delay,           ///< time passes before an instruction
    lost_wake_up,    ///< a wake wakes nobody
    doubled_wake_up, ///< a wake is made twice

    // ---- to the host
    host_failure, ///< one of the VMM's host calls fails
};

/// Which part of a system a class is about.
enum class FaultGroup { code, data, isolation, time, host };

inline constexpr std::array code_fault_classes{
    FaultClass::text_bit_flip,          FaultClass::deleted_instruction,
    FaultClass::wrong_source,           FaultClass::wrong_destination,
    FaultClass::corrupted_pointer,      FaultClass::inverted_branch,
    FaultClass::deleted_branch,         FaultClass::loop_bound,
    FaultClass::missing_initialisation, FaultClass::missing_argument,
};

inline constexpr std::array other_fault_classes{
    FaultClass::register_bit_flip,
    FaultClass::stack_bit_flip,
    FaultClass::heap_bit_flip,
    FaultClass::global_bit_flip,
    FaultClass::copy_overrun,
    FaultClass::failed_allocation,
    FaultClass::premature_free,
    FaultClass::use_after_free,
    FaultClass::stack_overflow,
    FaultClass::stack_underflow,
    FaultClass::frame_beyond_guard,
    FaultClass::neighbour_write,
    FaultClass::inactive_write,
    FaultClass::freed_write,
    FaultClass::foreign_write,
    FaultClass::foreign_activation,
    FaultClass::foreign_permission,
    FaultClass::foreign_free,
    FaultClass::forged_return,
    FaultClass::forged_cross_return,
    FaultClass::hypercall_noise,
    FaultClass::hung_code,
    FaultClass::exhausted_quota,
    FaultClass::preemption,
    FaultClass::delay,
    FaultClass::lost_wake_up,
    FaultClass::doubled_wake_up,
    FaultClass::host_failure,
};

/// All of them, in the order of reports.
[[nodiscard]] std::vector<FaultClass> all_fault_classes();

[[nodiscard]] FaultGroup group_of(FaultClass fault_class);
/// "code", "data", "isolation", "time", "host"
[[nodiscard]] std::string_view name_of(FaultGroup group);
[[nodiscard]] std::optional<FaultGroup> fault_group_named(std::string_view name);

/// "wrong source". Stable: campaigns and records carry it.
[[nodiscard]] std::string_view name_of(FaultClass fault_class);
[[nodiscard]] std::optional<FaultClass> fault_class_named(std::string_view name);

} // namespace glacis::inject
