// What threads wait at besides addresses: keys among these that no guest address is as high as.
#pragma once

#include <cstdint>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// One for each kind of thing that is waited for.
enum class WaitKey : std::uint8_t {
    end_of_domain,
    destruction, ///< to be complete, by the place
    faults,      ///< for a handler
    answers,     ///< for the faulted threads of a domain
    resumption,  ///< for the other threads of a domain with faults
    news,        ///< for threads of a manager
    gates,       ///< for callers of a domain
};

[[nodiscard]] constexpr std::uint64_t wait_key(WaitKey kind, DomainId domain)
{
    return std::uint64_t{0xd0} << 56 | static_cast<std::uint64_t>(kind) << 48 |
           static_cast<std::uint64_t>(domain);
}

} // namespace glacis::supervisor
