// A vCPU's own counters, as KVM_GET_STATS_FD gives them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "host/descriptor.hpp"
#include "kvm/kvm.hpp"

namespace glacis::doctor {

/// One counter of a vCPU. Nothing where the kernel has no such statistics (before Linux 5.14) or no
/// such name.
class Statistic {
public:
    static std::optional<Statistic> open(const kvm::Vcpu& vcpu, std::string_view name);
    [[nodiscard]] std::optional<std::uint64_t> read() const;

private:
    Statistic(Descriptor fd, std::uint64_t offset) : fd_(std::move(fd)), offset_(offset) {}
    Descriptor fd_;
    std::uint64_t offset_ = 0;
};

} // namespace glacis::doctor
