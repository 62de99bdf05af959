// What an intervention may do with the thread on a vCPU.

#include "machine/intervention.hpp"
#include "machine/vcpu_loop.hpp"

namespace glacis {

using namespace supervisor;

class VcpuLoop::Hands final : public RunningThread {
public:
    explicit Hands(VcpuLoop& loop) : loop_(loop) {}

    [[nodiscard]] Core& core() override { return loop_.core_; }
    [[nodiscard]] std::uint32_t vcpu() const override { return loop_.id_; }
    [[nodiscard]] ThreadId thread() const override { return loop_.current_.thread; }
    [[nodiscard]] DomainId domain() const override { return loop_.current_.domain; }
    [[nodiscard]] StackView view() const override { return loop_.current_.view; }
    [[nodiscard]] bool has_others() override
    {
        const std::lock_guard guard(loop_.core_.mutex);
        return loop_.current_.is_lent || loop_.core_.supervisor->has_ready() || loop_.successor();
    }

    [[nodiscard]] Result<ThreadContext> registers() override
    {
        ThreadContext context;
        if (auto saved = loop_.cpu().save(context, true); !saved) {
            return saved.error();
        }
        return context;
    }

    Status set_registers(const ThreadContext& registers) override
    {
        return loop_.cpu().load(registers, loop_.current_.root);
    }

    void answer(pd_status status, std::uint64_t value) override
    {
        (void)loop_.answer(status, value);
    }

    std::optional<Reply> call(const HypercallEvent& event) override
    {
        const auto decoded = decode_call(event);
        const auto* call = decoded ? std::get_if<SupervisorCall>(&*decoded) : nullptr;
        if (call == nullptr || may_reschedule(call->request)) {
            return std::nullopt;
        }
        Lock lock(loop_.core_.mutex);
        const Caller caller{loop_.current_.domain, loop_.current_.thread, VcpuId{loop_.id_}};
        const Plan plan = loop_.core_.carry_out(
            lock, loop_.core_.supervisor->begin(caller, call->request, loop_.core_.clock.now()));
        loop_.core_.spread_work(loop_.id_);
        if (std::holds_alternative<StackSetPerm>(call->request)) {
            loop_.forget_prepared();
        }
        return plan.reply;
    }

    [[nodiscard]] bool may(std::uint64_t address, std::uint64_t length, Perm want) const override
    {
        const std::lock_guard guard(loop_.core_.mutex);
        return loop_.may(address, length, want);
    }

private:
    VcpuLoop& loop_;
};

bool VcpuLoop::shall_run()
{
    if (core_.options.intervention == nullptr) {
        return true;
    }
    Hands hands(*this);
    return core_.options.intervention->shall_run(hands);
}

void VcpuLoop::announce_entry()
{
    if (core_.options.intervention != nullptr) {
        Hands hands(*this);
        core_.options.intervention->before_entry(hands);
    }
}

/// Nothing when the event is to be dealt with as always.
std::optional<VcpuLoop::Next> VcpuLoop::intervene(CpuEvent& event)
{
    if (core_.options.intervention == nullptr) {
        return std::nullopt;
    }
    Hands hands(*this);
    switch (core_.options.intervention->on_event(hands, event)) {
    case Intervention::Next::as_it_is:
        return std::nullopt;
    case Intervention::Next::resume:
        return Next::resume;
    case Intervention::Next::give_way:
        return give_way();
    case Intervention::Next::end:
        break;
    }
    Lock lock(core_.mutex);
    core_.end(SystemEnd::interrupted);
    return leave(lock);
}

std::optional<std::uint32_t> VcpuLoop::successor() const
{
    if (!core_.baton || core_.is_ending()) { // then some have left the baton for good
        return std::nullopt;
    }
    const auto count = static_cast<std::uint32_t>(core_.vcpus.size());
    for (std::uint32_t step = 1; step < count; ++step) {
        const std::uint32_t next = (id_ + step) % count;
        if (core_.vcpus[next]->is_running || core_.supervisor->has_ready()) {
            return next;
        }
    }
    return std::nullopt;
}

void VcpuLoop::hand_over(std::uint32_t to)
{
    core_.baton->pass(to);
    core_.baton->wait(id_);
    const std::lock_guard guard(core_.mutex);
    if (core_.vcpus[id_]->is_running && !core_.is_ending()) {
        arm_timer(core_.clock.now()); // what is due next is this thread's affair again
    }
}

VcpuLoop::Next VcpuLoop::give_way()
{
    do {
        Lock lock(core_.mutex);
        const auto next = successor();
        if (!next) {
            return leave(lock);
        }
        lock.unlock();
        hand_over(*next);
    } while (!core_.is_ending() && !shall_run());
    return Next::resume;
}

/// That no intervention has made.
void VcpuLoop::count_exit()
{
    if (core_.clock.count_exit()) {
        const std::lock_guard guard(core_.mutex);
        core_.end(SystemEnd::time_limit);
    }
}

/// Who waits for another vCPU by spinning lets it go on.
bool VcpuLoop::pass_on_for_now()
{
    Lock lock(core_.mutex);
    const auto next = successor();
    lock.unlock();
    if (next) {
        hand_over(*next);
    }
    return next.has_value();
}

/// The vCPU of a system with a time of its own was kicked by its watch.
void VcpuLoop::watch()
{
    switch (core_.clock.judge()) {
    case Clock::Verdict::go_on:
        break;
    case Clock::Verdict::hangs:
        if (pass_on_for_now() || core_.clock.leap()) {
            break;
        }
        [[fallthrough]];
    case Clock::Verdict::takes_long: {
        const std::lock_guard guard(core_.mutex);
        core_.end(SystemEnd::time_limit);
        break;
    }
    }
    if (auto armed = self().kick.arm(core_.clock.next_watch()); !armed) {
        const std::lock_guard guard(core_.mutex);
        core_.break_off(armed.error());
    }
}

} // namespace glacis
