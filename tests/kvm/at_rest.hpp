// Systems that are reset, against systems that are built.
#pragma once

#include <string>

#include "machine/core.hpp"

namespace glacis::kvm_tests {

/// The first thing in which two systems of one description differ, neither of which runs: memory,
/// rights, tables, record. Empty for none.
[[nodiscard]] std::string difference(const BuiltSystem& one, const BuiltSystem& other,
                                     const SystemDescription& system);

/// Runs the system, resets it, holds it against one that was just built, and runs it again: the
/// second run's report and console.
[[nodiscard]] Result<RunReport> run_after_reset(const SystemDescription& system,
                                                const RunOptions& options);

} // namespace glacis::kvm_tests
