#include "bench/programs.hpp"

#include <array>
#include <cerrno>
#include <glacis/abi/layout.h>
#include <native/machine_number.hpp>
#include <unistd.h>

#include "description/files.hpp"

namespace glacis::bench {

Result<std::string> own_path()
{
    std::array<char, 4096> path{};
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    if (length < 0) {
        return host_error("readlink", "looking for this program's own file");
    }
    return std::string(path.data(), static_cast<std::size_t>(length));
}

Result<std::string> file_path(const std::string& name)
{
    auto own = own_path();
    if (!own) {
        return own.error();
    }
    const std::string folder = own->substr(0, own->rfind('/'));
    for (const char* place : {"/../bench/", "/" GLACIS_BENCH_FROM_BIN "/"}) {
        const std::string path = std::string(folder).append(place).append(name);
        if (::access(path.c_str(), R_OK) == 0) {
            return path;
        }
    }
    return HostError{"access", ENOENT,
                     "looking for " + name +
                         ", which is built and installed with GLACIS_BENCHMARKS=ON"};
}

Result<SystemDescription> describe(const std::string& program,
                                   const std::vector<std::string>& arguments)
{
    constexpr std::uint64_t memory = 16ULL << 20;
    constexpr std::uint64_t time_slice_ns = 10'000'000;
    constexpr std::uint64_t stack = 0x10000;
    const auto path = file_path(program + ".pd");
    if (!path) {
        return path.error();
    }
    auto bytes = read_file(*path, max_program_file_size);
    if (!bytes) {
        return HostError{"read", 0, *path + ": " + bytes.error().reason};
    }
    auto parsed = Program::parse(std::move(*bytes), native_machine_number);
    if (!parsed) {
        return HostError{"", 0, *path + ": " + parsed.error().reason};
    }
    SystemDescription system;
    system.name = program;
    system.memory = memory;
    system.time_slice_ns = time_slice_ns;
    system.stack_area = {GLACIS_STACK_AREA_BASE_DEFAULT, GLACIS_STACK_AREA_SIZE_DEFAULT,
                         GLACIS_STACK_SLOT_SIZE_DEFAULT, GLACIS_STACK_GUARD_DEFAULT};
    DomainDescription domain;
    domain.name = program;
    domain.program_path = *path;
    domain.program = std::move(*parsed);
    domain.arguments = arguments;
    domain.stack_commit = stack;
    domain.stack_limit = stack;
    domain.quota_memory = UINT64_MAX;
    domain.quota_stacks = UINT64_MAX;
    domain.quota_stack_bytes = UINT64_MAX;
    domain.quota_threads = UINT64_MAX;
    domain.quota_grants = UINT64_MAX;
    system.domains.push_back(std::move(domain));
    return system;
}

} // namespace glacis::bench
