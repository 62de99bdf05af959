// The record whose text the documentation shows.
#pragma once

#include "fault/record.hpp"

namespace glacis::fault::test {

[[nodiscard]] FaultRecord sample_record();

} // namespace glacis::fault::test
