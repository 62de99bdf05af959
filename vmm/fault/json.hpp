// A fault record for programs; docs/fault_record.schema.json is its schema.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "fault/record.hpp"

namespace glacis::fault {

/// Addresses and register values are strings in hexadecimal, sizes and counts are numbers.
[[nodiscard]] nlohmann::json to_json(const FaultRecord& record);

} // namespace glacis::fault
