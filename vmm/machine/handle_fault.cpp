// Faults: is it one, what is it called, what happens to the domain.

#include <array>
#include <cstring>
#include <functional>
#include <native/fault_architecture.hpp>
#include <thread>

#include "fault/build_record.hpp"
#include "fault/instruction.hpp"
#include "machine/vcpu_loop.hpp"

namespace glacis {

using namespace supervisor;

namespace {

constexpr std::uint32_t most_retries = 16;

Perm wanted(Access access)
{
    switch (access) {
    case Access::write:
        return Perm::read_write;
    case Access::execute:
        return Perm::read_execute;
    case Access::read:
    case Access::none:
        break;
    }
    return Perm::read;
}

void read_code(const GuestSpace& space, RawFault& fault)
{
    // Up to the end of the page first; what lies behind it may not be there.
    const std::uint64_t in_page = page_size - fault.program_counter % page_size;
    const std::size_t first = std::min<std::uint64_t>(fault.code.size(), in_page);
    if (!space.peek(fault.program_counter, {fault.code.data(), first})) {
        return;
    }
    fault.code_size = first;
    if (first < fault.code.size() &&
        space.peek(fault.program_counter + first,
                   {fault.code.data() + first, fault.code.size() - first})) {
        fault.code_size = fault.code.size();
    }
}

} // namespace

VcpuLoop::Next VcpuLoop::handle(RawFault fault)
{
    read_code(*core_.space, fault);
    if (is_spurious(fault)) {
        return Next::resume;
    }
    FaultRecord record = make_record(fault);
    if (record.fault_class == PD_FAULT_UNKNOWN && is_spurious(fault)) {
        return Next::resume; // it was permitted while the record was being made
    }
    if (ask_handler(fault, record)) {
        return Next::left;
    }
    const bool is_limit = fault.origin == FaultOrigin::time_limit;
    return apply_policy(std::move(record), is_limit ? PD_CALL_TIME_LIMIT : PD_CALLEE_FAULTED);
}

/// Whether the supervisor allows what the tables or stage 2 refused: the tables are a cache that is
/// filled on demand, and a change under way on another vCPU is seen half-done. The access is then
/// tried again.
bool VcpuLoop::is_spurious(const RawFault& fault)
{
    if (fault.program_counter != retried_at_) {
        retried_at_ = fault.program_counter;
        retries_ = 0;
    }
    if (retries_ >= most_retries) {
        return false;
    }
    Lock lock(core_.mutex);
    if (fault.origin == FaultOrigin::page_fault && fault.address) {
        wait_for_change(lock, *fault.address);
        if (core_.space->protection() == Protection::none ||
            !may(*fault.address, 1, wanted(fault.access))) {
            return false;
        }
        ++retries_;
        const Perm perm =
            core_.supervisor->permission(current_.domain, current_.view, *fault.address);
        return core_.space->fill(current_.domain, current_.view, *fault.address, perm);
    }
    if (fault.origin != FaultOrigin::stage2_refused) {
        return false;
    }
    const auto instruction = fault::decode({fault.code.data(), fault.code_size},
                                           fault.program_counter, fault::native_architecture);
    if (!instruction) {
        return false;
    }
    for (const auto& access :
         fault::memory_accesses(*instruction, fault.registers, fault::native_architecture)) {
        if (!may(access.address, access.length, wanted(access.access))) {
            return false;
        }
    }
    ++retries_;
    return true;
}

/// A plan of another vCPU is taking the page away or giving it: what it comes to is what counts.
void VcpuLoop::wait_for_change(Lock& lock, std::uint64_t address)
{
    while (core_.supervisor->is_changing(address) && !core_.is_ending() &&
           core_.supervisor->state(current_.domain) == DomainState::running) {
        lock.unlock();
        std::this_thread::yield();
        lock.lock();
    }
}

/// What is said about the domain and the thread is fixed while the thread is on this vCPU, so the
/// record is made without the lock: reading debug information takes long.
FaultRecord VcpuLoop::make_record(const RawFault& raw)
{
    fault::FaultSubject subject = describe_subject();
    const DomainRecord* domain = nullptr;
    {
        const Lock lock(core_.mutex); // others come and go meanwhile; this one stays where it is
        domain = &core_.record(current_.domain);
    }
    subject.modules[0].symbols = &domain->symbols->get(domain->description->program);
    subject.read = [this](std::uint64_t address, std::uint64_t& word) {
        std::array<std::uint8_t, sizeof word> bytes{};
        const Lock lock(core_.mutex);
        if (!may(address, sizeof word, Perm::read) || !core_.space->peek(address, bytes)) {
            return false;
        }
        std::memcpy(&word, bytes.data(), sizeof word);
        return true;
    };
    subject.steadily = [this](const std::function<void()>& ask) {
        const Lock lock(core_.mutex);
        ask();
    };
    FaultRecord record = fault::build_record(raw, subject);
    const Lock lock(core_.mutex);
    record.domain_id = core_.supervisor->handle(current_.domain);
    return record;
}

/// All but what is read from the guest and from the program's file.
fault::FaultSubject VcpuLoop::describe_subject()
{
    const Lock lock(core_.mutex);
    const DomainRecord& domain = core_.record(current_.domain);
    const Supervisor& supervisor = *core_.supervisor;
    const auto stack_address = static_cast<std::uint64_t>(current_.stack);

    fault::FaultSubject subject;
    subject.domain = domain.description->name;
    subject.thread = supervisor.thread_number(current_.thread);
    subject.thread_name = supervisor.thread_name(current_.thread);
    subject.vcpu = id_;
    subject.modules.push_back({domain.description->name, nullptr, domain.image_base,
                               domain.description->program.image_size()});
    subject.context.architecture = fault::native_architecture;
    subject.context.viewer = current_.domain;
    subject.context.stack = supervisor.facts(current_.domain, stack_address).slot;
    subject.context.guard_size = core_.layout.stack_guard;
    subject.context.view_end = current_.view.end;
    for (const CallState::Frame& frame : current_.context->calls.frames) {
        const bool is_own = &frame == &current_.context->calls.frames.front();
        const DomainId through = is_own ? current_.home : frame.activation.domain;
        subject.callers.push_back(core_.record(through).description->name);
    }
    if (!subject.callers.empty()) {
        subject.callers.pop_back(); // the culprit itself
    }
    add_questions(subject.context);
    const Range committed = subject.context.stack.committed;
    subject.stack_peak = committed.size() != 0 ? supervisor.stack_peak(current_.stack) : 0;
    return subject;
}

/// They are asked with the lock held.
void VcpuLoop::add_questions(fault::FaultContext& context)
{
    const Supervisor& supervisor = *core_.supervisor;
    context.facts = [this, &supervisor](std::uint64_t address) {
        return supervisor.facts(current_.domain, address);
    };
    context.is_permitted = [this](std::uint64_t address, std::uint64_t length, Access access) {
        const bool is_gate = address >= GLACIS_GATE_BASE && length <= GLACIS_GATE_SIZE &&
                             address - GLACIS_GATE_BASE <= GLACIS_GATE_SIZE - length;
        return (is_gate && access == Access::execute) || may(address, length, wanted(access));
    };
    context.domain_name = [this](DomainId id) {
        if (id == supervisor_domain || id == no_domain) {
            return std::string(id == no_domain ? "a domain that is gone" : "the supervisor");
        }
        return core_.record(id).description->name;
    };
    context.thread_text = [&supervisor](ThreadId thread) {
        const std::string name = supervisor.thread_name(thread);
        const std::string number = std::to_string(supervisor.thread_number(thread));
        return name.empty() ? "thread " + number : "thread " + number + " '" + name + "'";
    };
}

VcpuLoop::Next VcpuLoop::apply_policy(FaultRecord record, pd_status status_of_call)
{
    Lock lock(core_.mutex);
    const std::string before = record.action.empty() ? "" : record.action + "; ";
    DomainRecord& domain = core_.record(current_.domain);
    const DomainDescription& description = *domain.description;
    const bool is_first = core_.supervisor->state(current_.domain) == DomainState::running;
    if (!is_first) {
        record.action = "domain '" + description.name + "' was already being stopped";
    } else if (description.on_fault == FaultPolicy::restart &&
               domain.restarts < description.max_restarts) {
        domain.wants_restart = true;
        core_.supervisor->expect_restart(current_.domain);
        record.action = "domain '" + description.name + "' restarted (" +
                        std::to_string(domain.restarts + 1) + " of " +
                        std::to_string(description.max_restarts) + ")";
    } else if (description.on_fault == FaultPolicy::stop_system) {
        record.action = "system stopped";
    } else {
        const std::uint32_t itself = current_.domain == core_.default_manager ? 0 : 1;
        const std::uint32_t others = core_.supervisor->live_domains() - itself;
        record.action = "domain '" + description.name + "' stopped";
        if (description.on_fault == FaultPolicy::restart) {
            record.action += " after " + std::to_string(domain.restarts) + " restarts";
        }
        record.action += others == 0   ? "; no other domain is left"
                         : others == 1 ? "; 1 other domain goes on"
                                       : "; " + std::to_string(others) + " other domains go on";
    }
    record.action.insert(0, before);
    domain.has_faulted = true;
    core_.supervisor->note_fault(current_.domain, record.fault_class);
    core_.stop_domain(current_.domain, id_);
    if (core_.options.on_fault) {
        core_.options.on_fault(record);
    }
    core_.keep_fault(std::move(record), domain);
    if (is_first && description.on_fault == FaultPolicy::stop_system) {
        core_.end(SystemEnd::stopped);
    }
    if (current_.context->calls.depth() != 0) {
        catch_up();
        return cut_short(lock, status_of_call);
    }
    account();
    core_.supervisor->leave(VcpuId{id_}, core_.clock.now());
    return Next::left;
}

} // namespace glacis
