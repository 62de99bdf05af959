// Running a guest program in this process and watching it: its lines, its faults, the exits
// meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "description/system.hpp"
#include "machine/core.hpp"
#include "machine/run.hpp"

namespace glacis::bench {

/// What can be seen from inside a callback, which runs on the vCPU's thread while the guest waits.
class Moment {
public:
    explicit Moment(Core& core) : core_(core) {}
    /// Returns of KVM_RUN on vCPU 0 so far.
    [[nodiscard]] std::uint64_t exits() const;
    [[nodiscard]] std::uint64_t table_pages() const { return core_.space->table_pages(); }
    /// Pages of all domains and committed ones of all stacks, in bytes.
    [[nodiscard]] std::uint64_t owned_bytes() const;
    /// A word of the guest's memory; 0 where there is none.
    [[nodiscard]] std::uint64_t word(std::uint64_t address) const;

private:
    Core& core_;
};

struct Watch {
    /// A line of the guest's console.
    std::function<void(std::string_view line, const Moment& moment)> line;
    /// A fault, with its record.
    std::function<void(const Moment& moment)> fault;
};

/// Runs the system to its end. A HostError when the host failed, or when the guest did not end well
/// although nobody watched for faults.
Result<RunReport> run_guest(const SystemDescription& system, const Watch& watch);

} // namespace glacis::bench
