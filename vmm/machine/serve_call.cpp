// Hypercalls: from registers to the supervisor and back.
//
// Pointers are checked and used within one hold of the monitor's lock, so that what was accessible
// stays so for as long as it matters; each structure is read or written once.

#include <algorithm>
#include <array>
#include <cstring>
#include <elf.h>
#include <glacis/abi/boot.h>
#include <glacis/abi/version.h>
#include <native/machine_number.hpp>
#include <sys/random.h>
#include <vector>

#include "machine/log.hpp"
#include "machine/vcpu_loop.hpp"

namespace glacis {

using namespace supervisor;

VcpuLoop::Next VcpuLoop::serve(const HypercallEvent& event)
{
    core_.hypercalls.fetch_add(1, std::memory_order_relaxed);
    const auto call = decode_call(event);
    if (!call) {
        return answer(PD_UNKNOWN_CALL);
    }
    if (const auto* clock = std::get_if<ClockCall>(&*call)) {
        if (clock->clock > PD_CLOCK_REALTIME) {
            return answer(PD_BAD_ARGUMENT);
        }
        return answer(PD_OK, clock->clock == PD_CLOCK_MONOTONIC ? core_.clock.now()
                                                                : core_.clock.calendar());
    }
    if (const auto* trace = std::get_if<TraceCall>(&*call)) {
        log_info("trace: domain {} thread {:#x} vCPU {}: {:#x} {:#x}",
                 static_cast<std::uint32_t>(current_.domain),
                 static_cast<std::uint64_t>(current_.thread), id_, trace->first, trace->second);
        return answer(PD_OK);
    }
    if (const auto* abort = std::get_if<AbortCall>(&*call)) {
        RawFault fault = cpu().where_interrupted(FaultOrigin::abort);
        fault.detail = abort->code;
        return handle(std::move(fault));
    }
    if (const auto* info = std::get_if<AbiInfoCall>(&*call)) {
        return write_abi_info(*info);
    }
    if (const auto* random = std::get_if<RandomCall>(&*call)) {
        return write_random(*random);
    }
    if (const auto* create = std::get_if<DomainCreateCall>(&*call)) {
        return create_domain(*create);
    }
    Lock lock(core_.mutex);
    if (const auto* console = std::get_if<ConsoleWriteCall>(&*call)) {
        return write_console(lock, *console);
    }
    if (const auto* exit = std::get_if<DomainExitCall>(&*call)) {
        return end_domain(lock, exit->status);
    }
    if (const auto* fault = std::get_if<FaultCall>(&*call)) {
        return serve_fault(lock, *fault);
    }
    return serve_supervisor(lock, std::get<SupervisorCall>(*call));
}

VcpuLoop::Next VcpuLoop::answer(pd_status status, std::uint64_t value)
{
    cpu().reply(status, status == PD_OK ? value : 0);
    return Next::resume;
}

VcpuLoop::Next VcpuLoop::answer_who_goes_on(Lock& lock, pd_status status, std::uint64_t value)
{
    catch_up();
    if (!core_.supervisor->can_go_on(current_.thread)) {
        return cut_short(lock, PD_CALLEE_STOPPED);
    }
    return answer(status, value);
}

bool VcpuLoop::may(std::uint64_t address, std::uint64_t length, Perm want) const
{
    return core_.is_permitted(current_.domain, current_.view, address, length, want);
}

// ---- calls that the VMM answers by itself
// -----------------------------------------------------------

VcpuLoop::Next VcpuLoop::write_console(Lock& lock, const ConsoleWriteCall& call)
{
    if (call.length > PD_CONSOLE_MAX) {
        return answer(PD_TOO_LARGE);
    }
    if (call.length == 0) {
        return answer(PD_OK);
    }
    std::vector<std::uint8_t> bytes(call.length);
    if (!may(call.address, call.length, Perm::read) || !core_.space->copy_in(call.address, bytes)) {
        return answer(PD_BAD_POINTER);
    }
    lock.unlock();
    core_.console.write(static_cast<std::size_t>(current_.domain), bytes);
    return answer(PD_OK, call.length);
}

VcpuLoop::Next VcpuLoop::write_abi_info(const AbiInfoCall& call)
{
    pd_abi_info info{};
    info.abi_version = GLACIS_ABI_VERSION;
    info.machine = native_machine_number;
    info.page_size = GLACIS_PAGE_SIZE;
    info.vcpus = core_.system.vcpus;
    info.protection = core_.space->protection() == Protection::none ? 0 : 1;
    if (call.size == 0) {
        return answer(PD_EMPTY_RANGE);
    }
    const std::uint64_t size = std::min<std::uint64_t>(call.size, sizeof info);
    const Lock lock(core_.mutex);
    std::array<std::uint8_t, sizeof info> bytes{};
    std::memcpy(bytes.data(), &info, sizeof info);
    if (!may(call.address, size, Perm::read_write) ||
        !core_.space->copy_out(call.address, std::span(bytes).first(size))) {
        return answer(PD_BAD_POINTER);
    }
    return answer(PD_OK, size);
}

VcpuLoop::Next VcpuLoop::write_random(const RandomCall& call)
{
    if (call.length > PD_RANDOM_MAX) {
        return answer(PD_TOO_LARGE);
    }
    if (call.length == 0) {
        return answer(PD_OK);
    }
    std::vector<std::uint8_t> bytes(call.length);
    if (core_.random) {
        core_.random->fill(bytes);
    }
    for (std::size_t done = core_.random ? bytes.size() : 0; done < bytes.size();) {
        const ssize_t count = ::getrandom(bytes.data() + done, bytes.size() - done, 0);
        done += count > 0 ? static_cast<std::size_t>(count) : 0; // EINTR: again
    }
    const Lock lock(core_.mutex);
    if (!may(call.address, call.length, Perm::read_write) ||
        !core_.space->copy_out(call.address, bytes)) {
        return answer(PD_BAD_POINTER);
    }
    return answer(PD_OK, call.length);
}

VcpuLoop::Next VcpuLoop::end_domain(Lock& lock, std::uint64_t status)
{
    core_.supervisor->set_exit_value(current_.domain, status);
    core_.stop_domain(current_.domain, id_);
    if (current_.context->calls.depth() != 0) {
        catch_up();
        return cut_short(lock, PD_CALLEE_STOPPED);
    }
    account();
    core_.supervisor->leave(VcpuId{id_}, core_.clock.now());
    return Next::left;
}

// ---- calls for the supervisor
// -------------------------------------------------------------------------

namespace {

/// The words a wait or a wake names must be readable by the caller.
std::optional<std::uint64_t> word_of(const Request& request)
{
    if (const auto* wait = std::get_if<ThreadWait>(&request)) {
        return wait->address;
    }
    if (const auto* wake = std::get_if<ThreadWake>(&request)) {
        return wake->address;
    }
    return std::nullopt;
}

std::vector<std::uint8_t> bytes_of(const Reply& reply)
{
    std::vector<std::uint8_t> bytes;
    const auto put = [&bytes](const auto& structure) {
        bytes.resize(sizeof structure);
        std::memcpy(bytes.data(), &structure, sizeof structure);
    };
    if (const auto* memory = std::get_if<pd_memory_info>(&reply.out)) {
        put(*memory);
    } else if (const auto* stack = std::get_if<pd_stack_info>(&reply.out)) {
        put(*stack);
    } else if (const auto* domain = std::get_if<pd_domain_info>(&reply.out)) {
        put(*domain);
    } else if (const auto* event = std::get_if<pd_thread_event>(&reply.out)) {
        put(*event);
    }
    return bytes;
}

} // namespace

/// Of a call in which the thread has waited. Its memory may have changed meanwhile.
void VcpuLoop::deliver_reply(const Dispatch& dispatch)
{
    pd_status status = dispatch.reply->status;
    const std::vector<std::uint8_t> bytes = bytes_of(*dispatch.reply);
    if (!bytes.empty() &&
        (!core_.is_permitted(dispatch.domain, dispatch.stack, dispatch.out_address, bytes.size(),
                             Perm::read_write) ||
         !core_.space->copy_out(dispatch.out_address, bytes))) {
        status = PD_BAD_POINTER;
    }
    GuestCpu::set_reply(core_.context(dispatch.thread), status, dispatch.reply->value);
}

bool VcpuLoop::read_name(std::uint64_t address, std::string& name) const
{
    for (std::uint64_t index = 0; index < PD_NAME_MAX; ++index) {
        std::array<std::uint8_t, 1> byte{};
        if (address + index < address || !may(address + index, 1, Perm::read) ||
            !core_.space->copy_in(address + index, byte)) {
            return false;
        }
        if (byte[0] == 0) {
            return true;
        }
        name.push_back(static_cast<char>(byte[0] < 0x20 || byte[0] > 0x7e ? '?' : byte[0]));
    }
    return false; // no zero within the bound
}

VcpuLoop::Next VcpuLoop::serve_supervisor(Lock& lock, SupervisorCall call)
{
    if (call.out_size != 0 && !may(call.out_address, call.out_size, Perm::read_write)) {
        return answer(PD_BAD_POINTER);
    }
    if (const auto word = word_of(call.request)) {
        if (*word % sizeof(std::uint32_t) != 0) {
            return answer(PD_MISALIGNED);
        }
        if (!may(*word, sizeof(std::uint32_t), Perm::read)) {
            return answer(PD_BAD_POINTER);
        }
    }
    if (call.name_address != 0 &&
        !read_name(call.name_address, std::get<ThreadCreate>(call.request).name)) {
        return answer(PD_BAD_POINTER);
    }
    if (may_reschedule(call.request)) {
        // Once the request has begun, another vCPU may run the thread.
        if (auto saved = cpu().save(*current_.context, true); !saved) {
            lock.unlock();
            return broken(saved.error());
        }
    }
    const Caller caller{current_.domain, current_.thread, VcpuId{id_}};
    const Plan plan =
        core_.carry_out(lock, core_.supervisor->begin(caller, call.request, core_.clock.now()));
    if (may_reschedule(call.request)) {
        core_.kick_stopped(id_); // the last thread's end, or a destruction, may have stopped some
        core_.forget_vacated();
    }
    core_.spread_work(id_);
    if (plan.disposition == Disposition::reschedule) {
        account();
        if (std::holds_alternative<ThreadExit>(call.request)) {
            core_.forget_context(current_.thread);
        }
        return Next::left;
    }
    catch_up();
    if (!core_.supervisor->can_go_on(current_.thread)) {
        return cut_short(lock, PD_CALLEE_STOPPED);
    }
    if (std::holds_alternative<StackSetPerm>(call.request)) {
        forget_prepared(); // a callee's frames may be within others' reach now
    }
    if (!self().has_slice && core_.is_waited_for(id_)) {
        arm_timer(core_.clock.now()); // somebody waits for this vCPU now
    }
    if (plan.reply.status == PD_OK && call.out_size != 0) {
        (void)core_.space->copy_out(call.out_address,
                                    bytes_of(plan.reply)); // checked above, same lock
    }
    (void)answer(plan.reply.status, plan.reply.value);
    if (plan.reply.status == PD_OK && std::holds_alternative<StackActivate>(call.request)) {
        return move_to_active_stack(lock);
    }
    return Next::resume;
}

/// The thread goes on, on the stack that it has just activated: in that stack's address space.
VcpuLoop::Next VcpuLoop::move_to_active_stack(Lock& lock)
{
    current_.stack = core_.supervisor->current_stack(current_.thread);
    drop_windows();
    const auto root = core_.space->root(current_.domain, current_.stack, [&] {
        return core_.supervisor->stack_pages(current_.domain, current_.stack);
    });
    lock.unlock();
    if (!root) {
        return broken(root.error());
    }
    current_.root = *root;
    current_.view = current_.stack;
    if (CallState& calls = current_.context->calls; !calls.frames.empty()) {
        calls.frames[0].root = *root;
    }
    put_frames();
    if (auto saved = cpu().save(*current_.context, true); !saved) {
        return broken(saved.error());
    }
    if (auto loaded = cpu().load(*current_.context, current_.root); !loaded) {
        return broken(loaded.error());
    }
    return Next::resume;
}

} // namespace glacis
