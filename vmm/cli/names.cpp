#include "cli/names.hpp"

#include <glacis/abi/hypercall.h>

namespace glacis::cli {

std::string perm_name(std::uint32_t perm)
{
    std::string name = "---";
    name[0] = (perm & PD_PERM_READ) != 0 ? 'r' : '-';
    name[1] = (perm & PD_PERM_WRITE) != 0 ? 'w' : '-';
    name[2] = (perm & PD_PERM_EXECUTE) != 0 ? 'x' : '-';
    return name;
}

const char* policy_name(FaultPolicy policy)
{
    switch (policy) {
    case FaultPolicy::stop_system:
        return "stop_system";
    case FaultPolicy::stop_domain:
        return "stop_domain";
    case FaultPolicy::restart:
        return "restart";
    }
    return "unknown";
}

} // namespace glacis::cli
