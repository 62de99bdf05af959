// The KVM device: can it be opened, and what to do when not.
#pragma once

#include <string>
#include <vector>

#include "doctor/report.hpp"
#include "host/result.hpp"
#include "kvm/kvm.hpp"

namespace glacis::doctor {

/// What a user can do about a device that cannot be opened or used.
[[nodiscard]] std::vector<std::string> device_advice(const HostError& error);

/// Flavour, versions and limits.
[[nodiscard]] KvmFacts examine_device(const kvm::Kvm& kvm);

/// The capabilities the VMM needs or uses, in this order.
[[nodiscard]] std::vector<Capability> examine_capabilities(const kvm::Kvm& kvm);

} // namespace glacis::doctor
