// Promises G1, G2, G6 and G11 with real threads: more vCPUs than cores, the supervisor behind one
// lock, effects outside of it, and a preemption injected at every step. Clean under
// ThreadSanitizer.

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include <sched.h>

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint32_t vcpus = 8;
constexpr int rounds = 2000;

[[nodiscard]] Layout wide_layout()
{
    Layout layout = small_layout();
    layout.stack_area.end = layout.stack_area.begin + 64 * layout.stack_slot;
    layout.memory.end = layout.memory.begin + 512 * page;
    layout.vcpus = vcpus;
    return layout;
}

class Machine {
public:
    Machine() : world(wide_layout())
    {
        // As many threads as vCPUs, in two domains.
        for (const char* name : {"first", "second"}) {
            const DomainId domain = world.add_domain(name);
            for (std::uint32_t more = 1; more < vcpus / 2; ++more) {
                const Plan stack = world.perform(world.supervisor.reserve_stack(domain, page, 0));
                world.supervisor.start_main_thread(domain, StackId{stack.reply.value},
                                                   world.code(domain), 0);
            }
        }
    }

    void run_vcpu(std::uint32_t number)
    {
        std::mt19937_64 random(number);
        std::optional<Caller> caller;
        std::vector<std::uint64_t> mine; ///< stacks that this vCPU allocated and did not free
        for (int round = 0; round < rounds; ++round) {
            preempt(random);
            if (!caller) {
                caller = dispatch(number);
            } else if (mine.empty() && random() % 2 == 0) {
                const std::lock_guard lock(mutex);
                world.supervisor.leave(caller->vcpu, 0);
                caller.reset();
            } else {
                request(*caller, mine, random);
            }
        }
        if (caller) {
            const std::lock_guard lock(mutex);
            world.supervisor.leave(caller->vcpu, 0);
        }
    }

    std::mutex mutex; ///< the supervisor's
    World world;
    std::atomic<std::uint64_t> allocations{0};

private:
    /// The hook at every step: lets another vCPU go first now and then.
    static void preempt(std::mt19937_64& random)
    {
        if (random() % 2 == 0) {
            sched_yield();
        }
    }

    std::optional<Caller> dispatch(std::uint32_t number)
    {
        const std::lock_guard lock(mutex);
        const auto dispatch = world.supervisor.dispatch(VcpuId{number}, 0, true);
        if (!dispatch) {
            return std::nullopt;
        }
        world.machine.build_root(dispatch->domain, dispatch->stack,
                                 world.supervisor.stack_pages(dispatch->domain, dispatch->stack));
        return Caller{dispatch->domain, dispatch->thread, VcpuId{number}};
    }

    Plan perform(const Caller& caller, const Request& request, std::mt19937_64& random)
    {
        Plan plan;
        {
            const std::lock_guard lock(mutex);
            plan = world.supervisor.begin(caller, request, 0);
        }
        while (!plan.is_final) {
            PlanOutcome outcome;
            for (const Effect& effect : plan.effects) {
                preempt(random);
                world.machine.apply(effect);
                ++outcome.done;
            }
            preempt(random);
            const std::lock_guard lock(mutex);
            plan = world.supervisor.finish(plan.ticket, outcome, 0);
        }
        return plan;
    }

    void request(const Caller& caller, std::vector<std::uint64_t>& mine, std::mt19937_64& random)
    {
        const bool is_full = mine.size() == 9;
        if (!mine.empty() && (is_full || random() % 2 == 0)) {
            const std::size_t which = random() % mine.size();
            const std::uint64_t stack = mine[which];
            switch (random() % 4) {
            case 0:
                perform(caller, StackGrow{stack, 2 * page}, random);
                return;
            case 1: {
                const auto home = static_cast<std::uint64_t>(home_of(caller));
                perform(caller, StackActivate{stack, PD_THIS_VCPU}, random);
                perform(caller, StackActivate{home, PD_THIS_VCPU}, random);
                return;
            }
            default:
                EXPECT_EQ(perform(caller, StackFree{stack}, random).reply.status, PD_OK);
                mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(which));
                return;
            }
        }
        const Plan plan = perform(caller, StackAlloc{page, 2 * page, 0, PD_SELF}, random);
        if (plan.reply.status == PD_OK) {
            // A word that nobody else may change while the stack is ours.
            const std::uint64_t word = plan.reply.value + world.layout.stack_slot - 8;
            EXPECT_EQ(world.machine.load(word), 0U) << "G12: the stack is not clean";
            world.machine.write(word, static_cast<std::uint32_t>(caller.vcpu) + 1);
            mine.push_back(plan.reply.value);
            ++allocations;
        } else {
            EXPECT_EQ(plan.reply.status, PD_NO_SLOT);
        }
    }

    StackId home_of(const Caller& caller)
    {
        const std::lock_guard lock(mutex);
        return world.supervisor.current_stack(caller.thread);
    }
};

TEST(G1Stress, vcpus_preempted_at_every_step_never_get_the_same_slot)
{
    Machine machine;
    std::vector<std::thread> threads;
    for (std::uint32_t number = 0; number < vcpus; ++number) {
        threads.emplace_back([&machine, number] { machine.run_vcpu(number); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_GT(machine.allocations.load(), 1000U);
    machine.world.check_idle();
    for (std::uint32_t domain = 0; domain < 2; ++domain) {
        machine.world.supervisor.stop_domain(DomainId{domain});
    }
    EXPECT_EQ(machine.world.release_quiescent(), 2U);
    machine.world.check_idle();
    EXPECT_EQ(machine.world.machine.committed_pages(), 0U);
}

TEST(G2Stress, domains_are_stopped_and_released_while_their_vcpus_work)
{
    Machine machine;
    World& world = machine.world;
    std::vector<std::thread> threads;
    for (std::uint32_t number = 0; number < vcpus; ++number) {
        threads.emplace_back([&machine, number] {
            std::mt19937_64 random(number);
            while (true) {
                std::optional<Dispatch> dispatch;
                {
                    const std::lock_guard lock(machine.mutex);
                    if (machine.world.supervisor.live_domains() == 0) {
                        return;
                    }
                    dispatch = machine.world.supervisor.dispatch(VcpuId{number}, 0, true);
                }
                if (!dispatch) {
                    sched_yield();
                    continue;
                }
                const Caller caller{dispatch->domain, dispatch->thread, VcpuId{number}};
                while (true) {
                    Plan plan;
                    {
                        const std::lock_guard lock(machine.mutex);
                        plan = machine.world.supervisor.begin(caller,
                                                              MemoryAlloc{page, PD_PERM_READ}, 0);
                    }
                    while (!plan.is_final) {
                        for (const Effect& effect : plan.effects) {
                            sched_yield();
                            machine.world.machine.apply(effect);
                        }
                        const std::lock_guard lock(machine.mutex);
                        plan = machine.world.supervisor.finish(plan.ticket,
                                                               {plan.effects.size(), false, {}}, 0);
                    }
                    if (plan.disposition == Disposition::reschedule) {
                        break;
                    }
                }
            }
        });
    }
    for (std::uint32_t domain = 0; domain < 2; ++domain) {
        sched_yield();
        const std::lock_guard lock(machine.mutex);
        world.supervisor.stop_domain(DomainId{domain});
    }
    for (int released = 0; released < 2; sched_yield()) {
        const std::lock_guard lock(machine.mutex);
        released += static_cast<int>(world.release_quiescent());
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    world.check_idle();
    EXPECT_EQ(world.machine.committed_pages(), 0U);
}

// ---- calls across domains
// ------------------------------------------------------------------------

/// Clients' threads on four vCPUs that call a server, which calls a store; a fifth thread stops one
/// of the two again and again and starts it anew when it has come to rest.
class CallingMachine {
public:
    static constexpr std::uint32_t callers = 4;
    static constexpr int most_stops = 300;

    CallingMachine() : world(layout())
    {
        world.main_commit = 4 * page;
        client = world.add_domain("client");
        for (std::uint32_t more = 1; more < callers; ++more) {
            const Plan stack = world.perform(world.supervisor.reserve_stack(client, 4 * page, 0));
            world.supervisor.start_main_thread(client, StackId{stack.reply.value},
                                               world.code(client), 0);
        }
        server = world.supervisor.add_domain("server", {});
        store = world.supervisor.add_domain("store", {});
        world.supervisor.add_gate(client, {server, page, 0});
        world.supervisor.add_gate(server, {store, page, 0});
        start(server);
        start(store);
    }

    void run_vcpu(std::uint32_t number)
    {
        std::mt19937_64 random(number);
        std::optional<Caller>& caller = on_vcpu_[number];
        while (!is_over) {
            sched_yield();
            const std::lock_guard lock(mutex);
            if (!caller) {
                if (const auto dispatch = world.try_dispatch(number)) {
                    caller = world.here(*dispatch, number);
                    open_gates(caller);
                }
            } else {
                step(caller, random);
            }
        }
        const std::lock_guard lock(mutex);
        if (caller && !world.catch_up(*caller).has_left) {
            world.supervisor.leave(caller->vcpu, 0);
        }
    }

    void run_stopper()
    {
        std::mt19937_64 random(callers);
        for (int stops = 0; stops < most_stops;) {
            sched_yield();
            const std::lock_guard lock(mutex);
            const DomainId victim = random() % 2 == 0 ? server : store;
            if (is_being_executed(victim)) {
                world.supervisor.expect_restart(victim);
                world.supervisor.stop_domain(victim);
                ++stops;
            }
            restart_those_at_rest();
        }
        is_over = true;
    }

    [[nodiscard]] static Layout layout()
    {
        Layout layout = small_layout();
        layout.vcpus = callers;
        return layout;
    }

    std::mutex mutex;
    World world;
    DomainId client{};
    DomainId server{};
    DomainId store{};
    std::atomic<bool> is_over{false};
    std::uint64_t calls = 0;     ///< made
    std::uint64_t cut_short = 0; ///< of them

private:
    void start(DomainId domain) { world.start_domain(domain); }

    /// Some thread on a vCPU is in a call of it, and it runs.
    bool is_being_executed(DomainId domain)
    {
        return world.supervisor.state(domain) == DomainState::running &&
               std::any_of(on_vcpu_.begin(), on_vcpu_.end(), [&](const auto& caller) {
                   return caller && caller->domain == domain &&
                          !world.calls(caller->thread).empty();
               });
    }

    void restart_those_at_rest()
    {
        world.release_quiescent();
        for (const DomainId domain : {server, store}) {
            if (world.supervisor.state(domain) == DomainState::released) {
                world.supervisor.restart_domain(domain);
                start(domain);
            }
        }
    }

    /// The first thing that a server's own thread does, and the last.
    void open_gates(std::optional<Caller>& caller)
    {
        if (caller->domain != client && world.calls(caller->thread).empty()) {
            const Plan plan = world.call_plan(*caller, GateServe{});
            EXPECT_EQ(plan.disposition, Disposition::reschedule);
            caller.reset();
        }
    }

    /// A call, a return, a request, or an end of the slice; catching up comes when it comes.
    void step(std::optional<Caller>& caller, std::mt19937_64& random)
    {
        const World::CaughtUp caught = world.catch_up(*caller);
        cut_short += caught.status ? 1 : 0;
        if (caught.has_left) {
            caller.reset();
            return;
        }
        switch (random() % 4) {
        case 0:
            if (!world.calls(caller->thread).empty()) {
                world.go_back(*caller);
            }
            return;
        case 1:
            world.supervisor.leave(caller->vcpu, 0);
            caller.reset();
            return;
        case 2:
            EXPECT_EQ(world.status(*caller, ThreadSelf{}), PD_OK);
            return;
        default:
            call(caller);
        }
    }

    void call(std::optional<Caller>& caller)
    {
        if (caller->domain == store) {
            return;
        }
        const std::size_t depth = world.calls(caller->thread).size();
        const std::uint64_t window = world.top(*caller) - (depth + 1) * page;
        const CallDecision decision = world.cross(*caller, 1, 0, window);
        if (decision.waits) {
            caller.reset();
        } else if (decision.status == PD_OK) {
            ++calls;
            EXPECT_TRUE(world.touch(*caller, window - page));
            EXPECT_FALSE(world.touch(*caller, window));
        } else {
            EXPECT_EQ(decision.status, PD_NOT_RUNNING);
        }
    }

    std::array<std::optional<Caller>, callers> on_vcpu_;
};

TEST(G11Stress, domains_are_stopped_and_started_anew_while_threads_are_in_calls_of_them)
{
    CallingMachine machine;
    std::vector<std::thread> threads;
    for (std::uint32_t number = 0; number < CallingMachine::callers; ++number) {
        threads.emplace_back([&machine, number] { machine.run_vcpu(number); });
    }
    threads.emplace_back([&machine] { machine.run_stopper(); });
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_GT(machine.calls, 0U);
    EXPECT_GT(machine.cut_short, 0U);
    for (std::uint32_t domain = 0; domain < 3; ++domain) {
        machine.world.supervisor.stop_domain(DomainId{domain});
    }
    machine.world.release_quiescent();
    machine.world.check_idle();
    EXPECT_EQ(machine.world.machine.committed_pages(), 0U);
    EXPECT_EQ(machine.world.supervisor.live_domains(), 0U);
}

} // namespace
} // namespace glacis::supervisor::test
