// A made-up system, and runs of it that never took place.
#pragma once

#include <string>

#include "campaign/judge.hpp"

namespace glacis::campaign::test {

/// Three domains: 'parser' writes a region that 'reader' reads; 'lonely' has to do with nobody.
[[nodiscard]] SystemDescription sample_system();

/// An undisturbed run: every domain exits with status 0.
[[nodiscard]] Observation golden_run();

[[nodiscard]] DomainBehaviour& behaviour_of(Observation& observation, const std::string& domain);

/// A run that was like the undisturbed one, into which the fault was injected once.
[[nodiscard]] Experiment harmless_run();

/// A fault of the domain 'parser'.
[[nodiscard]] Fault parser_fault(FaultClass fault_class = FaultClass::wrong_source);

[[nodiscard]] FaultRecord fault_record(pd_fault_class fault_class, const std::string& domain);

/// What judge() says of a run with parser_fault().
[[nodiscard]] Verdict verdict_on(const Experiment& experiment);

} // namespace glacis::campaign::test
