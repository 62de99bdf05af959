#include "doctor/host_facts.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor/arch_probes.hpp"

namespace glacis::doctor {

namespace {

std::optional<std::uint64_t> read_number(const std::string& path)
{
    std::ifstream file(path);
    std::uint64_t value = 0;
    return file >> value ? std::optional(value) : std::nullopt;
}

/// The value behind "KEY:" in a file of such lines, without leading blanks; empty when there is
/// none.
std::string read_field(const char* path, const std::string& key)
{
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.compare(0, key.size(), key) != 0) {
            continue;
        }
        const auto colon = line.find(':', key.size());
        const auto begin =
            line.find_first_not_of(" \t", colon == std::string::npos ? colon : colon + 1);
        return begin == std::string::npos ? std::string{} : line.substr(begin);
    }
    return {};
}

std::uint64_t available_memory()
{
    constexpr std::uint64_t kib = 1024;
    const std::string field = read_field("/proc/meminfo", "MemAvailable");
    std::uint64_t available = 0;
    for (const char digit : field) {
        if (digit < '0' || digit > '9') {
            break;
        }
        available = available * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    available *= kib;
    // A container sees its own control group as the root one; version 2, then version 1.
    struct Limit {
        const char* most;
        const char* used;
    };
    for (const Limit& limit : {Limit{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
                               Limit{"/sys/fs/cgroup/memory/memory.limit_in_bytes",
                                     "/sys/fs/cgroup/memory/memory.usage_in_bytes"}}) {
        const auto most = read_number(limit.most);
        const auto used = read_number(limit.used);
        if (most && used) {
            available = std::min(available, *most > *used ? *most - *used : 0);
        }
    }
    return available;
}

} // namespace

HostFacts examine_host_facts()
{
    HostFacts facts;
    utsname names{};
    if (uname(&names) == 0) {
        facts.kernel = std::string(names.sysname) + " " + names.release;
        facts.machine = names.machine;
    }
    facts.cpu = read_field("/proc/cpuinfo", "model name");
    facts.cpus = static_cast<std::uint32_t>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 0L));
    facts.hypervisor = hypervisor();
    facts.memory_available = available_memory();
    facts.max_map_count = read_number("/proc/sys/vm/max_map_count").value_or(0);
    if (facts.max_map_count > mappings_of_process) {
        facts.max_stacks = (facts.max_map_count - mappings_of_process) / mappings_of_stack;
    }
    return facts;
}

} // namespace glacis::doctor
