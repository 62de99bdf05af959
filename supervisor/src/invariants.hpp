// What always holds, between any two calls of the supervisor.
#pragma once

#include <string>

#include "core.hpp"

namespace glacis::supervisor {

/// The first invariant found broken, in words; empty when all hold. Walks everything.
[[nodiscard]] std::string find_broken_invariant(const Core& core);

} // namespace glacis::supervisor
