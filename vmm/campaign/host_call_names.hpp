// The host calls of the VMM by name.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "host/calls.hpp"

namespace glacis::campaign {

/// In the order of host::Call.
inline constexpr std::array<std::string_view, host::call_kinds> host_call_names{
    "open", "ioctl of a VM", "ioctl of a vCPU", "KVM_RUN",   "memfd_create", "ftruncate",
    "mmap", "mprotect",      "madvise",         "fallocate", "timer",        "pwrite"};

[[nodiscard]] inline std::string_view host_call_name(host::Call call)
{
    return host_call_names[static_cast<std::size_t>(call)];
}

[[nodiscard]] inline std::optional<host::Call> host_call_named(std::string_view name)
{
    for (std::size_t i = 0; i < host_call_names.size(); ++i) {
        if (host_call_names[i] == name) {
            return static_cast<host::Call>(i);
        }
    }
    return std::nullopt;
}

} // namespace glacis::campaign
