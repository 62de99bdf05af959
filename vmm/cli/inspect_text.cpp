#include <cstdio>

#include <glacis/abi/layout.h>

#include "cli/inspect.hpp"
#include "cli/names.hpp"
#include "description/builtin.hpp"
#include "description/error.hpp"
#include "description/layout.hpp"
#include "description/units.hpp"
#include "fault/text.hpp"

namespace glacis::cli {

namespace {

using fault::address_text;

std::string range_line(std::uint64_t begin, std::uint64_t end, const std::string& what)
{
    char text[48];
    std::snprintf(text, sizeof(text), "  [0x%010llx, 0x%010llx)  ",
                  static_cast<unsigned long long>(begin), static_cast<unsigned long long>(end));
    return text + what + "\n";
}

/// "  key        value"
std::string entry(const std::string& key, const std::string& value)
{
    constexpr std::size_t width = 11;
    std::string line = "  " + key;
    line.resize(2 + width, ' ');
    return line + value + "\n";
}

std::string pages_text(std::uint64_t size)
{
    const std::uint64_t pages = size / supervisor::page_size;
    return std::to_string(pages) + (pages == 1 ? " page" : " pages");
}

std::string count_text(std::uint64_t count, const char* one, const char* many)
{
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string addresses(const SystemDescription& system)
{
    const supervisor::Layout layout = layout_of(system);
    const supervisor::Range stacks = layout.described_stacks();
    const supervisor::Range memory = layout.described_memory();
    const std::uint64_t slots = stacks.size() / layout.stack_slot;
    return "\naddresses\n" +
           range_line(GLACIS_SHIM_BASE, GLACIS_SHIM_BASE + GLACIS_SHIM_SIZE,
                      "shim, supervisor only") +
           range_line(GLACIS_GATE_BASE, GLACIS_GATE_BASE + GLACIS_GATE_SIZE,
                      "gate page, every domain r-x") +
           range_line(GLACIS_VCPU_BASE,
                      GLACIS_VCPU_BASE + std::uint64_t{system.vcpus} * GLACIS_VCPU_BLOCK_SIZE,
                      count_text(system.vcpus, "vCPU block", "vCPU blocks") + ", supervisor only") +
           range_line(stacks.begin, stacks.end,
                      "stacks: " + count_text(slots, "slot of ", "slots of ") +
                          size_text(layout.stack_slot) + ", guard " +
                          size_text(layout.stack_guard) + ", at most " +
                          size_text(layout.stack_slot - layout.stack_guard) + " a stack") +
           range_line(memory.begin, memory.end,
                      "memory: " + size_text(memory.size()) + ", " +
                          size_text(memory_at_start(system)) + " of it in use at the start");
}

std::string region_text(const RegionDescription& region)
{
    const std::string content =
        region.file ? std::to_string(region.content_size) + " bytes of " + printable(*region.file)
                    : "zeroed memory";
    return "\nregion '" + region.name + "'\n" + entry("pages", pages_text(region.size)) +
           entry("content", content) +
           (region.output ? entry("output", "to " + printable(*region.output)) : std::string{});
}

std::string segments_text(const Program& program)
{
    std::string text;
    for (const ProgramSegment& segment : program.segments()) {
        char line[64];
        std::snprintf(line, sizeof(line), "+0x%-8llx %s  %s",
                      static_cast<unsigned long long>(segment.offset),
                      perm_name(segment.perm).c_str(), pages_text(segment.size).c_str());
        text += entry("", line);
    }
    return text;
}

/// "store.put, at most 5 ms a call, scrubbed on return"
std::string gate_text(const GateDescription& gate)
{
    std::string text = gate.callee + "." + gate.name;
    if (gate.time_limit_ns) {
        text += ", at most " + duration_text(*gate.time_limit_ns) + " a call";
    }
    if (gate.scrub != Scrub::none) {
        text += gate.scrub == Scrub::on_return ? ", scrubbed on return" : ", scrubbed both ways";
    }
    return text;
}

std::string exports_text(const Program& program)
{
    std::string text;
    for (const ProgramExport& exported : program.exports()) {
        text += entry("export", exported.name + " at +" + address_text(exported.entry) + ", " +
                                    count_text(exported.arguments, "argument", "arguments") + ", " +
                                    size_text(exported.min_stack) + " of stack at least");
    }
    return text;
}

std::string quota_text(const DomainDescription& domain)
{
    std::string text;
    const auto add = [&text](std::uint64_t quota, const std::string& words) {
        if (quota != UINT64_MAX) {
            text += (text.empty() ? "" : ", ") + words;
        }
    };
    add(domain.quota_memory, "memory " + size_text(domain.quota_memory));
    add(domain.quota_stacks, count_text(domain.quota_stacks, "stack", "stacks"));
    add(domain.quota_stack_bytes, "stack bytes " + size_text(domain.quota_stack_bytes));
    add(domain.quota_threads, count_text(domain.quota_threads, "thread", "threads"));
    add(domain.quota_grants, count_text(domain.quota_grants, "grant", "grants"));
    add(domain.quota_domains, count_text(domain.quota_domains, "child", "children"));
    return text.empty() ? text : entry("quota", text);
}

std::string policy_text(const SystemDescription& system, const DomainDescription& domain)
{
    std::string text;
    if (domain.fault_handler) {
        text = "asks '" + system.domains[*domain.fault_handler].name + "'" +
               (domain.suspends_on_fault ? ", all threads suspended" : "") + "; after " +
               duration_text(domain.handler_timeout_ns) + ": ";
    }
    text += policy_name(domain.on_fault);
    if (domain.on_fault == FaultPolicy::restart) {
        text += ", " + count_text(domain.max_restarts, "time", "times") + " at most";
    }
    return entry("on fault", text);
}

std::string domain_text(const SystemDescription& system, std::size_t index)
{
    const DomainDescription& domain = system.domains[index];
    std::string text = "\ndomain '" + domain.name + "'\n";
    text += entry("program", printable(domain.program_path) + ", " +
                                 pages_text(domain.program.image_size()) + ", entry +" +
                                 address_text(domain.program.entry()));
    text += segments_text(domain.program);
    for (const std::string& argument : domain.arguments) {
        text += entry("argument", in_quotes(argument));
    }
    if (domain.thread_manager) {
        text += entry("run by", "'" + system.domains[*domain.thread_manager].name + "'");
    } else if (!is_thread_manager(system, index)) {
        text += entry("run by", std::string(default_manager_program));
    }
    text += entry("stack", size_text(domain.stack_commit) +
                               (domain.stack_limit == domain.stack_commit
                                    ? std::string{}
                                    : ", may grow to " + size_text(domain.stack_limit)));
    text += policy_text(system, domain);
    if (domain.time_limit_ns) {
        text += entry("time limit", duration_text(*domain.time_limit_ns));
    }
    text += quota_text(domain);
    for (const RegionUse& use : domain.regions) {
        text += entry("region", perm_name(use.perm) + " " + system.regions[use.region].name);
    }
    text += exports_text(domain.program);
    for (const GateDescription& gate : domain.gates) {
        text += entry("calls", gate_text(gate));
    }
    return text;
}

} // namespace

std::string inspect_text(const SystemDescription& system)
{
    std::string text = "system '" + system.name +
                       "': " + count_text(system.vcpus, "vCPU", "vCPUs") + ", time slice " +
                       duration_text(system.time_slice_ns) + ", " +
                       count_text(system.domains.size(), "domain", "domains") + "\n";
    text += addresses(system);
    for (const RegionDescription& region : system.regions) {
        text += region_text(region);
    }
    for (std::size_t index = 0; index < system.domains.size(); ++index) {
        text += domain_text(system, index);
    }
    return text;
}

} // namespace glacis::cli
