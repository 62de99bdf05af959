#include "fault/record.hpp"

namespace glacis {

const char* class_name(pd_fault_class fault_class)
{
    switch (fault_class) {
#define GLACIS_FAULT_CLASS_NAME(name, value, text)                                                 \
    case PD_FAULT_##name:                                                                          \
        return text;
        GLACIS_FAULT_CLASS_LIST(GLACIS_FAULT_CLASS_NAME)
#undef GLACIS_FAULT_CLASS_NAME
    }
    return "unknown";
}

} // namespace glacis
