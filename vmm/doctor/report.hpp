// What an examination of this host found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glacis::doctor {

enum class Verdict {
    usable,
    limited,  ///< systems run; `reasons` says what does not hold or not for long
    unusable, ///< nothing runs; `reasons` says why, `advice` what to do about it
};

struct HostFacts {
    std::string kernel;  ///< "Linux 6.1.0-13-amd64"
    std::string machine; ///< "x86_64"
    std::string cpu;     ///< as the processor calls itself
    std::uint32_t cpus = 0;
    std::string hypervisor;             ///< under which this host runs itself; empty for none
    std::uint64_t memory_available = 0; ///< bytes, the container's limit taken into account
    std::uint64_t max_map_count = 0;    ///< mappings a process may have
    std::uint64_t max_stacks = 0;       ///< stacks that fit those mappings
};

struct KvmFacts {
    std::string device;
    std::string flavour; ///< "kvm_intel", "kvm_amd", "kvm_pvm", "arm", or "unknown"
    std::string paging;  ///< "second-level tables in hardware", "shadowed", or "unknown"
    int api_version = 0;
    std::uint32_t max_vcpus = 0;
    std::uint32_t max_slots = 0;
};

struct Capability {
    std::string name;
    bool is_needed = false;
    int value = 0; ///< 0: missing
    std::string use;
};

/// Something a guest CPU may have, and whether a domain gets it here.
struct CpuFeature {
    std::string name;
    bool is_given = false;
};

/// How this host behaves where hosts differ.
struct Behaviour {
    std::string key; ///< stable, for programs
    std::string question;
    std::string answer;  ///< a few stable words: "yes", "no", "unknown", "mmio"
    std::string meaning; ///< what follows from it here
};

struct Cost {
    std::string key; ///< stable, for programs
    std::string what;
    double median_ns = 0;
    std::size_t samples = 0;
};

struct DoctorReport {
    Verdict verdict = Verdict::unusable;
    std::vector<std::string> reasons;
    std::vector<std::string> advice;
    HostFacts host;
    KvmFacts kvm;
    std::vector<Capability> capabilities;
    std::vector<CpuFeature> cpu_features;
    std::vector<Behaviour> behaviours;
    std::vector<Cost> costs;

    [[nodiscard]] const Cost* cost(const std::string& key) const;
    [[nodiscard]] const Behaviour* behaviour(const std::string& key) const;
};

/// "usable", "usable with limits", "unusable"
[[nodiscard]] const char* verdict_text(Verdict verdict);

/// For people, several lines.
[[nodiscard]] std::string to_text(const DoctorReport& report);
/// The JSON document, ended by a newline; docs/platforms.md describes it.
[[nodiscard]] std::string to_json(const DoctorReport& report);

} // namespace glacis::doctor
