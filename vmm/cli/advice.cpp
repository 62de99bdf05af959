#include "cli/advice.hpp"

#include <cerrno>

namespace glacis::cli {

namespace {

bool concerns_device(const HostError& error)
{
    return error.operation.find("/dev/") != std::string::npos ||
           error.context.find("/dev/") != std::string::npos ||
           error.operation.find("open") != std::string::npos ||
           error.operation.find("KVM_GET_API_VERSION") != std::string::npos;
}

std::string device_advice(int error_number)
{
    switch (error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return "  KVM is not there. On a PC: enable virtualisation in the firmware, then\n"
               "  `sudo modprobe kvm_intel` or `sudo modprobe kvm_amd`. In a virtual machine: "
               "enable nested\n"
               "  virtualisation. In a container: pass the device in (`--device /dev/kvm`).\n";
    case EACCES:
    case EPERM:
        return "  This user may not use KVM. `sudo usermod -aG kvm \"$USER\"` and a new login "
               "allow it.\n";
    default:
        return {};
    }
}

std::string advice(const HostError& error)
{
    std::string text = concerns_device(error) ? device_advice(error.error_number) : std::string{};
    if (text.empty() && (error.error_number == ENOMEM || error.error_number == EAGAIN)) {
        text = "  The host is out of memory or of a limit on it (`ulimit -a`, the container's "
               "memory limit,\n"
               "  vm.max_map_count). A smaller `memory` or `stack_area` in the description needs "
               "less.\n";
    }
    return text + "  `glacis doctor` tells what this host can do.\n";
}

} // namespace

std::string failure_text(const HostError& error)
{
    return "glacis: " + error.text() + "\n" + advice(error);
}

} // namespace glacis::cli
