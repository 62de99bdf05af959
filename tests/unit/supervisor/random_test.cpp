// Random requests from several vCPUs, their effects interleaved at random, some made to fail,
// domains stopped and restarted under way; after every step the record is checked and the machine
// compared.

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint32_t domains = 3;

class RandomDriver {
public:
    explicit RandomDriver(std::uint64_t seed) : random_(seed), vcpus_(world_.layout.vcpus)
    {
        for (std::uint32_t number = 0; number < domains; ++number) {
            Quota quota;
            quota.memory = 40 * page;
            quota.stacks = 6;
            quota.threads = 6;
            const DomainId domain = world_.add_domain("domain" + std::to_string(number), quota);
            if (number > 0) { // the first has no handler, the third suspends
                world_.supervisor.set_fault_handler(domain, DomainId{number - 1}, number == 2);
            }
        }
    }

    void run(int steps)
    {
        for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
            SCOPED_TRACE(step);
            world_.now += below(20);
            const std::size_t who = below(vcpus_.size() + 1);
            if (who < vcpus_.size()) {
                step_vcpu(static_cast<std::uint32_t>(who));
            } else {
                step_vmm();
            }
            check();
        }
        EXPECT_GT(successes_, 0U);
    }

    [[nodiscard]] std::size_t children() const { return children_; }
    [[nodiscard]] std::size_t resumed() const { return resumed_; }

    /// Stops everything: nothing may be left.
    void wind_down()
    {
        for (std::uint32_t number = 0; number < domains; ++number) {
            world_.supervisor.stop_domain(DomainId{number});
        }
        for (std::uint32_t vcpu = 0; vcpu < vcpus_.size(); ++vcpu) {
            while (vcpus_[vcpu].plan) {
                step_plan(*vcpus_[vcpu].plan, 0);
                settle(vcpu);
            }
            if (vcpus_[vcpu].thread) {
                leave(vcpu);
            }
        }
        is_winding_down_ = true;
        while (release_) {
            step_release();
        }
        world_.release_quiescent();
        world_.check_idle();
        EXPECT_EQ(world_.machine.committed_pages(), 0U);
        EXPECT_FALSE(world_.supervisor.next_deadline().has_value());
        EXPECT_EQ(world_.supervisor.live_domains(), 0U);
    }

private:
    struct InProgress {
        Plan plan;
        PlanOutcome outcome;
        bool may_fail = true; ///< the first plan of a request
    };
    struct Vcpu {
        std::optional<Caller> thread;
        std::optional<InProgress> plan;
        bool is_creating = false; ///< the call in progress is a domain_create
    };

    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    [[nodiscard]] bool chance(std::uint64_t in) { return below(in) == 0; }

    // ---- random arguments
    // ------------------------------------------------------------------------

    [[nodiscard]] std::uint64_t stack()
    {
        const std::uint64_t slots = world_.layout.stack_area.size() / world_.layout.stack_slot;
        const std::uint64_t id =
            world_.layout.stack_area.begin + below(slots + 1) * world_.layout.stack_slot;
        return chance(30) ? random_() : id;
    }
    [[nodiscard]] std::uint64_t memory()
    {
        // Mostly near what somebody was given not long ago, so that requests meet.
        if (!chance(4) && !given_.empty()) {
            return given_[given_.size() - 1 - below(std::min<std::size_t>(given_.size(), 6))] +
                   below(2) * page;
        }
        const std::uint64_t base = world_.layout.memory.begin + below(64) * page;
        return chance(20) ? random_() : base;
    }
    [[nodiscard]] std::uint64_t length()
    {
        return chance(30) ? random_() : chance(20) ? 0 : (1 + below(3)) * page;
    }
    [[nodiscard]] std::uint64_t perm()
    {
        const std::uint64_t perms[] = {0, 1, 1, 3, 3, 3, 5, 6, 2, 1};
        return perms[below(10)];
    }
    [[nodiscard]] std::uint64_t domain()
    {
        if (chance(3) && !handles_.empty()) {
            return handles_[below(handles_.size())];
        }
        return chance(3) ? PD_SELF : chance(20) ? domains : below(domains);
    }
    [[nodiscard]] std::uint64_t timeout() { return chance(4) ? PD_FOREVER : below(200); }
    [[nodiscard]] std::uint64_t thread()
    {
        return threads_.empty() ? 0 : threads_[below(threads_.size())];
    }
    [[nodiscard]] std::uint64_t on_stack(const Caller& caller)
    {
        const auto current =
            static_cast<std::uint64_t>(world_.supervisor.current_stack(caller.thread));
        return current + world_.layout.stack_slot - (1 + below(4)) * page;
    }

    [[nodiscard]] Request request(const Caller& caller)
    {
        switch (below(28)) {
        case 23:
            return FaultWait{timeout()};
        case 24:
        case 26:
        case 27:
            return FaultResume{fault(), chance(3)};
        case 25:
            return chance(2) ? Request{FaultRead{fault()}} : Request{FaultEnd{fault()}};
        case 20:
            return create_domain();
        case 21:
            return chance(3) ? Request{DomainInfo{domain()}} : DomainWait{domain(), timeout()};
        case 22:
            return DomainDestroy{domain()};
        case 0:
        case 1:
            return MemoryAlloc{length(), perm()};
        case 2:
            return MemoryFree{memory(), length()};
        case 3:
        case 4:
            return MemorySetPerm{memory(), length(), perm(), domain(), below(2)};
        case 5:
            return MemoryTransfer{memory(), length(), domain()};
        case 6:
            return MemoryQuery{memory()};
        case 7:
        case 8:
            return StackAlloc{below(5) * page, below(8) * page, chance(4) ? stack() : 0, domain()};
        case 9:
            return StackFree{stack()};
        case 10:
            return StackGrow{stack(), below(8) * page};
        case 11:
            return StackActivate{stack(), PD_THIS_VCPU};
        case 12:
        case 13:
            return StackSetPerm{on_stack(caller), length(), perm(), domain(), below(2)};
        case 14:
            return StackInfo{stack()};
        case 15:
            return create(caller);
        case 16:
            return ThreadJoin{thread(), timeout()};
        case 17:
            return ThreadWait{chance(3) ? on_stack(caller) : memory(), 0, timeout()};
        case 18:
            return ThreadWake{memory(), below(3)};
        default:
            return ending_or_sleeping();
        }
    }
    /// Mostly one that waits for an answer, perhaps the caller's.
    [[nodiscard]] std::uint64_t fault()
    {
        std::vector<std::uint64_t> pending;
        for (const auto& [fault, domain] : faults_) {
            if (world_.supervisor.is_pending(fault)) {
                pending.push_back(fault);
            }
        }
        return pending.empty() || chance(8) ? faults_.size() : pending[below(pending.size())];
    }
    [[nodiscard]] Request create_domain()
    {
        DomainCreate request;
        request.quota = {(2 + below(8)) * page, 1 + below(3), (1 + below(6)) * page, 1 + below(3),
                         below(3)};
        request.memory = 2 * page;
        request.stack_commit = page;
        for (std::uint64_t grant = chance(2) ? 0 : below(3); grant > 0; --grant) {
            request.grants.push_back({memory(), length(), perm()});
        }
        return request;
    }
    [[nodiscard]] Request create(const Caller& caller)
    {
        ThreadCreate request;
        request.entry = world_.code(caller.domain);
        request.stack = stack();
        request.flags = below(2);
        return request;
    }
    [[nodiscard]] Request ending_or_sleeping()
    {
        switch (below(4)) {
        case 0:
            return ThreadExit{below(100)};
        case 1:
            return ThreadSleep{below(100)};
        case 2:
            return ThreadYield{};
        default:
            return ThreadSelf{};
        }
    }

    // ---- vCPUs
    // -----------------------------------------------------------------------------------

    void step_vcpu(std::uint32_t number)
    {
        Vcpu& vcpu = vcpus_[number];
        if (vcpu.plan) {
            step_plan(*vcpu.plan, 8);
            settle(number);
        } else if (!vcpu.thread) {
            if (const auto dispatch = world_.try_dispatch(number)) {
                vcpu.thread = Caller{dispatch->domain, dispatch->thread, VcpuId{number}};
                if (dispatch->unanswered_fault != 0) { // the policy
                    world_.supervisor.stop_domain(dispatch->domain);
                    leave(number);
                }
            }
        } else if (chance(20)) {
            // As the VMM does when the domain has been stopped, or has nobody to ask.
            const auto fault =
                world_.supervisor.suspend_faulting(VcpuId{number}, world_.now, 20 * below(200));
            if (fault) {
                faults_[*fault] = vcpu.thread->domain;
                vcpu.thread.reset();
            }
        } else if (chance(6)) {
            leave(number);
        } else if (chance(4)) {
            touch(*vcpu.thread);
        } else {
            const Request asked = request(*vcpu.thread);
            vcpu.is_creating = std::holds_alternative<DomainCreate>(asked);
            const auto* end = std::get_if<FaultEnd>(&asked);
            const auto* resume = std::get_if<FaultResume>(&asked);
            vcpu.plan = InProgress{world_.begin(*vcpu.thread, asked), {}, true};
            if (vcpu.plan->plan.reply.status == PD_OK && end != nullptr) {
                world_.supervisor.stop_domain(faults_.at(end->fault));
            }
            resumed_ += vcpu.plan->plan.reply.status == PD_OK && resume != nullptr ? 1 : 0;
            settle(number);
        }
    }

    void leave(std::uint32_t number)
    {
        world_.supervisor.leave(VcpuId{number}, world_.now);
        vcpus_[number].thread.reset();
    }

    /// The guest's access to a page somewhere, with the VMM's handling of the fault.
    void touch(const Caller& caller)
    {
        const StackId current = world_.supervisor.current_stack(caller.thread);
        const std::uint64_t address =
            chance(2) ? on_stack(caller) : page_floor(stack() + below(16) * page);
        if (!world_.layout.stack_area.contains(address)) {
            return;
        }
        const Perm perm = world_.supervisor.permission(caller.domain, current, address);
        if (perm != Perm::none) {
            world_.machine.build_root(caller.domain, current,
                                      world_.supervisor.stack_pages(caller.domain, current));
            world_.machine.fill(caller.domain, current, address, perm);
        }
        if (allows(perm, Perm::read_write)) {
            world_.machine.write(address, 1);
        }
    }

    /// One effect, or the finish. `failure_odds` of 0: nothing fails.
    void step_plan(InProgress& it, std::uint64_t failure_odds)
    {
        if (it.outcome.done < it.plan.effects.size()) {
            const Effect& effect = it.plan.effects[it.outcome.done];
            const bool can_fail = it.may_fail && !std::holds_alternative<Release>(effect);
            if (!can_fail || failure_odds == 0 || !chance(failure_odds)) {
                world_.machine.apply(effect);
                ++it.outcome.done;
                return;
            }
            it.outcome.failed = true;
            it.outcome.failure = static_cast<EffectFailure>(below(3));
            it.may_fail = false;
        }
        it.plan = world_.supervisor.finish(it.plan.ticket, it.outcome, world_.now);
        it.outcome = {};
    }

    void settle(std::uint32_t number)
    {
        Vcpu& vcpu = vcpus_[number];
        if (!vcpu.plan || !vcpu.plan->plan.is_final) {
            return;
        }
        const Plan plan = vcpu.plan->plan;
        vcpu.plan.reset();
        successes_ += plan.reply.status == PD_OK ? 1 : 0;
        if (plan.disposition == Disposition::reschedule) {
            vcpu.thread.reset();
            return;
        }
        const std::uint64_t value = plan.reply.value;
        if (vcpu.is_creating && plan.reply.status == PD_OK) {
            handles_.push_back(value);
            ++children_;
            if (chance(2)) {
                world_.supervisor.set_fault_handler(world_.supervisor.place(value),
                                                    vcpu.thread->domain, chance(2));
            }
            start(world_.supervisor.place(value));
        }
        if (world_.layout.memory.contains(value)) {
            given_.push_back(value);
        }
        if (world_.supervisor.thread_number(ThreadId{value}) != UINT64_MAX) {
            threads_.push_back(value);
        }
        const StackId current = world_.supervisor.current_stack(vcpu.thread->thread);
        world_.machine.build_root(vcpu.thread->domain, current,
                                  world_.supervisor.stack_pages(vcpu.thread->domain, current));
    }

    // ---- the VMM's own work
    // ----------------------------------------------------------------------

    void step_vmm()
    {
        if (release_) {
            step_release();
        } else if (const auto domain = world_.supervisor.take_quiescent()) {
            world_.machine.drop_domain(*domain);
            released_ = *domain;
            release_ = InProgress{world_.supervisor.release_domain(*domain), {}, false};
        } else if (chance(60)) {
            world_.supervisor.stop_domain(DomainId{static_cast<std::uint32_t>(below(domains))});
        } else {
            restart();
        }
    }

    void step_release()
    {
        if (!release_->plan.is_final) {
            step_plan(*release_, 0);
            return;
        }
        release_.reset();
        if (world_.supervisor.parent(released_) && !is_winding_down_ &&
            !world_.supervisor.is_doomed(released_) && chance(2)) {
            world_.supervisor.restart_domain(released_);
            world_.supervisor.begin_start(released_);
            start(released_);
            return;
        }
        world_.supervisor.conclude(released_);
        while (world_.supervisor.take_vacated()) {
        }
    }

    /// A child that has been made or is to begin anew, in one go; it may be stopped meanwhile.
    void start(DomainId child)
    {
        Supervisor& supervisor = world_.supervisor;
        const bool is_new = supervisor.usage(child).memory.peak == 0;
        const Plan image =
            world_.perform(supervisor.reserve_memory(child, 2 * page, Perm::read_write));
        const Plan stack = world_.perform(supervisor.reserve_stack(child, page, page));
        bool is_well = image.reply.status == PD_OK && stack.reply.status == PD_OK;
        while (is_well) {
            auto grant = supervisor.next_grant(child);
            if (!grant) {
                break;
            }
            is_well = world_.perform(std::move(*grant)).reply.status == PD_OK;
        }
        if (!is_well || chance(10)) {
            if (is_new) {
                supervisor.abandon_start(child);
            } else {
                supervisor.stop_domain(child);
                supervisor.end_start(child);
            }
            return;
        }
        world_.set_image(child, image.reply.value);
        const Range code{image.reply.value, image.reply.value + page};
        world_.perform(supervisor.set_reserved_perm(child, code, Perm::read_execute));
        supervisor.start_main_thread(child, StackId{stack.reply.value}, code.begin, 0);
        supervisor.end_start(child);
    }

    /// A released domain begins anew when there is room for its image and its stack.
    void restart()
    {
        const DomainId domain{static_cast<std::uint32_t>(below(domains))};
        if (world_.supervisor.state(domain) != DomainState::released) {
            return;
        }
        world_.supervisor.restart_domain(domain);
        const Plan image =
            world_.perform(world_.supervisor.reserve_memory(domain, 2 * page, Perm::read_write));
        const Plan stack = world_.perform(world_.supervisor.reserve_stack(domain, page, page));
        if (image.reply.status != PD_OK || stack.reply.status != PD_OK) {
            world_.supervisor.stop_domain(domain);
            return;
        }
        world_.set_image(domain, image.reply.value);
        const Range code{image.reply.value, image.reply.value + page};
        world_.perform(world_.supervisor.set_reserved_perm(domain, code, Perm::read_execute));
        world_.supervisor.start_main_thread(domain, StackId{stack.reply.value}, code.begin, 0);
    }

    [[nodiscard]] bool is_idle() const
    {
        for (const Vcpu& vcpu : vcpus_) {
            if (vcpu.plan) {
                return false;
            }
        }
        return !release_;
    }

    void check() const
    {
        if (is_idle()) {
            world_.check_idle();
        } else {
            world_.check();
        }
    }

    World world_;
    std::mt19937_64 random_;
    std::vector<Vcpu> vcpus_;
    std::vector<std::uint64_t> threads_;       ///< handles that were given out
    std::vector<std::uint64_t> given_;         ///< addresses that memory_alloc gave
    std::map<std::uint64_t, DomainId> faults_; ///< all that there were, and whose
    std::size_t resumed_ = 0;
    std::vector<std::uint64_t> handles_; ///< of children, those that are gone included
    std::optional<InProgress> release_;
    DomainId released_{}; ///< whose plan release_ is
    bool is_winding_down_ = false;
    std::size_t children_ = 0;
    std::size_t successes_ = 0;
};

class G1ToG8RandomRequests : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(G1ToG8RandomRequests, keep_every_invariant_and_leave_nothing)
{
    RandomDriver driver(GetParam());
    driver.run(10'000);
    driver.wind_down();
    EXPECT_GT(driver.children(), 10U);
    EXPECT_GT(driver.resumed(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, G1ToG8RandomRequests,
                         ::testing::Range(std::uint64_t{1}, std::uint64_t{9}));

} // namespace
} // namespace glacis::supervisor::test
