// The floor of a call across domains: a bare trap into the supervisor's mode that switches the root
// of the address space and returns, written by hand. Two of them are what call and return need at
// least.
#pragma once

#include <cstdint>
#include <memory>

#include "doctor/arch_probes.hpp"
#include "doctor/probe_machine.hpp"
#include "host/result.hpp"

namespace glacis::bench {

class TrapFloor {
public:
    static Result<TrapFloor> create();

    /// Nanoseconds for two traps, the mean of a batch of them; negative when the guest failed.
    [[nodiscard]] double pair_ns();
    /// In the supervisor's mode, of a prepared call and its return together.
    [[nodiscard]] std::uint64_t instructions_of_a_call() const;

private:
    std::unique_ptr<doctor::ProbeMachine> machine_;
    std::uint64_t other_root_ = 0;
};

/// Defined in arch/<name>: puts the handler into the supervisor's pages and makes traps of the
/// domain go there, by the same instruction as calls across domains use on this host.
Status install_trap_floor(doctor::ProbeMachine& machine);
constexpr std::uint64_t trap_floor_pairs = 200;
/// Code of the domain: so many pairs of traps, between its own root and another, then an exception.
/// Below the top of its stack lie the other root, its own and the number of pairs.
[[nodiscard]] doctor::ProbeCode::Bytes trap_floor_code(const doctor::ProbeMachine& machine);
/// Instructions of the supervisor's mode in a prepared call and its return on this host.
[[nodiscard]] std::uint64_t crossing_instructions(const SystemMemory& memory);

} // namespace glacis::bench
