#include "machine/status_text.hpp"

namespace glacis {

const char* status_text(pd_status status)
{
#define GLACIS_STATUS_CASE(name, value, text)                                                      \
    case PD_##name:                                                                                \
        return text;
    switch (status) {
        GLACIS_STATUS_LIST(GLACIS_STATUS_CASE)
    case PD_STATUS_COUNT:
        break;
    }
#undef GLACIS_STATUS_CASE
    return "unknown status";
}

} // namespace glacis
