// Faults that another domain is asked about: from the fault to the question, from the answer to
// what follows.
//
// The record of a fault waits in Core::pending_faults for as long as its thread waits for the
// answer. Nobody is told of a fault that was resumed; any other ends as one without handler does.

#include <algorithm>
#include <cstring>
#include <glacis/abi/fault_handling.h>

#include "machine/vcpu_loop.hpp"

namespace glacis {

using namespace supervisor;

namespace {

/// Whether the instruction that failed can be tried again, or the next one be gone on with.
bool is_resumable(const RawFault& raw, const FaultRecord& record)
{
    switch (raw.origin) {
    case FaultOrigin::page_fault:
    case FaultOrigin::exception:
    case FaultOrigin::stage2_refused:
    case FaultOrigin::memory_fault_exit:
        return !raw.is_supervisor_mode && !raw.is_past_instruction &&
               record.fault_class != PD_FAULT_DOUBLE_FAULT;
    default:
        return false;
    }
}

std::uint32_t perm_of(Access access)
{
    switch (access) {
    case Access::read:
        return PD_PERM_READ;
    case Access::write:
        return PD_PERM_WRITE;
    case Access::execute:
        return PD_PERM_EXECUTE;
    case Access::none:
        break;
    }
    return PD_PERM_NONE;
}

pd_registers registers_of(const ThreadContext& context)
{
    pd_registers registers{};
    std::copy(context.general.begin(), context.general.end(), registers.general);
    registers.program_counter = context.program_counter;
    registers.stack_pointer = context.stack_pointer;
    registers.flags = context.flags;
    return registers;
}

/// What else the values could do to the shim or the host, load() sees to.
void set_registers(ThreadContext& context, const pd_registers& registers)
{
    std::copy(std::begin(registers.general), std::end(registers.general), context.general.begin());
    context.program_counter = registers.program_counter;
    context.stack_pointer = registers.stack_pointer;
    context.flags = registers.flags;
}

pd_fault describe(std::uint64_t handle, const PendingFault& pending, const ThreadContext& context)
{
    const FaultRecord& record = pending.record;
    pd_fault fault{};
    fault.fault = handle;
    fault.thread = static_cast<std::uint64_t>(pending.thread);
    fault.fault_class = record.fault_class;
    fault.flags = (pending.is_resumable ? PD_FAULT_RESUMABLE : 0U) |
                  (record.address ? PD_FAULT_HAS_ADDRESS : 0U);
    fault.access = perm_of(record.access);
    fault.address = record.address.value_or(0);
    fault.length = record.length;
    fault.stack = record.stack.stack;
    fault.stack_bottom = record.stack.bottom;
    fault.stack_top = record.stack.top;
    fault.stack_limit = record.stack.limit;
    fault.stack_peak = record.stack.peak;
    fault.bytes_past_limit = record.bytes_past_limit.value_or(PD_FAULT_NOT_PAST);
    fault.registers = registers_of(context);
    return fault;
}

} // namespace

// ---- the question
// --------------------------------------------------------------------------------

bool VcpuLoop::ask_handler(const RawFault& raw, FaultRecord& record)
{
    // A caller waits for the end of a call, whose time may be limited; what it gets must not hang
    // on somebody that it has never heard of. So a fault in a call ends the call, as the policy
    // says.
    if (current_.context->calls.depth() != 0) {
        return false;
    }
    {
        const Lock lock(core_.mutex);
        if (!core_.supervisor->has_fault_handler(current_.domain)) {
            return false;
        }
    }
    // Once the thread has left, another vCPU may run it.
    if (auto saved = cpu().save(*current_.context, true); !saved) {
        return false;
    }
    Lock lock(core_.mutex);
    const std::uint64_t timeout = core_.record(current_.domain).description->handler_timeout_ns;
    const auto fault = core_.supervisor->suspend_faulting(VcpuId{id_}, core_.clock.now(), timeout);
    if (!fault) {
        return false;
    }
    account();
    const bool can_resume = is_resumable(raw, record);
    core_.pending_faults.emplace(
        *fault, PendingFault{std::move(record), current_.domain, current_.thread, can_resume});
    core_.kick_stopped(id_); // siblings, where they shall stop meanwhile
    core_.spread_work(id_);
    return true;
}

/// No answer: the thread has come back, and its domain's policy is applied as if nobody had been
/// asked. Lock held; released.
void VcpuLoop::apply_policy_after_all(Lock& lock, const Dispatch& dispatch)
{
    auto pending = core_.pending_faults.extract(dispatch.unanswered_fault);
    current_ = {};
    current_.thread = dispatch.thread;
    current_.home = dispatch.domain; // where it was when it faulted: in no call
    current_.domain = dispatch.domain;
    current_.stack = dispatch.stack;
    current_.view = dispatch.stack;
    current_.since = core_.clock.now();
    current_.context = &core_.context(dispatch.thread);
    FaultRecord record = std::move(pending.mapped().record);
    record.action = core_.handler_name(dispatch.domain) + " did not answer";
    lock.unlock();
    (void)apply_policy(std::move(record), PD_CALLEE_FAULTED); // it always leaves
}

std::string Core::handler_name(DomainId domain) const
{
    return "handler '" + domains[static_cast<std::size_t>(domain)].handler_name + "'";
}

// ---- the answer
// ----------------------------------------------------------------------------------

VcpuLoop::Next VcpuLoop::serve_fault(Lock& lock, const FaultCall& call)
{
    // First whether the fault is there for the caller, and whether the caller may still ask.
    const Caller caller{current_.domain, current_.thread, VcpuId{id_}};
    const Plan plan = core_.supervisor->begin(caller, FaultRead{call.fault}, core_.clock.now());
    if (plan.disposition == Disposition::reschedule) {
        account(); // its own domain is being stopped
        return Next::left;
    }
    pd_status status = plan.reply.status;
    if (status == PD_OK) {
        status = serve_known_fault(call);
    }
    return answer_who_goes_on(lock, status);
}

pd_status VcpuLoop::serve_known_fault(const FaultCall& call)
{
    switch (call.number) {
    case GLACIS_CALL_FAULT_READ:
        return read_fault(call);
    case GLACIS_CALL_FAULT_RESUME:
        return resume_fault(call);
    default:
        return end_fault(call);
    }
}

/// In the same hold of the lock in which it was found that the caller may ask.
pd_status VcpuLoop::ask_supervisor(const Request& request)
{
    const Caller caller{current_.domain, current_.thread, VcpuId{id_}};
    return core_.supervisor->begin(caller, request, core_.clock.now()).reply.status;
}

pd_status VcpuLoop::read_fault(const FaultCall& call)
{
    const PendingFault& pending = core_.pending_faults.at(call.fault);
    pd_fault fault = describe(call.fault, pending, core_.context(pending.thread));
    fault.domain = core_.supervisor->handle(pending.domain);
    if (core_.supervisor->parent(pending.domain) == current_.domain) {
        fault.flags |= PD_FAULT_OF_CHILD;
    }
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(&fault), sizeof fault);
    if (!may(call.pointer, sizeof fault, Perm::read_write) ||
        !core_.space->copy_out(call.pointer, bytes)) {
        return PD_BAD_POINTER;
    }
    return PD_OK;
}

pd_status VcpuLoop::resume_fault(const FaultCall& call)
{
    const PendingFault& pending = core_.pending_faults.at(call.fault);
    pd_registers registers{};
    const bool has_registers = call.pointer != 0;
    if (has_registers) {
        const std::span bytes(reinterpret_cast<std::uint8_t*>(&registers), sizeof registers);
        if (!may(call.pointer, sizeof registers, Perm::read) ||
            !core_.space->copy_in(call.pointer, bytes)) {
            return PD_BAD_POINTER;
        }
    }
    if (!pending.is_resumable || registers.program_counter >= GLACIS_ADDRESS_LIMIT) {
        return PD_BAD_ARGUMENT;
    }
    const ThreadId thread = pending.thread;
    const pd_status status = ask_supervisor(FaultResume{call.fault, has_registers});
    if (status != PD_OK) {
        return status;
    }
    if (has_registers) {
        set_registers(core_.context(thread), registers);
    }
    core_.pending_faults.erase(call.fault);
    core_.resumed_faults.fetch_add(1, std::memory_order_relaxed);
    core_.spread_work(id_);
    if (!self().has_slice && core_.is_waited_for(id_)) {
        arm_timer(core_.clock.now());
    }
    return PD_OK;
}

/// fault_kill and fault_restart.
pd_status VcpuLoop::end_fault(const FaultCall& call)
{
    DomainRecord& domain = core_.record(core_.pending_faults.at(call.fault).domain);
    const DomainDescription& description = *domain.description;
    const bool restarts = call.number == GLACIS_CALL_FAULT_RESTART;
    if (restarts && domain.restarts >= description.max_restarts) {
        return PD_QUOTA;
    }
    if (const pd_status status = ask_supervisor(FaultEnd{call.fault}); status != PD_OK) {
        return status;
    }
    FaultRecord record = std::move(core_.pending_faults.extract(call.fault).mapped().record);
    record.action = "domain '" + description.name + "' ";
    record.action += restarts ? "restarted (" + std::to_string(domain.restarts + 1) + " of " +
                                    std::to_string(description.max_restarts) + ")"
                              : "stopped";
    record.action += " by " + core_.handler_name(domain.id);
    domain.wants_restart = restarts;
    domain.has_faulted = true;
    core_.supervisor->note_fault(domain.id, record.fault_class);
    core_.stop_domain(domain.id, id_);
    if (core_.options.on_fault) {
        core_.options.on_fault(record);
    }
    core_.keep_fault(std::move(record), domain);
    return PD_OK;
}

// ---- with the lock held
// ----------------------------------------------------------------------------

/// Faults of other threads of a domain that has come to rest: nobody answers them any more.
void Core::report_pending(DomainRecord& domain)
{
    for (auto entry = pending_faults.begin(); entry != pending_faults.end();) {
        const auto next = std::next(entry);
        if (entry->second.domain == domain.id) {
            FaultRecord record = std::move(pending_faults.extract(entry).mapped().record);
            record.action = "domain '" + domain.description->name + "' was stopped meanwhile";
            if (options.on_fault) {
                options.on_fault(record);
            }
            keep_fault(std::move(record), domain);
        }
        entry = next;
    }
}

} // namespace glacis
