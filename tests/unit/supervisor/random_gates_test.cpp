// Random requests from several vCPUs, their effects interleaved at random, some made to fail, calls
// across domains, prepared and not, domains stopped and restarted under way; after every step the
// record is checked and the machine compared.

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint32_t domains = 3;

/// Room for two threads a domain from the start, and for some more.
[[nodiscard]] Layout random_layout()
{
    Layout layout = small_layout();
    layout.stack_area.end = layout.stack_area.begin + 12 * layout.stack_slot;
    return layout;
}

class RandomDriver {
public:
    explicit RandomDriver(std::uint64_t seed)
        : world_(random_layout()), random_(seed), vcpus_(world_.layout.vcpus)
    {
        world_.main_commit = 4 * page;
        for (std::uint32_t number = 0; number < domains; ++number) {
            Quota quota;
            quota.memory = 40 * page;
            quota.stacks = 6;
            quota.threads = 6;
            add_thread(world_.add_domain("domain" + std::to_string(number), quota));
        }
        // Each may call all others, and the first itself too.
        for (std::uint32_t from = 0; from < domains; ++from) {
            for (std::uint32_t to = from == 0 ? 0 : 1; to < domains; ++to) {
                const DomainId callee{(from + to) % domains};
                world_.supervisor.add_gate(DomainId{from}, {callee, page, 0});
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
        EXPECT_GT(calls_made_, 0U);
        EXPECT_GT(prepared_calls_, 0U);
    }

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
                catch_up(vcpus_[vcpu]);
            }
            if (vcpus_[vcpu].thread) {
                leave(vcpu);
            }
        }
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
        /// What the shim has done since the VMM last looked: in which calls the thread is now.
        std::optional<std::vector<Activation>> unseen;
        /// Returns to these have been made to come to the VMM, when it caught up.
        std::set<std::pair<DomainId, std::uint32_t>> must_leave;
    };
    /// A call that the shim may carry out for a thread: from code that runs as `from` in `view`.
    struct Prepared {
        DomainId from{};
        StackView view;
        Activation to;
        StackView to_view;
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
        return chance(3) ? PD_SELF : chance(20) ? domains : below(domains);
    }
    [[nodiscard]] std::uint64_t timeout() { return chance(15) ? PD_FOREVER : below(200); }
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
        switch (below(21)) {
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
        case 19:
            return chance(8) ? Request(GateServe{}) : Request(GateOpen{});
        default:
            return ending_or_sleeping();
        }
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
        switch (below(12)) {
        case 0:
            return ThreadExit{below(100)};
        case 1:
        case 2:
        case 3:
            return ThreadSleep{below(100)};
        case 4:
        case 5:
        case 6:
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
                vcpu.thread = world_.here(*dispatch, number);
                if (dispatch->start && !chance(4)) {
                    vcpu.plan = InProgress{world_.begin(*vcpu.thread, GateOpen{}), {}, true};
                    settle(number);
                }
                forget_outdated(vcpu);
            }
        } else if (chance(3)) {
            step_call(vcpu);
        } else if (chance(6)) {
            leave(number);
        } else if (chance(5)) {
            catch_up(vcpu);
        } else if (chance(4)) {
            touch(vcpu);
        } else {
            look(vcpu);
            const Request wanted = request(*vcpu.thread);
            if (std::holds_alternative<StackActivate>(wanted) ||
                std::holds_alternative<StackSetPerm>(wanted)) {
                prepared_.erase(vcpu.thread->thread);
            }
            vcpu.plan = InProgress{world_.begin(*vcpu.thread, wanted), {}, true};
            settle(number);
        }
    }

    void leave(std::uint32_t number)
    {
        look(vcpus_[number]);
        world_.supervisor.leave(VcpuId{number}, world_.now);
        vcpus_[number].thread.reset();
    }

    /// The guest's access to a page somewhere, with the VMM's handling of the fault.
    void touch(Vcpu& vcpu)
    {
        look(vcpu);
        const std::uint64_t address =
            chance(2) ? on_stack(*vcpu.thread) : page_floor(stack() + below(16) * page);
        if (world_.layout.stack_area.contains(address) &&
            world_.supervisor.can_go_on(vcpu.thread->thread)) {
            world_.touch(*vcpu.thread, address);
        }
    }

    // ---- calls across domains
    // --------------------------------------------------------------------

    /// As the VMM does whenever the vCPU has left the guest.
    void look(Vcpu& vcpu)
    {
        if (vcpu.unseen) {
            world_.follow(*vcpu.thread, *std::exchange(vcpu.unseen, std::nullopt));
        }
    }

    void catch_up(Vcpu& vcpu)
    {
        look(vcpu);
        forget_outdated(vcpu);
        if (world_.catch_up(*vcpu.thread).has_left) {
            vcpu.thread.reset();
        }
    }

    void forget_outdated(Vcpu& vcpu)
    {
        const ThreadId thread = vcpu.thread->thread;
        std::erase_if(prepared_[thread], [this](const Prepared& prepared) {
            return !world_.supervisor.is_current(prepared.to);
        });
        for (const Activation& activation : world_.calls(thread)) {
            if (!world_.supervisor.is_current(activation)) {
                vcpu.must_leave.insert(key(activation));
            }
        }
    }

    void step_call(Vcpu& vcpu)
    {
        const ThreadId thread = vcpu.thread->thread;
        const std::vector<Activation> calls = vcpu.unseen ? *vcpu.unseen : world_.calls(thread);
        if (!calls.empty() && chance(2)) {
            go_back(vcpu, calls);
            return;
        }
        if (const Prepared* prepared = find_prepared(vcpu, calls); prepared && !chance(3)) {
            EXPECT_FALSE(at_rest_.contains({prepared->to.domain, prepared->to.incarnation}))
                << "G8: a prepared call led into a domain at rest";
            EXPECT_TRUE(world_.machine.has_root(prepared->to.domain, prepared->to_view))
                << "G2: a prepared call led to a root that was closed";
            vcpu.unseen = calls;
            vcpu.unseen->push_back(prepared->to);
            ++prepared_calls_;
            return;
        }
        catch_up(vcpu);
        if (vcpu.thread) {
            call(vcpu);
        }
    }

    /// By the shim, if nothing that the VMM knows forbids it.
    void go_back(Vcpu& vcpu, std::vector<Activation> calls)
    {
        calls.pop_back();
        vcpu.unseen = std::move(calls);
        if (!vcpu.unseen->empty()) {
            const auto to = key(vcpu.unseen->back());
            if (vcpu.must_leave.contains(to)) {
                catch_up(vcpu);
                return;
            }
            EXPECT_FALSE(at_rest_.contains(to)) << "G8: a return led into a domain at rest";
        }
        if (chance(2)) {
            catch_up(vcpu);
        }
    }

    void call(Vcpu& vcpu)
    {
        Caller& caller = *vcpu.thread;
        const DomainId from = caller.domain;
        const StackView view = world_.view(caller);
        const std::uint64_t end = std::min(view.end, world_.top(caller));
        const std::uint64_t window = chance(10) ? memory() : end - below(3) * page;
        const CallDecision decision = world_.cross(caller, below(5), chance(20) ? 1 : 0, window);
        if (decision.waits) {
            vcpu.thread.reset();
        } else if (decision.status == PD_OK) {
            ++calls_made_;
            prepared_[caller.thread].push_back({from, view, decision.activation, decision.view});
        }
    }

    const Prepared* find_prepared(const Vcpu& vcpu, const std::vector<Activation>& calls)
    {
        const ThreadId thread = vcpu.thread->thread;
        const StackId stack = world_.supervisor.current_stack(thread);
        const std::uint32_t number = static_cast<std::uint32_t>(vcpu.thread->vcpu);
        const DomainId from = calls.empty() ? world_.last(number).domain : calls.back().domain;
        const StackView view = calls.empty() ? StackView(stack)
                                             : StackView(stack, calls.back().end,
                                                         static_cast<std::uint32_t>(calls.size()));
        for (const Prepared& prepared : prepared_[thread]) {
            if (prepared.from == from && prepared.view == view && chance(2)) {
                return &prepared;
            }
        }
        return nullptr;
    }

    [[nodiscard]] static std::pair<DomainId, std::uint32_t> key(const Activation& activation)
    {
        return {activation.domain, activation.incarnation};
    }

    /// Promise G9, of a thread in a call: below the window nobody else reaches its stack, above it
    /// the callee has what it was granted and no more.
    void check_frames(const Vcpu& vcpu)
    {
        if (!vcpu.thread || vcpu.plan || vcpu.unseen || world_.calls(vcpu.thread->thread).empty() ||
            !world_.supervisor.can_go_on(vcpu.thread->thread)) {
            return;
        }
        const Caller& caller = *vcpu.thread;
        const StackView view = world_.view(caller);
        for (std::uint64_t at = world_.bottom(caller); at < world_.top(caller); at += page) {
            for (std::uint32_t number = 0; number < domains; ++number) {
                const DomainId domain{number};
                const Perm granted = world_.supervisor.permission(domain, StackId{0}, at);
                if (at < view.end) {
                    EXPECT_EQ(granted, Perm::none) << "G9: a callee's frames are within reach";
                } else if (domain == caller.domain) {
                    EXPECT_EQ(world_.supervisor.permission(domain, view, at), granted)
                        << "G9: a callee reaches its callers' frames";
                }
            }
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
        if (world_.layout.memory.contains(value)) {
            given_.push_back(value);
        }
        if (world_.supervisor.thread_number(ThreadId{value}) != UINT64_MAX) {
            threads_.push_back(value);
        }
        const StackView view = world_.view(*vcpu.thread);
        world_.machine.build_root(vcpu.thread->domain, view,
                                  world_.supervisor.stack_pages(vcpu.thread->domain, view));
        catch_up(vcpu);
    }

    // ---- the VMM's own work
    // ----------------------------------------------------------------------

    void step_vmm()
    {
        if (release_) {
            step_release();
        } else if (const auto domain = world_.supervisor.take_quiescent()) {
            world_.machine.drop_domain(*domain);
            // It was running until the stop that the number counts.
            at_rest_.insert({*domain, world_.supervisor.incarnation(*domain) - 1});
            release_ = InProgress{world_.supervisor.release_domain(*domain), {}, false};
        } else if (chance(60) || nothing_happens()) {
            if (chance(2)) {
                world_.supervisor.expect_restart(
                    DomainId{static_cast<std::uint32_t>(below(domains))});
            }
            world_.supervisor.stop_domain(DomainId{static_cast<std::uint32_t>(below(domains))});
        } else {
            restart();
        }
    }

    /// Time passes to where the next sleeper wakes; when there is none, somebody has to be stopped.
    [[nodiscard]] bool nothing_happens()
    {
        const bool is_busy = world_.supervisor.has_ready() ||
                             std::any_of(vcpus_.begin(), vcpus_.end(),
                                         [](const Vcpu& vcpu) { return vcpu.thread.has_value(); });
        if (const auto deadline = world_.supervisor.next_deadline(); !is_busy && deadline) {
            world_.now = std::max(world_.now, *deadline);
            return false;
        }
        return !is_busy && world_.supervisor.live_domains() == domains;
    }

    void step_release()
    {
        if (!release_->plan.is_final) {
            step_plan(*release_, 0);
            return;
        }
        release_.reset();
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
        const Plan stack =
            world_.perform(world_.supervisor.reserve_stack(domain, 4 * page, 4 * page));
        if (image.reply.status != PD_OK || stack.reply.status != PD_OK) {
            world_.supervisor.stop_domain(domain);
            return;
        }
        world_.set_image(domain, image.reply.value);
        const Range code{image.reply.value, image.reply.value + page};
        world_.perform(world_.supervisor.set_reserved_perm(domain, code, Perm::read_execute));
        world_.supervisor.start_main_thread(domain, StackId{stack.reply.value}, code.begin, 0);
        add_thread(domain);
    }
    void add_thread(DomainId domain)
    {
        const Plan stack =
            world_.perform(world_.supervisor.reserve_stack(domain, 4 * page, 6 * page));
        if (stack.reply.status == PD_OK) {
            world_.supervisor.start_main_thread(domain, StackId{stack.reply.value},
                                                world_.code(domain), 0);
        }
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

    void check()
    {
        for (const Vcpu& vcpu : vcpus_) {
            check_frames(vcpu);
        }
        if (is_idle()) {
            world_.check_idle();
        } else {
            world_.check();
        }
    }

    World world_;
    std::mt19937_64 random_;
    std::vector<Vcpu> vcpus_;
    std::vector<std::uint64_t> threads_; ///< handles that were given out
    std::vector<std::uint64_t> given_;   ///< addresses that memory_alloc gave
    std::optional<InProgress> release_;
    std::map<ThreadId, std::vector<Prepared>> prepared_;
    /// Domains that the supervisor called quiescent, in which incarnation.
    std::set<std::pair<DomainId, std::uint32_t>> at_rest_;
    std::size_t successes_ = 0;
    std::size_t calls_made_ = 0; ///< that were not prepared
    std::size_t prepared_calls_ = 0;
};

class G1ToG11RandomRequests : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(G1ToG11RandomRequests, keep_every_invariant_and_leave_nothing)
{
    RandomDriver driver(GetParam());
    driver.run(3000);
    driver.wind_down();
}

INSTANTIATE_TEST_SUITE_P(Seeds, G1ToG11RandomRequests,
                         ::testing::Range(std::uint64_t{1}, std::uint64_t{9}));

} // namespace
} // namespace glacis::supervisor::test
