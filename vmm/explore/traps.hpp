// Traps at the instructions of marked functions: each is stopped at before it is executed.
#pragma once

#include <array>
#include <cstdint>
#include <native/stepping.hpp>
#include <optional>
#include <unordered_map>
#include <vector>

#include "explore/marks.hpp"
#include "machine/core.hpp"

namespace glacis::explore {

/// One vCPU goes on at a time. At most one trap is lifted: for the thread that executes the
/// instruction below it next.
class Traps {
public:
    /// Into the code of the system's domains, which are built.
    Status set(Core& core, const std::vector<MarkedFunction>& functions);

    [[nodiscard]] bool has(std::uint64_t address) const { return originals_.count(address) != 0; }
    /// Lets the instruction at `address`, which has a trap, be executed.
    void lift(Core& core, std::uint64_t address);
    /// Puts back what lift() has taken away.
    void put_back(Core& core);
    [[nodiscard]] std::optional<std::uint64_t> lifted() const { return lifted_; }
    /// The instruction's own bytes and some behind it.
    [[nodiscard]] std::vector<std::uint8_t> code(const Core& core, std::uint64_t address) const;

private:
    using Bytes = std::array<std::uint8_t, stepping::trap_code.size()>;

    Status set_in(Core& core, const MarkedFunction& function, std::uint64_t base);

    std::unordered_map<std::uint64_t, Bytes> originals_; ///< by address
    std::optional<std::uint64_t> lifted_;
};

} // namespace glacis::explore
