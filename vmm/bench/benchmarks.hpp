// The single benchmarks. Each gives one result, or several that come from one run.
#pragma once

#include <vector>

#include "bench/bench.hpp"

namespace glacis::bench {

using Measured = Result<std::vector<BenchResult>>;

/// launch: the whole process of `hello`, beside a minimal process that uses KVM.
Measured measure_launch(std::size_t samples);
/// stack.alloc_free: beside two bare hypercalls.
Measured measure_stack_cost(std::size_t samples);
/// stack.alloc_free_30000: with that many live stacks, beside the same with 10.
Measured measure_many_stacks(std::size_t samples);
/// stack.alloc_two_vcpus: both allocating, beside one alone.
Measured measure_two_vcpus(std::size_t samples);
/// fault.report: from the access to the record, beside a bare exit.
Measured measure_fault(std::size_t samples);
/// call.prepared: beside two bare traps with a switch of the root each; and beside a function call
/// and a byte through pipes.
Measured measure_prepared_calls(std::size_t samples);
/// call.attended: the same call by exits.
Measured measure_attended_calls(std::size_t samples);
/// call.first, memory.per_window: calls from places that none was made from before.
Measured measure_first_calls(std::size_t samples);
/// call.scrub_*: by pages that the callee has written.
Measured measure_scrubbed_calls(std::size_t samples);
/// grant.revoke, grant.give: a page, with the domain that gets and loses it busy on another vCPU.
Measured measure_grants(std::size_t samples);
/// thread.switch: from one thread's yield to the other's, beside the exits that it needs.
Measured measure_switches(std::size_t samples);
/// domain.create_destroy: alone, beside two bare hypercalls. domain.create_destroy_1000: with 1,
/// 10, 100 and 1,000 other children, the last beside the first.
Measured measure_domains(std::size_t samples);
/// inject.rate: runs with a fault, beside starts of the same system; and beside processes that do
/// nothing.
Measured measure_injection(std::size_t samples);
/// inject.reset: bringing a system back to its start, beside a start and beside a process;
/// inject.reset_in_256_mib, inject.reset_page: by what memory holds, and by pages written.
Measured measure_resets(std::size_t samples);
/// memory.per_domain: a small child that sleeps, beside its program and its stack.
Measured measure_domain_memory(std::size_t samples);
/// memory.per_stack, memory.per_unused_stack: beside the tables it needs.
Measured measure_stack_memory(std::size_t samples);

} // namespace glacis::bench
