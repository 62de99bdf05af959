// The default thread manager: it runs the domains that name none, and costs them nothing.

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine/vcpu_loop.hpp"
#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t millisecond = 1'000'000;
constexpr std::uint64_t mib = 1 << 20;

Scenario unmanaged(const std::vector<std::string>& arguments, std::uint32_t vcpus)
{
    Scenario scenario;
    scenario.vcpus(vcpus).domain("guest", "unmanaged", arguments);
    return scenario;
}

void expect_well(const Outcome& outcome)
{
    EXPECT_EQ(outcome.report.end, SystemEnd::completed);
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
    EXPECT_THAT(outcome.text("guest"), HasSubstr("done"));
    ASSERT_EQ(outcome.report.domains.size(), 1U) << "only what is described is reported";
    EXPECT_EQ(outcome.report.domains[0].name, "guest");
}

TEST(DefaultManager, runs_higher_priorities_first)
{
    const Outcome outcome =
        unmanaged({"higher_priorities_run_first"}, 1).slice(500 * millisecond).run();
    expect_well(outcome);
    EXPECT_THAT(outcome.text("guest"), HasSubstr("30 20 10\n"));
}

TEST(DefaultManager, lets_higher_priorities_wait_for_no_turn_to_end)
{
    expect_well(unmanaged({"higher_priorities_do_not_wait"}, 1).slice(10'000 * millisecond).run());
}

TEST(DefaultManager, lets_nobody_starve)
{
    expect_well(unmanaged({"nobody_starves"}, 1).run());
    expect_well(unmanaged({"nobody_starves"}, 2).run());
}

TEST(DefaultManager, gives_turns_as_long_as_the_description_says)
{
    const auto switches = [](std::uint64_t slice) {
        const Outcome outcome =
            unmanaged({"spins_beside_another"}, 1).slice(slice).timeout(300 * millisecond).run();
        EXPECT_EQ(outcome.report.end, SystemEnd::time_limit);
        EXPECT_EQ(outcome.report.exit_status(), 4);
        return outcome.report.counts.switches;
    };
    EXPECT_GT(switches(2 * millisecond), 60U);
    EXPECT_LT(switches(100 * millisecond), 40U);
}

TEST(DefaultManager, is_not_there_where_there_is_nothing_to_decide)
{
    const Outcome outcome = Scenario().domain("guest", "threads", {"exit_with_7"}).run();
    EXPECT_EQ(outcome.report.counts.switches, 1U) << "one thread, one dispatch";
}

TEST(DefaultManager, takes_no_slot_and_no_memory_of_the_description)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = unmanaged({"gets_all_that_is_described"}, vcpus).run();
        expect_well(outcome);
        EXPECT_THAT(outcome.text("guest"), HasSubstr(std::to_string(16 * mib) + " bytes\n"));
    }
}

TEST(G11DefaultManager, no_domain_can_name_it)
{
    expect_well(unmanaged({"cannot_name_the_manager"}, 1).run());
    expect_well(unmanaged({"cannot_name_the_manager"}, 2).run());
}

TEST(G11DefaultManager, no_domain_can_reach_it)
{
    constexpr std::uint64_t described_end = 0x100000000 + 16 * mib;
    for (const std::string what : {"memory", "stack"}) {
        const Outcome outcome =
            unmanaged({"reads_the_manager", what, std::to_string(described_end)}, 1).run();
        EXPECT_EQ(outcome.text("guest"), "about to read\n");
        EXPECT_EQ(outcome.domain("guest").end, DomainEnd::faulted);
    }
}

TEST(DefaultManager, runs_children_as_it_does_their_parents)
{
    Scenario scenario;
    scenario.program_region("program", "domains")
        .domain("parent", "domains", {"cycles_leave_nothing", "20"})
        .use("program", PD_PERM_READ)
        .domain("guest", "threads", {"many_threads"});
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("parent") << outcome.text("guest");
}

TEST(DefaultManager, does_its_work_without_protection_too)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = Scenario()
                                    .unprotected()
                                    .vcpus(vcpus)
                                    .domain("guest", "threads", {"many_threads"})
                                    .run();
        expect_well(outcome);
    }
}

/// A system whose default manager's program is overwritten when "guest" says that it is there.
class Wrecked {
public:
    explicit Wrecked(Scenario scenario) : scenario_(std::move(scenario)) {}

    RunReport run()
    {
        Core* running = nullptr;
        RunOptions& options = scenario_.options();
        options.console = [&running](std::string_view, std::string_view) {
            const std::lock_guard guard(running->mutex);
            const DomainRecord& manager = running->record(*running->default_manager);
            const std::uint64_t size = manager.description->program.image_size();
            constexpr int breakpoint = 0xcc;
            std::memset(running->space->own_to_write(manager.image_base, size), breakpoint, size);
        };
        options.on_fault = [this](const FaultRecord& fault) {
            action_ = fault.action;
        };
        Core core(scenario_.system(), options);
        running = &core;
        const auto built = core.build();
        EXPECT_TRUE(built);
        VcpuLoop(core, 0).run();
        return core.report();
    }
    [[nodiscard]] const std::string& action() const { return action_; }

private:
    Scenario scenario_;
    std::string action_;
};

TEST(G11DefaultManager, its_fault_is_reported_by_name_and_ends_those_that_it_manages)
{
    Wrecked system(unmanaged({"says_so_and_goes_on"}, 1));
    const RunReport report = system.run();
    ASSERT_EQ(report.faults.size(), 1U);
    EXPECT_EQ(report.faults[0].domain, "builtin:round_robin");
    EXPECT_THAT(system.action(),
                HasSubstr("'builtin:round_robin' stopped; 1 other domain goes on"));
    ASSERT_EQ(report.domains.size(), 1U);
    EXPECT_EQ(report.domains[0].end, DomainEnd::abandoned);
    EXPECT_EQ(report.end, SystemEnd::completed);
    EXPECT_EQ(report.exit_status(), 3);
}

} // namespace
} // namespace glacis::kvm_tests
