#include "sample.hpp"

#include <glacis/abi/hypercall.h>
#include <glacis/abi/version.h>
#include <gtest/gtest.h>

#include "elf_builder.hpp"

namespace glacis::test {

SystemDescription sample_system()
{
    ElfBuilder elf;
    elf.notes = {abi_note(GLACIS_ABI_VERSION), export_note("put", ElfBuilder::entry, 2)};
    const auto program = Program::parse(elf.build(), EM_X86_64);
    EXPECT_TRUE(program.has_value());

    DomainDescription parser;
    parser.name = "parser";
    parser.program_path = "bin/parser.pd";
    parser.program = program.value();
    parser.arguments = {"-n", "10"};
    parser.stack_commit = 32 << 10;
    parser.stack_limit = 64 << 10;
    parser.on_fault = FaultPolicy::restart;
    parser.max_restarts = 3;
    parser.quota_memory = parser.quota_stack_bytes = parser.quota_threads = UINT64_MAX;
    parser.quota_stacks = 4;
    parser.quota_grants = 100;
    parser.time_limit_ns = 2'000'000'000;
    parser.regions = {{0, PD_PERM_READ}};
    GateDescription put;
    put.callee = "store";
    put.name = "put";
    put.domain = 1;
    parser.gates = {put};

    DomainDescription store = parser;
    store.name = "store";
    store.arguments.clear();
    store.on_fault = FaultPolicy::stop_domain;
    store.stack_limit = store.stack_commit;
    store.quota_stacks = store.quota_grants = UINT64_MAX;
    store.time_limit_ns.reset();
    store.regions.clear();
    store.exports = {{"put", Scrub::none}};
    store.gates.clear();

    SystemDescription system;
    system.name = "pipeline";
    system.vcpus = 2;
    system.memory = 64 << 20;
    system.time_slice_ns = 10'000'000;
    system.stack_area = {.base = 0x40000000, .size = 256 << 20, .slot = 1 << 20, .guard = 64 << 10};
    system.regions = {{"input", 8192, 5000, "data/input.txt", std::nullopt}};
    system.domains = {parser, store};
    return system;
}

RunReport sample_report()
{
    FaultRecord fault;
    fault.fault_class = PD_FAULT_STACK_OVERFLOW;
    fault.domain = "parser";
    RunReport report;
    report.domains = {
        {.name = "parser",
         .end = DomainEnd::exited,
         .status = 0,
         .restarts = 1,
         .peak_stacks = 2,
         .peak_memory = 163840},
        {.name = "store",
         .end = DomainEnd::exited,
         .status = 7,
         .restarts = 0,
         .peak_stacks = 1,
         .peak_memory = 163840},
    };
    report.faults = {fault};
    report.counts.exits = 12;
    return report;
}

} // namespace glacis::test
