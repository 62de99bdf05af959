// Rights to call, from names to places.
#pragma once

#include "description/system.hpp"

namespace glacis {

/// Fills in what GateDescription says by index. Precondition: every gate names a domain of the
/// system that exports it, and programs are loaded.
void link_gates(SystemDescription& system);

} // namespace glacis
