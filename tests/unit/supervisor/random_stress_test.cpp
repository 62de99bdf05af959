// Random requests of every kind from real threads, one a vCPU, with the supervisor behind one lock
// and effects outside of it, as the VMM has it; some effects fail, and domains are stopped,
// released and restarted meanwhile. The invariants are checked in every hold of the lock. Clean
// under ThreadSanitizer.

#include <atomic>
#include <mutex>
#include <thread>

#include <sched.h>

#include <gtest/gtest.h>

#include "random_requests.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint32_t vcpus = 4;
constexpr std::uint64_t wanted = 15000; ///< calls that succeed, of all vCPUs together

using Lock = std::unique_lock<std::mutex>;

class Machine {
public:
    Machine()
    {
        add_domains(world);
        described_ = world.supervisor.domain_count();
    }

    void run_vcpu(std::uint32_t number)
    {
        RandomRequests requests(world, given_, number);
        std::optional<Caller> caller;
        while (!::testing::Test::HasFailure()) {
            preempt();
            Lock lock(mutex_);
            if (successes_ >= wanted) {
                break;
            }
            now_ += requests.below(20);
            if (!caller) {
                caller = dispatch(number);
            } else if (requests.chance(30)) {
                world.now = now_;
                if (suspend_faulting(world, given_, *caller, requests.below(400))) {
                    caller.reset();
                }
            } else if (requests.chance(8)) {
                leave(caller);
            } else if (requests.chance(4)) {
                requests.touch(*caller);
            } else {
                request(lock, caller, requests);
            }
            check();
        }
        const Lock lock(mutex_);
        leave(caller);
        --busy_vcpus_;
    }

    /// What one vCPU does beside its threads in the VMM.
    void run_vmm()
    {
        RandomRequests random(world, given_, 1000);
        while (true) {
            preempt();
            Lock lock(mutex_);
            if (busy_vcpus_ == 0) {
                return;
            }
            const DomainId domain{static_cast<std::uint32_t>(random.below(described_))};
            if (!release_one(lock, random)) {
                if (world.supervisor.state(domain) == DomainState::released) {
                    restart(world, domain,
                            [&](Plan plan) { return perform(lock, std::move(plan), random, 0); });
                } else if (random.chance(50)) {
                    world.supervisor.stop_domain(domain);
                }
            }
            check();
        }
    }

    /// Precondition: no thread is in here any more.
    void wind_down()
    {
        for (std::uint32_t domain = 0; domain < described_; ++domain) {
            world.supervisor.stop_domain(DomainId{domain});
        }
        world.release_quiescent();
        world.check_idle();
        EXPECT_EQ(world.machine.committed_pages(), 0U);
        EXPECT_EQ(world.supervisor.live_domains(), 0U);
        EXPECT_GE(successes_, wanted);
    }

    World world;

private:
    /// The hook at every step: lets another thread go first.
    static void preempt() { sched_yield(); }

    void check() const
    {
        ASSERT_EQ(world.supervisor.check_invariants(), "");
        ASSERT_EQ(world.machine.error(), "");
        ASSERT_EQ(world.machine.find_excess(world.supervisor), "");
    }

    std::optional<Caller> dispatch(std::uint32_t number)
    {
        const auto dispatch = world.supervisor.dispatch(VcpuId{number}, now_, now_ % 2 == 0);
        if (!dispatch) {
            return std::nullopt;
        }
        if (dispatch->unanswered_fault != 0) { // the policy
            world.supervisor.stop_domain(dispatch->domain);
            world.supervisor.leave(VcpuId{number}, now_);
            return std::nullopt;
        }
        build_root(dispatch->domain, dispatch->stack);
        return Caller{dispatch->domain, dispatch->thread, VcpuId{number}};
    }

    void build_root(DomainId domain, StackId stack)
    {
        world.machine.build_root(domain, stack, world.supervisor.stack_pages(domain, stack));
    }

    void leave(std::optional<Caller>& caller)
    {
        if (caller) {
            world.supervisor.leave(caller->vcpu, now_);
            caller.reset();
        }
    }

    void request(Lock& lock, std::optional<Caller>& caller, RandomRequests& requests)
    {
        const Request request = requests.next(*caller);
        const Plan plan =
            perform(lock, world.supervisor.begin(*caller, request, now_), requests, 12);
        follow_up(world, given_, *caller, request, plan.reply,
                  [&](Plan next) { return perform(lock, std::move(next), requests, 0); });
        successes_ += plan.reply.status == PD_OK ? 1 : 0;
        if (plan.disposition == Disposition::reschedule) {
            caller.reset();
        } else {
            build_root(caller->domain, world.supervisor.current_stack(caller->thread));
        }
    }

    /// To the final plan; the lock is free while effects are performed. One in `failure_odds`
    /// effects of the first plan fails, none if that is 0.
    Plan perform(Lock& lock, Plan plan, RandomRequests& random, std::uint64_t failure_odds)
    {
        while (!plan.is_final) {
            check();
            lock.unlock();
            PlanOutcome outcome;
            for (const Effect& effect : plan.effects) {
                preempt();
                if (failure_odds != 0 && !std::holds_alternative<Release>(effect) &&
                    random.chance(failure_odds)) {
                    outcome.failed = true;
                    outcome.failure = EffectFailure::host_no_memory;
                    break;
                }
                world.machine.apply(effect);
                ++outcome.done;
            }
            preempt();
            lock.lock();
            plan = world.supervisor.finish(plan.ticket, outcome, now_);
            failure_odds = 0;
        }
        return plan;
    }

    bool release_one(Lock& lock, RandomRequests& random)
    {
        const std::optional<DomainId> domain = world.supervisor.take_quiescent();
        if (!domain) {
            return false;
        }
        world.machine.drop_domain(*domain);
        const auto perform_all = [&](Plan plan) {
            return perform(lock, std::move(plan), random, 0);
        };
        perform_all(world.supervisor.release_domain(*domain));
        conclude(world, *domain, random.chance(2), perform_all);
        return true;
    }

    std::mutex mutex_; ///< the monitor's; guards all but the machine, which has its own
    GivenOut given_;
    Nanoseconds now_ = 1000;
    std::uint32_t described_ = 0; ///< domains that are no children
    std::uint32_t busy_vcpus_ = vcpus;
    std::uint64_t successes_ = 0;
};

TEST(G1ToG8Stress, random_calls_from_several_vcpus_keep_every_invariant)
{
    Machine machine;
    std::vector<std::thread> threads;
    for (std::uint32_t number = 0; number < vcpus; ++number) {
        threads.emplace_back([&machine, number] { machine.run_vcpu(number); });
    }
    threads.emplace_back([&machine] { machine.run_vmm(); });
    for (std::thread& thread : threads) {
        thread.join();
    }
    machine.wind_down();
}

} // namespace
} // namespace glacis::supervisor::test
