// A description as it was written: the right types, nothing else checked. Every value knows its
// place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "description/error.hpp"

namespace glacis {

template <class T> struct Located {
    T value{};
    Position at;
};
template <class T> using Optional = std::optional<Located<T>>;

struct RawStackArea {
    Position at;
    Optional<std::uint64_t> base;
    Optional<std::uint64_t> size;
    Optional<std::uint64_t> slot;
    Optional<std::uint64_t> guard;
};

struct RawRegion {
    Position at;
    Optional<std::string> name;
    Optional<std::string> file;
    Optional<std::uint64_t> size;
    Optional<std::string> output;
    /// Named on the command line, relative to the current directory (region_files.hpp).
    std::optional<std::string> given_file;
    std::optional<std::string> given_output;
};

struct RawRegionUse {
    Position at;
    Optional<std::string> name;
    Optional<std::string> perm;
};

struct RawExport {
    Located<std::string> name;
    Optional<std::string> scrub;
};

struct RawCall {
    Located<std::string> name; ///< "domain.export"
    Optional<std::uint64_t> time_limit;
};

struct RawQuota {
    Optional<std::uint64_t> memory;
    Optional<std::uint64_t> stacks;
    Optional<std::uint64_t> stack_bytes;
    Optional<std::uint64_t> threads;
    Optional<std::uint64_t> grants;
    Optional<std::uint64_t> domains;
};

struct RawDomain {
    Position at;
    Optional<std::string> name;
    Optional<std::string> program;
    std::vector<Located<std::string>> arguments;
    Optional<std::uint64_t> stack;
    Optional<std::uint64_t> stack_limit;
    Optional<std::string> on_fault;
    Optional<std::uint64_t> max_restarts;
    Optional<std::string> thread_manager;
    Optional<std::string> fault_handler;
    Optional<std::uint64_t> fault_timeout;
    Optional<std::string> fault_suspends;
    RawQuota quota;
    Optional<std::uint64_t> time_limit;
    std::vector<RawRegionUse> regions;
    std::vector<RawExport> exports;
    std::vector<RawCall> calls;

    /// "domain 'parser'", or "domain 2" while it has no name.
    [[nodiscard]] std::string title(std::size_t index) const;
};

struct RawExplore {
    std::vector<Located<std::string>> functions;
    std::vector<Located<std::string>> arguments;
};

struct RawDescription {
    Optional<std::string> name;
    Optional<std::uint64_t> vcpus;
    Optional<std::uint64_t> memory;
    Optional<std::uint64_t> time_slice;
    RawStackArea stack_area;
    std::vector<RawRegion> regions;
    std::vector<RawDomain> domains;
    RawExplore explore;
};

} // namespace glacis
