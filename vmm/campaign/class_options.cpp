#include "campaign/class_options.hpp"

namespace glacis::campaign {

namespace {

struct Options {
    bool place = false;     ///< at
    bool functions = false; ///< random places in them
    bool call = false;
    bool time = false; ///< after
    bool amount = false;
    bool domains = true;
};

/// At an instruction: any of them, a hypercall's, or the next one at a time.
constexpr Options anywhere{true, true, true, true, false, true};
constexpr Options anywhere_with_amount{true, true, true, true, true, true};

Options options_of(FaultClass fault_class)
{
    switch (fault_class) {
    case FaultClass::copy_overrun: // these know their functions
        return {.amount = true};
    case FaultClass::premature_free:
    case FaultClass::use_after_free:
        return {};
    case FaultClass::failed_allocation:
    case FaultClass::hypercall_noise:
        return {.call = true};
    case FaultClass::lost_wake_up: // and these their call
    case FaultClass::doubled_wake_up:
        return {};
    case FaultClass::forged_return: // at the start of a function
        return {.functions = true};
    case FaultClass::host_failure:
        return {.domains = false};
    case FaultClass::stack_overflow:
    case FaultClass::stack_underflow:
    case FaultClass::frame_beyond_guard:
    case FaultClass::delay:
        return anywhere_with_amount;
    default:
        break;
    }
    const bool is_code = inject::group_of(fault_class) == inject::FaultGroup::code;
    return is_code ? Options{.place = true, .functions = true} : anywhere;
}

} // namespace

std::optional<std::string_view> misfit(const FaultEntry& entry, FaultClass fault_class)
{
    const Options options = options_of(fault_class);
    if (entry.place && !options.place) {
        return "at";
    }
    if (entry.call && !options.call) {
        return "call";
    }
    if (entry.after_ns && !options.time) {
        return "after";
    }
    if (!entry.functions.empty() && !options.functions) {
        return "functions";
    }
    if (entry.amount && !options.amount) {
        return "amount";
    }
    if (!entry.domains.empty() && !options.domains) {
        return "domains";
    }
    return std::nullopt;
}

} // namespace glacis::campaign
