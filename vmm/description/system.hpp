// A system as its description says, checked: what the machine is built from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loader/program.hpp"

namespace glacis {

/// What happens when a domain faults.
enum class FaultPolicy { stop_system, stop_domain, restart };

/// Nanoseconds in which a fault handler has to answer.
constexpr std::uint64_t default_handler_timeout = 1'000'000'000;

/// [stack_area]. The base is a multiple of the slot, the slot a power of two, the size whole slots;
/// the guard is whole pages and leaves room in the slot.
struct StackAreaDescription {
    std::uint64_t base = 0;
    std::uint64_t size = 0;
    std::uint64_t slot = 0;
    std::uint64_t guard = 0;
};

/// [[region]]: memory shared page by page. Its content is a copy of the file, taken at the start:
/// at most content_size bytes, since the file may have grown since it was checked.
struct RegionDescription {
    std::string name;
    std::uint64_t size = 0;          ///< bytes, whole pages
    std::uint64_t content_size = 0;  ///< bytes of the file; `size` for zeroed memory
    std::optional<std::string> file; ///< path as it can be opened from the current directory
    /// File that is written from it when the system has ended well (struct pd_output); path as it
    /// can be opened from the current directory. Not together with `file`.
    std::optional<std::string> output;
};

struct RegionUse {
    std::size_t region = 0; ///< index into SystemDescription::regions
    std::uint32_t perm = 0; ///< PD_PERM_*
};

/// What is zeroed of the stack that a callee used, so that residue does not pass between the
/// domains.
enum class Scrub {
    none,
    on_return, ///< what the callee left
    both_ways, ///< and what the caller left, before the callee begins
};

/// An entry point that a domain offers.
struct ExportDescription {
    std::string name;
    Scrub scrub = Scrub::none;
};

/// The right to call an export of another domain. Handles are places in DomainDescription::gates,
/// from 1.
struct GateDescription {
    std::string callee;                         ///< the domain's name
    std::string name;                           ///< the export's
    std::optional<std::uint64_t> time_limit_ns; ///< of one call
    std::size_t domain = 0;   ///< index of the callee in SystemDescription::domains
    std::size_t exported = 0; ///< index of the export in its program's exports
    Scrub scrub = Scrub::none;
};

struct DomainDescription {
    std::string name;
    std::string program_path; ///< as it can be opened from the current directory
    Program program;
    std::vector<std::string> arguments; ///< without the name
    std::uint64_t stack_commit = 0;     ///< bytes, whole pages
    std::uint64_t stack_limit = 0;      ///< bytes, at least stack_commit
    FaultPolicy on_fault = FaultPolicy::stop_domain;
    std::uint32_t max_restarts = 0;
    /// Index of the domain that is asked about faults before on_fault is applied.
    std::optional<std::size_t> fault_handler;
    std::uint64_t handler_timeout_ns = default_handler_timeout; ///< for its answer
    /// Index of the domain that decides when its threads run.
    std::optional<std::size_t> thread_manager;
    bool suspends_on_fault = false; ///< all its threads stop while it is asked
    std::uint64_t quota_memory =
        0; ///< bytes; quotas are UINT64_MAX where the description is silent
    std::uint64_t quota_stacks = 0;
    std::uint64_t quota_stack_bytes = 0;
    std::uint64_t quota_threads = 0;
    std::uint64_t quota_grants = UINT64_MAX;    ///< entries that let others use its memory
    std::uint64_t quota_domains = UINT64_MAX;   ///< children
    std::optional<std::uint64_t> time_limit_ns; ///< running time after which it has faulted
    std::vector<RegionUse> regions;
    std::vector<ExportDescription> exports;
    std::vector<GateDescription> gates;
};

/// [explore]: what `glacis explore` does where its command line says nothing else.
struct ExploreDescription {
    std::vector<std::string> functions; ///< marked ones, "domain.function" or "function"
    std::vector<std::string> arguments; ///< appended to those of every domain
};

struct SystemDescription {
    std::string name;                ///< as described, or the description's file name
    std::uint32_t vcpus = 1;         ///< 1 to GLACIS_VCPU_MAX
    std::uint64_t memory = 0;        ///< bytes of domain memory
    std::uint64_t time_slice_ns = 0; ///< of the round robin
    StackAreaDescription stack_area;
    std::vector<RegionDescription> regions;
    std::vector<DomainDescription> domains;
    ExploreDescription explore;
};

} // namespace glacis
