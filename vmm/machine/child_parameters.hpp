// What a domain asks for its child, from the guest's structures to a checked description. Pure.
#pragma once

#include <cstdint>
#include <glacis/abi/domain.h>
#include <glacis/abi/status.h>
#include <glacis/supervisor/request.hpp>
#include <span>
#include <vector>

#include "description/system.hpp"
#include "host/result.hpp"

namespace glacis {

/// A child as its parent describes it. `description` is without program; name, stack, policy,
/// arguments and quotas are sound by themselves, whatever the parent may give.
struct ChildDescription {
    DomainDescription description;
    bool is_handled = false;      ///< by its parent
    std::vector<pd_grant> grants; ///< names end with a zero; nothing else is checked
};

/// BAD_ARGUMENT, TOO_LARGE: whether there is any sense in copying what the structure points to.
[[nodiscard]] pd_status check_parameters(const pd_domain_parameters& parameters);

/// The parameters have been checked; `arguments` and `grants` are copies of what they point to.
/// BAD_ARGUMENT.
[[nodiscard]] Result<ChildDescription, pd_status>
read_parameters(const pd_domain_parameters& parameters, std::span<const std::uint8_t> arguments,
                std::vector<pd_grant> grants);

} // namespace glacis
