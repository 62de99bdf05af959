// Runs that can be repeated exactly, and interventions: what fault injection stands on.

#include <map>
#include <native/stepping.hpp>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine/core.hpp"
#include "machine/intervention.hpp"
#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t millisecond = 1'000'000;

Scenario repeatable(const std::string& guest, const std::string& property,
                    const std::string& more = {})
{
    Scenario scenario;
    scenario.domain("guest", guest, {property, more});
    scenario.options().repeatable = Repeatable{{}, 1};
    return scenario;
}

/// Counts what it sees, and ends nothing.
class Onlooker : public Intervention {
public:
    Status on_built(Core& /*core*/) override
    {
        ++built;
        return Done{};
    }
    void before_entry(RunningThread& /*thread*/) override { ++entries; }
    Next on_event(RunningThread& /*thread*/, CpuEvent& /*event*/) override
    {
        ++events;
        return Next::as_it_is;
    }
    void on_end(Core& core) override
    {
        ++ended;
        const std::lock_guard guard(core.mutex);
        EXPECT_EQ(core.supervisor->check_invariants(), "");
    }

    int built = 0;
    int entries = 0;
    int events = 0;
    int ended = 0;
};

void expect_same_each_time(const Scenario& scenario, const std::string& property)
{
    SCOPED_TRACE(property);
    std::vector<Outcome> outcomes;
    for (int repetition = 0; repetition < 3; ++repetition) {
        outcomes.push_back(Scenario(scenario).run());
        EXPECT_EQ(outcomes.back().report.exit_status(), 0);
        EXPECT_EQ(outcomes.back().console, outcomes[0].console);
        EXPECT_EQ(outcomes.back().report.counts.hypercalls, outcomes[0].report.counts.hypercalls);
        EXPECT_EQ(outcomes.back().report.counts.switches, outcomes[0].report.counts.switches);
    }
}

TEST(RepeatableRun, does_the_same_each_time_whatever_the_slice)
{
    for (const char* property : {"mutexes_exclude_and_once_runs_once", "threads_share_the_heap",
                                 "conditions_and_semaphores_wake_and_time_out",
                                 "clocks_go_on_and_sleeps_last", "lines_of_threads_do_not_mix"}) {
        expect_same_each_time(repeatable("runtime", property).slice(millisecond / 10), property);
    }
}

TEST(RepeatableRun, does_the_same_each_time_on_several_vcpus_too)
{
    for (const char* property : {"mutexes_exclude_and_once_runs_once", "threads_share_the_heap",
                                 "conditions_and_semaphores_wake_and_time_out"}) {
        expect_same_each_time(repeatable("runtime", property).vcpus(3), property);
    }
}

/// Makes every thread give way at each of its hypercalls, once.
class GivesWay final : public Onlooker {
public:
    Next on_event(RunningThread& thread, CpuEvent& event) override
    {
        if (!std::holds_alternative<HypercallEvent>(event) || !thread.has_others()) {
            return Next::as_it_is;
        }
        vcpus_.insert(thread.vcpu());
        bool& is_due = is_due_[thread.thread()];
        is_due = !is_due;
        auto registers = thread.registers();
        if (!is_due || !registers) {
            return Next::as_it_is;
        }
        stepping::retry_hypercall(*registers);
        EXPECT_TRUE(thread.set_registers(*registers));
        ++ways_given;
        return Next::give_way;
    }
    [[nodiscard]] std::size_t vcpus() const { return vcpus_.size(); }
    int ways_given = 0;

private:
    std::map<supervisor::ThreadId, bool> is_due_;
    std::set<std::uint32_t> vcpus_;
};

TEST(RepeatableRun, threads_that_give_way_wait_on_their_vcpus)
{
    std::vector<std::uint64_t> calls;
    for (int repetition = 0; repetition < 3; ++repetition) {
        GivesWay gives_way;
        Scenario scenario;
        scenario.vcpus(3).domain("guest", "stacks", {"storm", "4", "30"});
        scenario.options().repeatable = Repeatable{{}, 1};
        scenario.options().intervention = &gives_way;
        const Outcome outcome = scenario.run();
        EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest");
        EXPECT_EQ(gives_way.vcpus(), 3U) << "each of them ran somebody";
        EXPECT_GT(gives_way.ways_given, 50);
        calls.push_back(outcome.report.counts.hypercalls);
    }
    EXPECT_EQ(calls[1], calls[0]);
    EXPECT_EQ(calls[2], calls[0]);
}

TEST(RepeatableRun, who_spins_for_another_vcpus_thread_lets_it_go_on)
{
    Scenario scenario;
    scenario.vcpus(2).region("meet", 4096);
    constexpr std::uint32_t both = PD_PERM_READ | PD_PERM_WRITE;
    scenario.domain("ping", "threads", {"ping"}).use("meet", both);
    scenario.domain("pong", "threads", {"pong"}).use("meet", both);
    scenario.domain("spinner", "threads", {"spin_for_ever", "1"});
    scenario.last().time_limit_ns = 50 * millisecond;
    scenario.options().repeatable = Repeatable{{20 * millisecond, 10'000 * millisecond}, 1};
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.classes(), "time limit");
    EXPECT_EQ(outcome.domain("ping").status, 0U);
    EXPECT_EQ(outcome.domain("pong").end, DomainEnd::exited);
}

TEST(RepeatableRun, sleeps_take_no_time_of_the_hosts)
{
    Onlooker onlooker;
    Scenario scenario = repeatable("runtime", "clocks_go_on_and_sleeps_last");
    scenario.options().intervention = &onlooker;
    EXPECT_THAT(scenario.run().text("guest"), HasSubstr("done"));
    EXPECT_EQ(onlooker.built, 1);
    EXPECT_EQ(onlooker.ended, 1);
    EXPECT_GT(onlooker.events, 0);
    EXPECT_GE(onlooker.entries, onlooker.events);
}

TEST(RepeatableRun, who_hangs_is_found_by_what_is_due_next)
{
    // The domain's own limit, which a clock that stood still would never reach.
    Scenario scenario = repeatable("threads", "spin_for_ever", "1");
    scenario.options().repeatable->patience.without_exit = 20 * millisecond;
    scenario.last().time_limit_ns = 50 * millisecond;
    const Outcome limited = scenario.run();
    EXPECT_EQ(limited.classes(), "time limit");

    // Nothing is due: the system's end.
    scenario.last().time_limit_ns.reset();
    EXPECT_EQ(scenario.run().report.end, SystemEnd::time_limit);
}

TEST(RepeatableRun, takes_only_so_long_altogether)
{
    Scenario scenario = repeatable("threads", "ping");
    scenario.domain("other", "threads", {"spin_for_ever", "1"});
    for (const std::uint32_t vcpus : {1U, 3U}) {
        scenario.vcpus(vcpus).options().repeatable->patience = {5 * millisecond, 60 * millisecond};
        EXPECT_EQ(scenario.run().report.end, SystemEnd::time_limit);
    }
}

TEST(RepeatableRun, that_goes_on_by_exits_ends_at_the_same_one_each_time)
{
    Scenario scenario;
    scenario.domain("guest", "stacks", {"storm", "6", "1000"});
    scenario.options().repeatable = Repeatable{{}, 1};
    std::vector<std::uint64_t> calls;
    for (const std::uint64_t most : {100U, 100U, 50U}) {
        scenario.options().repeatable->patience.exits = most;
        const Outcome outcome = scenario.run();
        EXPECT_EQ(outcome.report.end, SystemEnd::time_limit);
        calls.push_back(outcome.report.counts.hypercalls);
    }
    EXPECT_EQ(calls[0], calls[1]);
    EXPECT_LT(calls[2], calls[0]);
    EXPECT_LE(calls[0], 100U);
}

/// Refuses each hypercall of one kind.
class Refuser final : public Onlooker {
public:
    explicit Refuser(std::uint64_t number, pd_status status) : number_(number), status_(status) {}
    Next on_event(RunningThread& thread, CpuEvent& event) override
    {
        const auto* call = std::get_if<HypercallEvent>(&event);
        if (call == nullptr || call->number != number_) {
            return Next::as_it_is;
        }
        ++refused;
        thread.answer(status_, 0);
        return Next::resume;
    }
    int refused = 0;

private:
    std::uint64_t number_;
    pd_status status_;
};

TEST(Intervention, answers_a_call_that_nobody_carries_out)
{
    Refuser refuser(GLACIS_CALL_MEMORY_ALLOC, PD_NO_MEMORY);
    Scenario scenario = repeatable("runtime", "threads_share_the_heap");
    scenario.options().intervention = &refuser;
    const Outcome outcome = scenario.run();
    EXPECT_GT(refuser.refused, 0);
    EXPECT_NE(outcome.report.exit_status(), 0);
}

/// Changes a register of the thread whenever it comes out, and puts it back.
class Juggler final : public Onlooker {
public:
    void before_entry(RunningThread& thread) override
    {
        auto registers = thread.registers();
        ASSERT_TRUE(registers);
        const ThreadContext before = *registers;
        registers->general[1] ^= 0xffff;
        ASSERT_TRUE(thread.set_registers(*registers));
        const auto changed = thread.registers();
        ASSERT_TRUE(changed);
        EXPECT_EQ(changed->general, registers->general);
        ASSERT_TRUE(thread.set_registers(before));
        const auto after = thread.registers();
        ASSERT_TRUE(after);
        EXPECT_EQ(after->general, before.general);
        EXPECT_EQ(after->program_counter, before.program_counter);
        EXPECT_EQ(after->stack_pointer, before.stack_pointer);
        ++entries;
    }
};

TEST(Intervention, registers_that_are_put_back_make_no_difference)
{
    Juggler juggler;
    Scenario scenario = repeatable("threads", "registers_survive");
    scenario.options().intervention = &juggler;
    EXPECT_EQ(scenario.run().report.exit_status(), 0);
    EXPECT_GT(juggler.entries, 3);
}

TEST(Intervention, ends_the_system)
{
    class Ender final : public Onlooker {
    public:
        Next on_event(RunningThread& /*thread*/, CpuEvent& /*event*/) override { return Next::end; }
    } ender;
    Scenario scenario = repeatable("threads", "registers_survive");
    scenario.options().intervention = &ender;
    EXPECT_EQ(scenario.run().report.end, SystemEnd::interrupted);
}

/// Lets each thread run only when it has been put on the vCPU for the second time.
class Ditherer final : public Onlooker {
public:
    bool shall_run(RunningThread& thread) override
    {
        ++asked;
        return ++times_[thread.thread()] % 2 == 0;
    }
    int asked = 0;

private:
    std::map<supervisor::ThreadId, int> times_;
};

TEST(Intervention, passes_over_a_thread_that_is_about_to_go_on)
{
    Ditherer ditherer;
    Scenario scenario = repeatable("runtime", "threads_share_the_heap");
    scenario.options().intervention = &ditherer;
    EXPECT_EQ(scenario.run().report.exit_status(), 0);
    EXPECT_GT(ditherer.asked, 4);
}

} // namespace
} // namespace glacis::kvm_tests
