#include "scenario.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <glacis/abi/hypercall.h>
#include <gtest/gtest.h>
#include <iterator>
#include <native/machine_number.hpp>

#include "at_rest.hpp"

namespace glacis::kvm_tests {

namespace {

constexpr std::uint64_t millisecond = 1'000'000;
// Far beyond what any scenario takes, also on a host that is busy with other things.
constexpr std::uint64_t watchdog = 300'000 * millisecond;

std::string path_of(const std::string& guest)
{
    return std::string(GLACIS_KVM_GUESTS) + "/kvm_" + guest + ".pd";
}

Program load_guest(const std::string& guest)
{
    std::ifstream file(path_of(guest), std::ios::binary);
    const std::vector<char> content((std::istreambuf_iterator<char>(file)), {});
    std::vector<std::byte> bytes(content.size());
    std::transform(content.begin(), content.end(), bytes.begin(),
                   [](char c) { return static_cast<std::byte>(c); });
    auto program = Program::parse(std::move(bytes), native_machine_number);
    if (!program) {
        ADD_FAILURE() << guest << ": " << program.error().reason;
        return {};
    }
    return *program;
}

} // namespace

std::string Outcome::text(const std::string& domain) const
{
    std::string all;
    const auto found = console.find(domain);
    if (found != console.end()) {
        for (const std::string& line : found->second) {
            all += line + "\n";
        }
    }
    return all;
}

const DomainReport& Outcome::domain(const std::string& name) const
{
    for (const DomainReport& domain : report.domains) {
        if (domain.name == name) {
            return domain;
        }
    }
    ADD_FAILURE() << "no domain " << name;
    static const DomainReport none;
    return none;
}

std::string Outcome::classes() const
{
    std::string all;
    for (const FaultRecord& fault : report.faults) {
        all += (all.empty() ? "" : "; ") + std::string(class_name(fault.fault_class));
    }
    return all;
}

Scenario::Scenario()
{
    system_.name = "scenario";
    system_.memory = 16ULL << 20;
    system_.time_slice_ns = millisecond;
    system_.stack_area = {GLACIS_STACK_AREA_BASE_DEFAULT, GLACIS_STACK_AREA_SIZE_DEFAULT,
                          GLACIS_STACK_SLOT_SIZE_DEFAULT, GLACIS_STACK_GUARD_DEFAULT};
    options_.timeout_ns = watchdog;
    is_after_reset_ = std::getenv("GLACIS_TEST_AFTER_RESET") != nullptr;
}

Scenario& Scenario::vcpus(std::uint32_t count)
{
    system_.vcpus = count;
    return *this;
}

Scenario& Scenario::slice(std::uint64_t nanoseconds)
{
    system_.time_slice_ns = nanoseconds;
    return *this;
}

Scenario& Scenario::timeout(std::uint64_t nanoseconds)
{
    options_.timeout_ns = nanoseconds;
    return *this;
}

Scenario& Scenario::unprotected()
{
    options_.protection = Protection::none;
    return *this;
}

Scenario& Scenario::after_reset()
{
    is_after_reset_ = true;
    return *this;
}

Scenario& Scenario::region(const std::string& name, std::uint64_t size)
{
    RegionDescription region;
    region.name = name;
    region.size = size;
    region.content_size = size;
    system_.regions.push_back(region);
    return *this;
}

Scenario& Scenario::program_region(const std::string& name, const std::string& guest)
{
    RegionDescription region;
    region.name = name;
    region.file = path_of(guest);
    region.content_size = std::filesystem::file_size(*region.file);
    region.size = supervisor::page_ceil(region.content_size);
    system_.regions.push_back(region);
    return *this;
}

Scenario& Scenario::domain(const std::string& name, const std::string& guest,
                           const std::vector<std::string>& arguments)
{
    DomainDescription domain;
    domain.name = name;
    domain.program = load_guest(guest);
    domain.arguments = arguments;
    constexpr std::uint64_t kib = 1024;
    domain.stack_commit = 64 * kib;
    domain.stack_limit = 128 * kib;
    domain.max_restarts = 3;
    domain.quota_memory = domain.quota_stacks = domain.quota_stack_bytes = UINT64_MAX;
    domain.quota_threads = domain.quota_grants = UINT64_MAX;
    system_.domains.push_back(std::move(domain));
    return *this;
}

Scenario& Scenario::use(const std::string& region_name, std::uint32_t perm)
{
    for (std::size_t index = 0; index < system_.regions.size(); ++index) {
        if (system_.regions[index].name == region_name) {
            last().regions.push_back({index, perm});
            return *this;
        }
    }
    ADD_FAILURE() << "no region " << region_name;
    return *this;
}

Scenario& Scenario::managed_by(const std::string& manager)
{
    for (std::size_t index = 0; index < system_.domains.size(); ++index) {
        if (system_.domains[index].name == manager) {
            last().thread_manager = index;
            return *this;
        }
    }
    ADD_FAILURE() << "no domain " << manager;
    return *this;
}

Result<RunReport> Scenario::try_run(Outcome& outcome)
{
    options_.console = [&outcome](std::string_view domain, std::string_view line) {
        outcome.console[std::string(domain)].emplace_back(line);
    };
    return is_after_reset_ ? run_after_reset(system_, options_) : run_system(system_, options_);
}

Outcome Scenario::run()
{
    Outcome outcome;
    auto report = try_run(outcome);
    if (!report) {
        ADD_FAILURE() << report.error().text();
        return outcome;
    }
    outcome.report = std::move(*report);
    return outcome;
}

} // namespace glacis::kvm_tests
