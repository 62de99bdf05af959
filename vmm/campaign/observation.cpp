#include "campaign/observation.hpp"

#include <algorithm>

namespace glacis::campaign {

bool is_alike(const Observation& one, const Observation& other)
{
    const auto is_same_fault = [](const FaultRecord& left, const FaultRecord& right) {
        return left.fault_class == right.fault_class && left.domain == right.domain &&
               left.program_counter == right.program_counter && left.address == right.address;
    };
    return one.end == other.end && one.domains == other.domains && one.outputs == other.outputs &&
           one.host_failure.has_value() == other.host_failure.has_value() &&
           std::equal(one.faults.begin(), one.faults.end(), other.faults.begin(),
                      other.faults.end(), is_same_fault);
}

} // namespace glacis::campaign
