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
    }
    return "";
}

std::optional<FaultClass> fault_class_named(std::string_view name)
{
    for (const FaultClass each : all_fault_classes) {
        if (name_of(each) == name) {
            return each;
        }
    }
    return std::nullopt;
}

} // namespace glacis::inject
