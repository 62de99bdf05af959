// Faults that a handler domain has been asked about and has not answered yet.
#pragma once

#include <cstdint>
#include <map>

#include <glacis/supervisor/types.hpp>

#include "wait_keys.hpp"

#include "thread_table.hpp"

namespace glacis::supervisor {

struct PendingFault {
    DomainId domain{};
    DomainId handler{};
    ThreadIndex thread = no_index; ///< asleep, or ready when its time is over
    bool is_taken = false;         ///< a fault_wait has returned it
};

/// By handle: counts up, so that none is ever used again.
using PendingFaults = std::map<std::uint64_t, PendingFault>;

// What threads wait at: no addresses that a guest can name.

/// A handler's threads, for the next fault.
[[nodiscard]] constexpr std::uint64_t faults_of(DomainId handler)
{
    return wait_key(WaitKey::faults, handler);
}
/// Faulted threads, for an answer.
[[nodiscard]] constexpr std::uint64_t answers_for(DomainId domain)
{
    return wait_key(WaitKey::answers, domain);
}
/// Other threads of a domain that is suspended while it has a fault pending.
[[nodiscard]] constexpr std::uint64_t suspended_of(DomainId domain)
{
    return wait_key(WaitKey::resumption, domain);
}

} // namespace glacis::supervisor
