#include "doctor/device.hpp"

#include <cerrno>
#include <fstream>
#include <sys/stat.h>

#include "doctor/arch_probes.hpp"
#include "host/calls.hpp"

namespace glacis::doctor {

namespace {

bool exists(const std::string& path)
{
    struct stat state {};
    return stat(path.c_str(), &state) == 0;
}

/// The module that backs the device. Those that are loaded but serve no VM count too; the one that
/// can hold the device alone comes first.
std::string flavour()
{
    for (const char* name : {"kvm_pvm", "kvm_intel", "kvm_amd"}) {
        if (exists(std::string("/sys/module/") + name)) {
            return name;
        }
    }
    if (exists("/sys/module/kvm_arm") || exists("/proc/device-tree")) {
        return "arm";
    }
    return "unknown";
}

bool is_parameter_set(const std::string& path)
{
    std::ifstream file(path);
    const int first = file.get();
    return first == 'Y' || first == '1';
}

std::string paging(const std::string& flavour)
{
    if (flavour == "kvm_pvm") {
        return "shadowed";
    }
    if (flavour == "kvm_intel" || flavour == "kvm_amd") {
        const std::string parameter = flavour == "kvm_intel" ? "ept" : "npt";
        return is_parameter_set("/sys/module/" + flavour + "/parameters/" + parameter)
                   ? "second-level tables in hardware"
                   : "shadowed";
    }
    return flavour == "arm" ? "second-level tables in hardware" : "unknown";
}

const char* const emulated_host_advice =
    "Where KVM cannot be had, `./dev run` and `./dev test` go on inside an emulated host.";

} // namespace

std::vector<std::string> device_advice(const HostError& error)
{
    switch (error.error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        if (kvm::device_path() != "/dev/kvm") {
            return {"GLACIS_KVM names this device: unset it to use /dev/kvm.",
                    emulated_host_advice};
        }
        return {"On a PC: enable virtualisation (VT-x, SVM) in the firmware, then "
                "`sudo modprobe kvm_intel` or `sudo modprobe kvm_amd`.",
                "In a virtual machine: enable nested virtualisation for it on its own host.",
                "In a container: pass the device in (`docker run --device /dev/kvm`).",
                emulated_host_advice};
    case EACCES:
    case EPERM:
        return {
            "This user may not use the device: `sudo usermod -aG kvm \"$USER\"`, then log in anew.",
            "In a container: the device's control group must allow it (`--device /dev/kvm`)."};
    case ENOMEM:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
        return {"The host is out of memory or of a limit on it: see `ulimit -a`, the container's "
                "memory "
                "limit and `free`."};
    case EBUSY:
        return {"Another hypervisor holds the processor's virtualisation: stop it (VirtualBox, "
                "VMware)."};
    default:
        return {"Unset GLACIS_KVM if it names something else than a KVM device.",
                emulated_host_advice};
    }
}

KvmFacts examine_device(const kvm::Kvm& kvm)
{
    KvmFacts facts;
    facts.device = kvm::device_path();
    facts.flavour = flavour();
    facts.paging = paging(facts.flavour);
    facts.api_version = host::ioctl_vm(kvm.fd(), KVM_GET_API_VERSION);
    const int recommended = kvm.check(KVM_CAP_NR_VCPUS);
    const int most = kvm.check(KVM_CAP_MAX_VCPUS);
    facts.max_vcpus = static_cast<std::uint32_t>(most != 0 ? most : recommended);
    facts.max_slots = static_cast<std::uint32_t>(kvm.check(KVM_CAP_NR_MEMSLOTS));
    return facts;
}

std::vector<Capability> examine_capabilities(const kvm::Kvm& kvm)
{
    constexpr unsigned memory_fault_info = 232; // newer than some kernel headers
    struct Known {
        unsigned number;
        Capability capability;
    };
    std::vector<Known> known{
        {KVM_CAP_USER_MEMORY, {"KVM_CAP_USER_MEMORY", true, 0, "guest memory"}},
        {KVM_CAP_IMMEDIATE_EXIT, {"KVM_CAP_IMMEDIATE_EXIT", true, 0, "kicks that are never lost"}},
        {KVM_CAP_SYNC_MMU, {"KVM_CAP_SYNC_MMU", true, 0, "revocation that reaches running vCPUs"}},
        {KVM_CAP_READONLY_MEM,
         {"KVM_CAP_READONLY_MEM", false, 0, "a shim that no guest can write"}},
        {memory_fault_info,
         {"KVM_CAP_MEMORY_FAULT_INFO", false, 0, "addresses of refused accesses told by the exit"}},
    };
    for (const ArchCapability& own : arch_capabilities()) {
        known.push_back({own.number, {own.name, own.is_needed, 0, own.use}});
    }
    std::vector<Capability> result;
    for (Known& entry : known) {
        entry.capability.value = kvm.check(entry.number);
        result.push_back(std::move(entry.capability));
    }
    return result;
}

} // namespace glacis::doctor
