#include "inject/fault_class.hpp"

namespace glacis::inject {

std::string_view name_of(FaultClass fault_class)
{
    switch (fault_class) {
    case FaultClass::text_bit_flip:
        return "text bit flip";
    case FaultClass::deleted_instruction:
        return "deleted instruction";
    case FaultClass::wrong_source:
        return "wrong source";
    case FaultClass::wrong_destination:
        return "wrong destination";
    case FaultClass::corrupted_pointer:
        return "corrupted pointer";
    case FaultClass::inverted_branch:
        return "inverted branch";
    case FaultClass::deleted_branch:
        return "deleted branch";
    case FaultClass::loop_bound:
        return "loop bound";
    case FaultClass::missing_initialisation:
        return "missing initialisation";
    case FaultClass::missing_argument:
        return "missing argument";
    case FaultClass::register_bit_flip:
        return "register bit flip";
    case FaultClass::stack_bit_flip:
        return "stack bit flip";
    case FaultClass::heap_bit_flip:
        return "heap bit flip";
    case FaultClass::global_bit_flip:
        return "global bit flip";
    case FaultClass::copy_overrun:
        return "copy overrun";
    case FaultClass::failed_allocation:
        return "failed allocation";
    case FaultClass::premature_free:
        return "premature free";
    case FaultClass::use_after_free:
        return "use after free";
    case FaultClass::stack_overflow:
        return "stack overflow";
    case FaultClass::stack_underflow:
        return "stack underflow";
    case FaultClass::frame_beyond_guard:
        return "frame beyond guard";
    case FaultClass::neighbour_write:
        return "neighbour write";
    case FaultClass::inactive_write:
        return "inactive stack write";
    case FaultClass::freed_write:
        return "freed stack write";
    case FaultClass::foreign_write:
        return "foreign memory write";
    case FaultClass::foreign_activation:
        return "foreign activation";
    case FaultClass::foreign_permission:
        return "foreign permission";
    case FaultClass::foreign_free:
        return "foreign free";
    case FaultClass::forged_return:
        return "forged return";
    case FaultClass::forged_cross_return:
        return "forged cross-domain return";
    case FaultClass::hypercall_noise:
        return "hypercall noise";
    case FaultClass::hung_code:
        return "hung code";
    case FaultClass::exhausted_quota:
        return "exhausted quota";
    case FaultClass::preemption:
        return "preemption";
    case FaultClass::delay:
        return "delay";
    case FaultClass::lost_wake_up:
        return "lost wake-up";
    case FaultClass::doubled_wake_up:
        return "doubled wake-up";
    case FaultClass::host_failure:
        return "host failure";
    }
    return "";
}

std::optional<FaultClass> fault_class_named(std::string_view name)
{
    for (const FaultClass each : all_fault_classes()) {
        if (name_of(each) == name) {
            return each;
        }
    }
    return std::nullopt;
}

std::vector<FaultClass> all_fault_classes()
{
    std::vector<FaultClass> all(code_fault_classes.begin(), code_fault_classes.end());
    all.insert(all.end(), other_fault_classes.begin(), other_fault_classes.end());
    return all;
}

FaultGroup group_of(FaultClass fault_class)
{
    if (fault_class <= FaultClass::missing_argument) {
        return FaultGroup::code;
    }
    if (fault_class <= FaultClass::use_after_free) {
        return FaultGroup::data;
    }
    if (fault_class <= FaultClass::exhausted_quota) {
        return FaultGroup::isolation;
    }
    return fault_class <= FaultClass::doubled_wake_up ? FaultGroup::time : FaultGroup::host;
}

std::string_view name_of(FaultGroup group)
{
    switch (group) {
    case FaultGroup::code:
        return "code";
    case FaultGroup::data:
        return "data";
    case FaultGroup::isolation:
        return "isolation";
    case FaultGroup::time:
        return "time";
    case FaultGroup::host:
        return "host";
    }
    return "";
}

std::optional<FaultGroup> fault_group_named(std::string_view name)
{
    for (const FaultGroup each : {FaultGroup::code, FaultGroup::data, FaultGroup::isolation,
                                  FaultGroup::time, FaultGroup::host}) {
        if (name_of(each) == name) {
            return each;
        }
    }
    return std::nullopt;
}

} // namespace glacis::inject
