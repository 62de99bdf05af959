// domain_create, domain_destroy, domain_info, domain_wait: every status, and what is left.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t all = PD_UNLIMITED;

class DomainCalls : public ::testing::Test {
public:
    DomainCalls()
    {
        Quota quota;
        quota.memory = 30 * page;
        quota.stacks = 6;
        quota.stack_bytes = 20 * page;
        quota.threads = 6;
        quota.grants = 16;
        quota.domains = 5;
        parent = world.add_domain("parent", quota);
        other = world.add_domain("other");
        a = world.dispatch(0);
        b = world.dispatch(1);
    }
    ~DomainCalls() override { world.check_idle(); }

    /// Of what a child of World needs: an image of two pages and a stack of two.
    static DomainCreate modest()
    {
        DomainCreate request;
        request.name = "child";
        request.quota = {4 * page, 2, 6 * page, 2, 4, 0};
        request.memory = 2 * page;
        request.stack_commit = 2 * page;
        request.stack_limit = 4 * page;
        return request;
    }
    std::uint64_t create(const DomainCreate& request = modest())
    {
        const std::uint64_t handle = world.value(a, request);
        world.start_child(handle);
        return handle;
    }
    void expect_refused(const DomainCreate& request, pd_status status)
    {
        const std::string before = snapshot(world) + info_text(parent);
        EXPECT_EQ(world.status(a, request), status);
        EXPECT_EQ(snapshot(world) + info_text(parent), before);
    }
    pd_domain_info info(std::uint64_t handle)
    {
        const Reply reply = world.call(a, DomainInfo{handle});
        EXPECT_EQ(reply.status, PD_OK);
        return std::get<pd_domain_info>(reply.out);
    }
    std::string info_text(DomainId)
    {
        const pd_domain_info it = info(PD_SELF);
        std::string text;
        for (const pd_allowance& one :
             {it.memory, it.stacks, it.stack_bytes, it.threads, it.domains}) {
            text += std::to_string(one.quota) + "/" + std::to_string(one.held) + " ";
        }
        return text;
    }
    /// A main thread of a child on `vcpu` exits.
    void exit_on(std::uint32_t vcpu, std::uint64_t value)
    {
        world.call_plan(world.dispatch(vcpu), ThreadExit{value});
        world.release_quiescent();
    }

    World world;
    DomainId parent{};
    DomainId other{};
    Caller a;
    Caller b;
};

TEST_F(DomainCalls, a_child_runs_with_its_own_memory_and_stack)
{
    const std::uint64_t handle = create();
    const Caller child = world.dispatch(2);
    EXPECT_EQ(child.domain, world.supervisor.place(handle));
    EXPECT_EQ(world.supervisor.parent(child.domain), parent);
    world.value(child, MemoryAlloc{page, PD_PERM_READ});
    EXPECT_EQ(world.status(child, MemoryAlloc{2 * page, PD_PERM_READ}), PD_QUOTA_MEMORY);
    const pd_domain_info it = std::get<pd_domain_info>(world.call(child, DomainInfo{PD_SELF}).out);
    EXPECT_EQ(it.domain, handle);
    EXPECT_EQ(it.parent, world.supervisor.handle(parent));
    EXPECT_EQ(it.memory.quota, 4 * page);
    EXPECT_EQ(it.memory.held, 3 * page);
}

TEST_F(DomainCalls, G5_a_childs_quotas_come_out_of_its_parents_and_go_back)
{
    const std::string before = info_text(parent);
    const std::uint64_t handle = create();
    const pd_domain_info less = info(PD_SELF);
    EXPECT_EQ(less.memory.quota, 26 * page);
    EXPECT_EQ(less.stacks.quota, 4U);
    EXPECT_EQ(less.stack_bytes.quota, 14 * page);
    EXPECT_EQ(less.threads.quota, 4U);
    EXPECT_EQ(less.grants.quota, 12U);
    EXPECT_EQ(less.domains.quota, 4U);
    EXPECT_EQ(less.domains.held, 1U);
    EXPECT_EQ(world.status(a, MemoryAlloc{25 * page, PD_PERM_READ}), PD_QUOTA_MEMORY);
    exit_on(2, 3);
    EXPECT_EQ(info(PD_SELF).memory.quota, 26 * page) << "until it is destroyed";
    EXPECT_EQ(world.status(a, DomainDestroy{handle}), PD_OK);
    EXPECT_EQ(info_text(parent), before);
}

TEST_F(DomainCalls, G3_more_than_the_parent_has_is_refused_kind_by_kind)
{
    for (const std::uint64_t much : {std::uint64_t{1000} * page, all - 1, all}) {
        const std::pair<std::uint64_t Quota::*, pd_status> kinds[] = {
            {&Quota::memory, PD_QUOTA_MEMORY},           {&Quota::stacks, PD_QUOTA_STACKS},
            {&Quota::stack_bytes, PD_QUOTA_STACK_BYTES}, {&Quota::threads, PD_QUOTA_THREADS},
            {&Quota::grants, PD_QUOTA_GRANTS},           {&Quota::domains, PD_QUOTA_DOMAINS}};
        for (const auto& [kind, status] : kinds) {
            DomainCreate request = modest();
            request.quota.*kind = much;
            expect_refused(request, status);
        }
    }
    DomainCreate request = modest();
    request.quota.domains = 5; // it is one itself
    expect_refused(request, PD_QUOTA_DOMAINS);
}

TEST_F(DomainCalls, G3_less_than_the_child_needs_is_refused_kind_by_kind)
{
    for (std::uint64_t Quota::*kind :
         {&Quota::memory, &Quota::stacks, &Quota::stack_bytes, &Quota::threads}) {
        DomainCreate request = modest();
        request.quota.*kind = 0;
        expect_refused(request, PD_QUOTA_TOO_SMALL);
    }
}

TEST_F(DomainCalls, a_parent_without_quotas_may_have_a_child_without)
{
    DomainCreate request = modest();
    request.quota = {};
    const std::uint64_t handle = world.value(b, request);
    world.start_child(handle);
    EXPECT_EQ(world.supervisor.parent(world.supervisor.place(handle)), other);
    request.quota.memory = all - 1; // so much twice would overflow, were it counted
    world.start_child(world.value(b, request));
    world.start_child(world.value(b, request));
}

TEST_F(DomainCalls, G7_bad_numbers_have_their_own_statuses)
{
    DomainCreate request = modest();
    request.stack_commit = 1;
    expect_refused(request, PD_MISALIGNED);
    request.stack_commit = 0;
    expect_refused(request, PD_EMPTY_RANGE);
    request.stack_commit = 4 * page;
    request.stack_limit = page;
    expect_refused(request, PD_BAD_ARGUMENT);
    request.stack_limit = 13 * page;
    expect_refused(request, PD_TOO_LARGE);
}

TEST_F(DomainCalls, G5_G7_bad_grants_have_their_own_statuses)
{
    const std::uint64_t mine = world.value(a, MemoryAlloc{2 * page, 3});
    const std::uint64_t its = world.value(b, MemoryAlloc{page, 3});
    world.value(b, MemorySetPerm{its, page, 3, 0, 0});
    const std::uint64_t region =
        world.perform(world.supervisor.reserve_memory(supervisor_domain, page, Perm::none))
            .reply.value;
    world.perform(world.supervisor.set_reserved_perm(parent, {region, region + page}, Perm::read));
    const auto refused = [&](const MemoryGrant& grant, pd_status status) {
        DomainCreate request = modest();
        request.grants = {{mine, page, 1}, grant};
        expect_refused(request, status);
    };
    refused({mine + 1, page, 1}, PD_MISALIGNED);
    refused({mine, 0, 1}, PD_EMPTY_RANGE);
    refused({mine, ~(page - 1), 1}, PD_RANGE_OVERFLOW);
    refused({mine, page, 0}, PD_BAD_ARGUMENT);
    refused({mine, page, 2}, PD_BAD_ARGUMENT);
    refused({mine, page, 7}, PD_BAD_ARGUMENT);
    refused({0, page, 1}, PD_NOT_COMMITTED);
    refused({mine, 40 * page, 1}, PD_NOT_COMMITTED);
    refused({world.layout.memory.end, page, 1}, PD_NOT_COMMITTED);
    refused({its, page, 1}, PD_NOT_OWNER); // though it may use it
    refused({region, page, 3}, PD_NOT_PERMITTED);
    const Plan busy = world.begin(b, MemoryFree{its, page});
    refused({its, page, 1}, PD_NOT_OWNER);
    world.perform(busy);
}

TEST_F(DomainCalls, G8_grants_are_given_and_end_with_the_child)
{
    const std::uint64_t mine = world.value(a, MemoryAlloc{2 * page, 3});
    DomainCreate request = modest();
    request.grants = {{mine, 2 * page, 1}, {mine + page, page, 3}}; // the last counts
    const std::uint64_t handle = create(request);
    const DomainId child = world.supervisor.place(handle);
    EXPECT_EQ(world.supervisor.permission(child, StackId{0}, mine), Perm::read);
    EXPECT_EQ(world.supervisor.permission(child, StackId{0}, mine + page), Perm::read_write);
    EXPECT_EQ(world.machine.in_tables(child, mine), Perm::read);
    world.status(a, DomainDestroy{handle});
    world.release_quiescent();
    EXPECT_EQ(world.machine.in_tables(child, mine), Perm::none);
    world.dispatch(0); // the parent, whose call is answered
    EXPECT_EQ(world.last(0).reply->status, PD_OK);
    EXPECT_EQ(world.supervisor.permission(parent, StackId{0}, mine), Perm::read_write);
}

TEST_F(DomainCalls, what_is_freed_while_a_child_is_made_is_not_given)
{
    const std::uint64_t mine = world.value(a, MemoryAlloc{3 * page, 3});
    DomainCreate request = modest();
    request.grants = {{mine, 3 * page, 3}};
    const std::uint64_t handle = world.value(a, request);
    world.value(a, MemoryFree{mine + page, page});
    const std::uint64_t again = world.value(b, MemoryAlloc{page, 3});
    EXPECT_EQ(again, mine + page) << "or this tests nothing";
    const DomainId child = world.start_child(handle);
    EXPECT_EQ(world.supervisor.permission(child, StackId{0}, mine), Perm::read_write);
    EXPECT_EQ(world.supervisor.permission(child, StackId{0}, mine + page), Perm::none);
    EXPECT_EQ(world.supervisor.permission(child, StackId{0}, mine + 2 * page), Perm::read_write);
}

TEST_F(DomainCalls, a_restarted_child_has_what_it_still_had_of_its_grants)
{
    const std::uint64_t mine = world.value(a, MemoryAlloc{4 * page, 3});
    DomainCreate request = modest();
    request.grants = {{mine, 4 * page, 3}};
    const std::uint64_t handle = create(request);
    const DomainId child = world.supervisor.place(handle);
    world.value(a, MemorySetPerm{mine, page, 1, handle, 0});
    world.value(a, MemorySetPerm{mine + page, page, 0, handle, 0});
    world.supervisor.stop_domain(child);
    ASSERT_EQ(world.supervisor.take_quiescent(), child);
    world.machine.drop_domain(child);
    world.value(a, MemorySetPerm{mine + 2 * page, page, 3, PD_SELF, PD_EXCLUSIVE});
    world.perform(world.supervisor.release_domain(child));
    world.supervisor.restart_domain(child);
    world.supervisor.begin_start(child);
    EXPECT_EQ(world.status(a, MemorySetPerm{mine, page, 3, handle, 0}), PD_BAD_HANDLE);
    world.start_child(handle);
    const auto perm = [&](std::uint64_t at) {
        return world.supervisor.permission(child, StackId{0}, mine + at * page);
    };
    EXPECT_EQ(perm(0), Perm::read);
    EXPECT_EQ(perm(1), Perm::none);
    EXPECT_EQ(perm(2), Perm::none);
    EXPECT_EQ(perm(3), Perm::read_write);
}

TEST_F(DomainCalls, handles_that_outlived_their_domain_are_recognised)
{
    const std::uint64_t first = create();
    EXPECT_EQ(world.call_plan(a, DomainDestroy{first}).disposition, Disposition::reschedule);
    EXPECT_EQ(world.release_quiescent(), 1U);
    a = world.dispatch(0);
    EXPECT_EQ(world.last(0).reply->status, PD_OK);
    const std::uint64_t second = create();
    EXPECT_NE(first, second);
    EXPECT_EQ(world.supervisor.domain_count(), 3U) << "the place is used again";
    const std::uint64_t mine = world.value(a, MemoryAlloc{page, 3});
    for (const std::uint64_t stale :
         {first, second + (1U << 14), std::uint64_t{3}, std::uint64_t{16383}, all, all - 1,
          std::uint64_t{PD_SELF} - 1, first | std::uint64_t{1} << 32}) {
        EXPECT_EQ(world.status(a, DomainDestroy{stale}), PD_BAD_HANDLE) << stale;
        EXPECT_EQ(world.status(a, DomainInfo{stale}), PD_BAD_HANDLE) << stale;
        EXPECT_EQ(world.status(a, DomainWait{stale, 0}), PD_BAD_HANDLE) << stale;
        EXPECT_EQ(world.status(a, MemorySetPerm{mine, page, 1, stale, 0}), PD_BAD_HANDLE) << stale;
        EXPECT_EQ(world.status(a, MemoryTransfer{mine, page, stale}), PD_BAD_HANDLE) << stale;
        EXPECT_EQ(world.status(a, StackAlloc{page, 0, 0, stale}), PD_BAD_HANDLE) << stale;
    }
    EXPECT_EQ(world.status(a, MemorySetPerm{mine, page, 1, second, 0}), PD_OK);
}

TEST_F(DomainCalls, the_next_domain_at_a_place_is_not_blamed_for_the_last_ones_stacks)
{
    const std::uint64_t first = create();
    const auto stack = static_cast<std::uint64_t>((world.dispatch(2), world.last(2).stack));
    const DomainId place = world.supervisor.place(first);
    world.call_plan(a, DomainDestroy{first});
    world.supervisor.leave(VcpuId{2}, world.now);
    world.release_quiescent();
    a = world.dispatch(0);
    EXPECT_EQ(world.supervisor.facts(parent, stack).slot.creator, no_domain);
    EXPECT_EQ(
        world.perform(world.begin(a, StackAlloc{page, 0, stack, PD_SELF}), fail_at(0)).reply.status,
        PD_HOST_NO_MEMORY);
    EXPECT_EQ(world.supervisor.facts(parent, stack).slot.creator, no_domain);
    const std::uint64_t taken = world.value(a, StackAlloc{page, 0, stack, PD_SELF});
    const std::uint64_t second = world.value(a, modest());
    ASSERT_EQ(world.supervisor.place(second), place);
    world.value(a, StackFree{taken});
    EXPECT_EQ(world.supervisor.facts(parent, stack).slot.creator, parent);
    world.supervisor.abandon_start(place);
    world.release_quiescent();
}

TEST_F(DomainCalls, only_the_parent_may_destroy_ask_and_wait)
{
    const std::uint64_t handle = create();
    EXPECT_EQ(world.status(b, DomainDestroy{handle}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.status(b, DomainInfo{handle}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.status(b, DomainWait{handle, 0}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.status(a, DomainDestroy{1}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.status(a, DomainDestroy{0}), PD_NOT_PERMITTED) << "itself";
    EXPECT_EQ(world.status(a, DomainWait{0, 0}), PD_NOT_PERMITTED);
    const Caller child = world.dispatch(2);
    EXPECT_EQ(world.status(child, DomainDestroy{0}), PD_NOT_PERMITTED);
}

TEST_F(DomainCalls, a_wait_ends_with_the_child)
{
    const std::uint64_t handle = create();
    const Caller child = world.dispatch(2);
    EXPECT_EQ(world.call_plan(a, DomainWait{handle, PD_FOREVER}).disposition,
              Disposition::reschedule);
    EXPECT_FALSE(world.try_dispatch(3).has_value());
    world.call_plan(child, ThreadExit{9});
    world.release_quiescent();
    a = world.dispatch(0);
    EXPECT_EQ(world.last(0).reply->status, PD_OK);
    EXPECT_EQ(world.last(0).reply->value, 9U);
    EXPECT_TRUE(world.supervisor.is_collected(world.supervisor.place(handle)));
    EXPECT_EQ(info(handle).state, std::uint32_t{PD_DOMAIN_EXITED});
    EXPECT_EQ(world.value(a, DomainWait{handle, 0}), 9U) << "at once, and again";
}

TEST_F(DomainCalls, a_wait_ends_with_its_time)
{
    const std::uint64_t handle = create();
    world.call_plan(a, DomainWait{handle, 100});
    world.dispatch(2);
    world.now += 100;
    a = world.dispatch(0);
    EXPECT_EQ(world.last(0).reply->status, PD_TIMED_OUT);
}

TEST_F(DomainCalls, a_fault_is_told_and_a_restart_is_not_an_end)
{
    const std::uint64_t handle = create();
    const DomainId child = world.supervisor.place(handle);
    world.supervisor.note_fault(child, PD_FAULT_NULL_POINTER);
    world.supervisor.stop_domain(child);
    EXPECT_EQ(info(handle).state, std::uint32_t{PD_DOMAIN_STOPPING});
    ASSERT_EQ(world.supervisor.take_quiescent(), child);
    world.machine.drop_domain(child);
    world.perform(world.supervisor.release_domain(child));
    EXPECT_FALSE(world.supervisor.is_doomed(child));
    world.supervisor.restart_domain(child);
    world.supervisor.begin_start(child);
    world.start_child(handle);
    EXPECT_EQ(info(handle).state, std::uint32_t{PD_DOMAIN_RUNNING});
    EXPECT_EQ(info(handle).restarts, 1U);
    EXPECT_FALSE(world.supervisor.is_collected(child));
    world.supervisor.note_fault(child, PD_FAULT_EXECUTE_DATA);
    world.supervisor.stop_domain(child);
    world.release_quiescent();
    EXPECT_EQ(info(handle).state, std::uint32_t{PD_DOMAIN_FAULTED});
    EXPECT_EQ(info(handle).fault_class, std::uint32_t{PD_FAULT_EXECUTE_DATA});
    EXPECT_EQ(info(handle).faults, 2U);
    EXPECT_TRUE(world.supervisor.is_collected(child));
}

TEST_F(DomainCalls, G2_a_destruction_is_over_when_the_child_has_left_its_vcpu_and_is_released)
{
    const std::uint64_t handle = create();
    const Caller child = world.dispatch(2);
    const Plan plan = world.begin(child, MemoryAlloc{page, 3});
    EXPECT_EQ(world.call_plan(a, DomainDestroy{handle}).disposition, Disposition::reschedule);
    EXPECT_EQ(world.supervisor.vcpus_to_leave(), (std::vector<VcpuId>{VcpuId{2}}));
    EXPECT_EQ(world.release_quiescent(), 0U);
    EXPECT_FALSE(world.try_dispatch(0).has_value());
    EXPECT_EQ(world.perform(plan).reply.status, PD_STOPPED);
    EXPECT_EQ(world.release_quiescent(), 1U);
    a = world.dispatch(0);
    EXPECT_EQ(world.last(0).reply->status, PD_OK);
}

TEST_F(DomainCalls, a_second_destruction_at_the_same_time_is_refused)
{
    ThreadCreate create_thread;
    create_thread.entry = world.code(parent);
    create_thread.stack = world.value(a, StackAlloc{page, 0, 0, PD_SELF});
    world.value(a, create_thread);
    const Caller second = world.dispatch(2);
    const std::uint64_t handle = create();
    const Caller child = world.dispatch(3);
    world.call_plan(a, DomainDestroy{handle});
    EXPECT_EQ(world.status(second, DomainDestroy{handle}), PD_IN_USE);
    EXPECT_EQ(world.call_plan(second, DomainWait{handle, PD_FOREVER}).disposition,
              Disposition::reschedule);
    world.supervisor.leave(child.vcpu, world.now);
    world.release_quiescent();
    world.dispatch(0);
    world.dispatch(2);
    EXPECT_EQ(world.last(0).reply->status, PD_OK);
    EXPECT_EQ(world.last(2).reply->status, PD_OK);
}

TEST_F(DomainCalls, G2_a_domain_is_released_after_all_that_it_has_made)
{
    DomainCreate request = modest();
    request.quota = {20 * page, 4, 12 * page, 4, 6, 2};
    create(request);
    const Caller child = world.dispatch(2);
    const std::uint64_t grandchild_handle = world.value(child, modest());
    world.start_child(grandchild_handle);
    const Caller grandchild = world.dispatch(3);
    EXPECT_EQ(grandchild.domain, world.supervisor.place(grandchild_handle));
    const std::vector<VcpuId> busy = world.supervisor.stop_domain(parent);
    EXPECT_EQ(busy, (std::vector<VcpuId>{VcpuId{0}, VcpuId{2}, VcpuId{3}}));
    world.supervisor.leave(VcpuId{0}, world.now);
    world.supervisor.leave(VcpuId{2}, world.now);
    EXPECT_EQ(world.release_quiescent(), 0U);
    world.supervisor.leave(VcpuId{3}, world.now);
    EXPECT_EQ(world.release_quiescent(), 3U);
    EXPECT_EQ(world.supervisor.live_domains(), 1U);
}

TEST_F(DomainCalls, the_end_of_a_parents_last_thread_takes_its_children_along)
{
    create();
    world.dispatch(2);
    world.call_plan(a, ThreadExit{0});
    EXPECT_EQ(world.supervisor.vcpus_to_leave(), (std::vector<VcpuId>{VcpuId{2}}));
    world.supervisor.leave(VcpuId{2}, world.now);
    EXPECT_EQ(world.release_quiescent(), 2U);
}

TEST_F(DomainCalls, ended_children_that_nobody_collected_go_with_their_parent)
{
    const std::uint64_t handle = create();
    exit_on(2, 1);
    const DomainId child = world.supervisor.place(handle);
    world.supervisor.stop_domain(parent);
    EXPECT_FALSE(world.supervisor.is_collected(child));
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_FALSE(world.supervisor.exists(handle));
}

TEST_F(DomainCalls, G3_what_could_not_be_started_leaves_nothing)
{
    const std::string before = snapshot(world) + info_text(parent);
    const std::uint64_t handle = world.value(a, modest());
    EXPECT_EQ(world.status(a, DomainDestroy{handle}), PD_BAD_HANDLE) << "nobody's yet";
    EXPECT_EQ(world.status(a, DomainInfo{handle}), PD_BAD_HANDLE);
    const DomainId child = world.supervisor.place(handle);
    world.perform(world.supervisor.reserve_memory(child, 2 * page, Perm::read));
    world.perform(world.supervisor.reserve_stack(child, page, page), fail_at(0));
    EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
    world.supervisor.abandon_start(child);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_FALSE(world.supervisor.exists(handle));
    EXPECT_EQ(world.supervisor.usage(child).memory.current, 0U);
    EXPECT_EQ(info_text(parent), before.substr(before.size() - info_text(parent).size()));
}

TEST_F(DomainCalls, a_parent_that_ends_while_its_child_is_made_waits_for_that)
{
    const std::uint64_t handle = world.value(a, modest());
    const DomainId child = world.supervisor.place(handle);
    world.supervisor.stop_domain(parent);
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.supervisor.state(child), DomainState::stopping);
    EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
    world.supervisor.abandon_start(child);
    EXPECT_EQ(world.release_quiescent(), 2U);
}

TEST_F(DomainCalls, G10_nothing_prepared_for_a_former_domain_is_good_for_the_next_in_its_place)
{
    std::vector<Activation> former;
    for (int i = 0; i < 4; ++i) {
        const std::uint64_t handle = create();
        const DomainId child = world.supervisor.place(handle);
        const Activation now{child, world.supervisor.incarnation(child), 0, std::nullopt};
        EXPECT_TRUE(world.supervisor.is_current(now));
        for (const Activation& before : former) {
            EXPECT_EQ(before.domain, child) << "the place is used again";
            EXPECT_FALSE(world.supervisor.is_current(before));
        }
        former.push_back(now);
        EXPECT_EQ(world.call_plan(a, DomainDestroy{handle}).disposition, Disposition::reschedule);
        world.release_quiescent();
        a = world.dispatch(0);
    }
}

TEST_F(DomainCalls, G10_children_disturb_no_prepared_call_and_wait_for_no_caller)
{
    world.supervisor.add_gate(other, {parent, 0, 0});
    const std::uint64_t stops = world.supervisor.stops();
    const std::uint64_t handle = create();
    EXPECT_TRUE(world.supervisor.stop_domain(world.supervisor.place(handle)).empty());
    EXPECT_EQ(world.supervisor.stops(), stops);
    world.release_quiescent();
    world.supervisor.stop_domain(parent);
    EXPECT_EQ(world.supervisor.stops(), stops + 1);
    world.supervisor.leave(a.vcpu, world.now);
    world.release_quiescent();
}

TEST_F(DomainCalls, depth_is_bounded)
{
    Layout layout = small_layout();
    layout.stack_area.end += 64 * layout.stack_slot;
    World deep(layout);
    deep.add_domain("root");
    Caller caller = deep.dispatch(0);
    DomainCreate request = modest();
    request.quota = {};
    for (int depth = 1; depth <= PD_DOMAIN_DEPTH_MAX; ++depth) {
        // Bare of an image, of which this world has room for few.
        const DomainId child = deep.supervisor.place(deep.value(caller, request));
        const Plan stack = deep.perform(deep.supervisor.reserve_stack(child, page, 0));
        ASSERT_EQ(stack.reply.status, PD_OK);
        deep.supervisor.start_main_thread(child, StackId{stack.reply.value}, 0, 0);
        deep.supervisor.end_start(child);
        deep.call_plan(caller, ThreadSleep{PD_FOREVER});
        caller = deep.dispatch(0);
        ASSERT_EQ(caller.domain, child);
    }
    EXPECT_EQ(deep.status(caller, request), PD_NO_PLACE);
}

TEST_F(DomainCalls, G12_a_hundred_thousand_children_leave_the_record_where_it_was)
{
    const std::string before = info_text(parent);
    for (int i = 0; i < 100'000; ++i) {
        const Plan made = world.begin(a, modest());
        ASSERT_EQ(made.reply.status, PD_OK);
        world.supervisor.abandon_start(world.supervisor.place(made.reply.value));
        ASSERT_EQ(world.release_quiescent(), 1U);
    }
    EXPECT_EQ(world.supervisor.domain_count(), 3U);
    EXPECT_EQ(info_text(parent), before);
}

TEST_F(DomainCalls, a_place_whose_generations_are_used_up_is_never_used_again)
{
    std::uint64_t last = 0;
    for (int i = 0; i < (1 << 18) + 5; ++i) {
        const Plan made = world.begin(a, modest());
        ASSERT_EQ(made.reply.status, PD_OK);
        ASSERT_NE(made.reply.value, last);
        ASSERT_LT(made.reply.value, PD_SELF);
        last = made.reply.value;
        world.supervisor.abandon_start(world.supervisor.place(last));
        ASSERT_EQ(world.release_quiescent(), 1U);
    }
    EXPECT_EQ(world.supervisor.domain_count(), 4U);
}

TEST_F(DomainCalls, others_see_whose_something_is_by_handle)
{
    create();
    const std::uint64_t second = create();
    world.dispatch(2);
    const Caller child = world.dispatch(3);
    ASSERT_EQ(child.domain, world.supervisor.place(second));
    const std::uint64_t memory = world.value(child, MemoryAlloc{page, 3});
    world.value(child, MemorySetPerm{memory, page, 1, 0, 0});
    const auto seen = std::get<pd_memory_info>(world.call(a, MemoryQuery{memory}).out);
    EXPECT_EQ(seen.owner, second);
}

} // namespace
} // namespace glacis::supervisor::test
