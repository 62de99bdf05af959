// Descriptions: any text gives errors or a system that could be laid out. Files are left alone.
#include "description/layout.hpp"
#include "description/parse.hpp"
#include "description/resolve.hpp"
#include "fuzz.hpp"

namespace {

using namespace glacis;
using fuzz::require;

void check_system(const SystemDescription& system)
{
    const supervisor::Layout layout = layout_of(system);
    require(layout.stack_area.begin < layout.stack_area.end, "the stack area is empty");
    require(layout.stack_area.begin >= GLACIS_TABLES_BASE + GLACIS_TABLES_SIZE,
            "the stack area overlaps the page tables");
    require(layout.stack_area.end + layout.stack_guard <= layout.memory.begin,
            "no guard follows the last slot");
    require(layout.memory.begin < layout.memory.end && layout.memory.end <= GLACIS_ADDRESS_LIMIT,
            "memory does not lie in the address space");
    require(system.vcpus >= 1 && system.vcpus <= GLACIS_VCPU_MAX, "vCPUs");
    require(!system.domains.empty(), "there is no domain");
    for (const DomainDescription& domain : system.domains) {
        require(domain.stack_commit != 0 && supervisor::is_page_aligned(domain.stack_commit) &&
                    supervisor::is_page_aligned(domain.stack_limit) &&
                    domain.stack_commit <= domain.stack_limit &&
                    domain.stack_limit <= layout.stack_slot - layout.stack_guard,
                "a stack does not fit");
        require(!domain.name.empty() && domain.name.size() < 32, "a domain's name");
        for (const RegionUse& use : domain.regions) {
            require(use.region < system.regions.size(), "a region that does not exist");
        }
        static_cast<void>(boot_info_size(domain));
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const HostLimits host{.memory = std::uint64_t{1} << 40, .machine = 62};
    ErrorList errors("fuzz.toml");
    const auto raw = parse_description({reinterpret_cast<const char*>(data), size}, errors);
    require(raw.has_value() || !errors.is_empty(), "refused without an error");
    if (raw) {
        const SystemDescription system = resolve(*raw, host, errors);
        if (errors.is_empty()) {
            check_system(system);
        }
    }
    for (const DescriptionError& error : errors.take()) {
        for (const char c : error.text()) {
            require(static_cast<unsigned char>(c) >= 0x20, "a control character in a message");
        }
    }
    return 0;
}
