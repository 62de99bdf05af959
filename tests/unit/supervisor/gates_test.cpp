// Calls across domains: which are made, in which the thread is, what stops do to them. The VMM and
// the shim are played by World: it enters what was decided, and follows.

#include <set>

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t stack_needed = 3 * page; ///< by the server's entry point

/// A client on vCPU 0 that may call a server and a store; these two may call each other and, the
/// server, the client. All main threads have stacks of 8 pages.
class Gates : public ::testing::Test {
public:
    Gates()
    {
        world.main_commit = 8 * page;
        world.main_limit = 10 * page;
        client = world.add_domain("client");
        server = world.add_domain("server");
        store = world.add_domain("store");
        to_server = world.supervisor.add_gate(client, {server, stack_needed, 2});
        to_store = world.supervisor.add_gate(client, {store, 0, 0});
        server_to_client = world.supervisor.add_gate(server, {client, 0, 0});
        server_to_store = world.supervisor.add_gate(server, {store, 0, 0});
        store_to_server = world.supervisor.add_gate(store, {server, 0, 2});
        a = world.dispatch(0);
        b = world.dispatch(1);
        c = world.dispatch(2);
    }
    ~Gates() override { world.check_idle(); }

    /// Client, server and store answer calls; server and store do nothing else.
    void open_all()
    {
        EXPECT_EQ(world.status(a, GateOpen{}), PD_OK);
        serve(b);
        serve(c);
    }
    void serve(const Caller& caller)
    {
        const Plan plan = world.call_plan(caller, GateServe{});
        EXPECT_EQ(plan.reply.status, PD_OK);
        EXPECT_EQ(plan.disposition, Disposition::reschedule);
    }
    /// `who` goes on as code of the callee, which sees the stack below `window`.
    CallDecision enter(Caller& who, std::uint64_t handle, std::uint64_t arguments,
                       std::uint64_t window)
    {
        CallDecision decision = world.cross(who, handle, arguments, window);
        EXPECT_EQ(decision.status, PD_OK);
        EXPECT_FALSE(decision.waits);
        return decision;
    }
    void enter_server(Caller& who) { enter(who, to_server, 2, world.top(who) - page); }

    [[nodiscard]] pd_status refused(std::uint64_t handle, std::uint64_t arguments,
                                    std::uint64_t window)
    {
        const std::string before = snapshot(world);
        const CallDecision decision = world.supervisor.decide_call(a, handle, arguments, window);
        EXPECT_FALSE(decision.waits);
        EXPECT_EQ(snapshot(world), before) << "a refused call changes nothing";
        EXPECT_EQ(world.supervisor.current_stack(a.thread), world.last(0).stack);
        return decision.status;
    }
    /// What becomes known to a thread when it is dispatched again: in how many calls it is, and the
    /// status that it is told.
    Caller expect_dispatched(std::uint32_t vcpu, ThreadId thread, std::size_t calls,
                             pd_status status)
    {
        const Caller caller = world.dispatch(vcpu);
        EXPECT_EQ(caller.thread, thread);
        EXPECT_EQ(world.last(vcpu).calls, calls);
        EXPECT_TRUE(world.last(vcpu).reply.has_value());
        EXPECT_EQ(world.last(vcpu).reply.value_or(Reply{PD_STATUS_COUNT, 0, {}}).status, status);
        return caller;
    }
    [[nodiscard]] bool may(const Caller& who, std::uint64_t address, Perm want = Perm::read)
    {
        return world.supervisor.is_permitted(who.domain, world.view(who), address, 1, want);
    }

    World world;
    DomainId client{};
    DomainId server{};
    DomainId store{};
    std::uint64_t to_server = 0;
    std::uint64_t to_store = 0;
    std::uint64_t server_to_client = 0;
    std::uint64_t server_to_store = 0;
    std::uint64_t store_to_server = 0;
    Caller a; ///< the client's main thread, on vCPU 0
    Caller b;
    Caller c;
};

// ---- which calls are made
// ------------------------------------------------------------------------

class G7Calls : public Gates {};

TEST_F(G7Calls, handles_count_from_one_in_the_order_of_the_rights)
{
    EXPECT_EQ(to_server, 1U);
    EXPECT_EQ(to_store, 2U);
    EXPECT_EQ(server_to_client, 1U);
}

TEST_F(G7Calls, each_wrong_argument_has_its_own_status_and_enters_nothing)
{
    open_all();
    const std::uint64_t top = world.top(a);
    const std::uint64_t bottom = world.bottom(a);
    EXPECT_EQ(refused(0, 2, top), PD_BAD_HANDLE);
    EXPECT_EQ(refused(3, 2, top), PD_BAD_HANDLE);
    EXPECT_EQ(refused(UINT64_MAX, 2, top), PD_BAD_HANDLE);
    EXPECT_EQ(refused(to_server, 1, top), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused(to_server, 3, top), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused(to_server, UINT64_MAX, top), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused(to_server, 2, top - 8), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused(to_server, 2, top + page), PD_BAD_ARGUMENT) << "above its stack";
    EXPECT_EQ(refused(to_server, 2, UINT64_MAX - page + 1), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused(to_server, 2, bottom), PD_STACK_TOO_SMALL);
    EXPECT_EQ(refused(to_server, 2, bottom - page), PD_STACK_TOO_SMALL);
    EXPECT_EQ(refused(to_server, 2, 0), PD_STACK_TOO_SMALL);
    EXPECT_EQ(refused(to_server, 2, bottom + stack_needed - page), PD_STACK_TOO_SMALL);
    EXPECT_EQ(refused(to_store, 0, bottom), PD_STACK_TOO_SMALL) << "a page at least";
    enter(a, to_server, 2, bottom + stack_needed);
    world.go_back(a);
    enter(a, to_store, 0, bottom + page);
}

TEST_F(G7Calls, the_first_check_that_fails_gives_the_status)
{
    open_all();
    for (int depth = 0; depth < GLACIS_CALL_DEPTH_MAX; ++depth) {
        enter(a, a.domain == server ? server_to_store : to_server, a.domain == server ? 0 : 2,
              world.top(a) - page);
        if (a.domain == store) {
            EXPECT_EQ(store_to_server, to_server);
        }
    }
    ASSERT_EQ(a.domain, store);
    world.supervisor.stop_domain(server);
    const std::uint64_t end = world.top(a) - page;
    EXPECT_EQ(refused(9, 1, end + 1), PD_BAD_HANDLE);
    EXPECT_EQ(refused(store_to_server, 1, world.bottom(a)), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused(store_to_server, 2, world.bottom(a) + 1), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused(store_to_server, 2, end + page), PD_BAD_ARGUMENT)
        << "above what the caller itself sees";
    EXPECT_EQ(refused(store_to_server, 2, world.bottom(a)), PD_NOT_RUNNING);
    EXPECT_FALSE(world.catch_up(a).has_left);
    world.release_quiescent();
    world.supervisor.restart_domain(server);
    world.start_domain(server);
    EXPECT_EQ(refused(store_to_server, 2, world.bottom(a)), PD_CALL_DEPTH);
    // The frames in between are of the server as it was: the way back goes by the client.
    world.go_back(a);
    EXPECT_EQ(world.catch_up(a).status, PD_CALLEE_STOPPED);
    EXPECT_EQ(world.calls(a.thread).size(), GLACIS_CALL_DEPTH_MAX - 2U);
    EXPECT_EQ(a.domain, store);
}

TEST_F(G7Calls, a_domain_that_ended_or_never_opens_is_told_apart)
{
    EXPECT_EQ(world.cross(a, to_server, 2, world.top(a)).waits, true);
    EXPECT_FALSE(world.try_dispatch(0).has_value()) << "it waits";
    world.supervisor.stop_domain(server);
    a = world.dispatch(0);
    EXPECT_FALSE(world.last(0).reply.has_value()) << "it makes the call anew";
    EXPECT_EQ(refused(to_server, 2, world.top(a)), PD_NOT_RUNNING);
    EXPECT_TRUE(world.catch_up(b).has_left);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(refused(to_server, 2, world.top(a)), PD_NOT_RUNNING);
}

TEST_F(G7Calls, a_domain_may_not_offer_stack_that_it_could_not_use_itself)
{
    open_all();
    // A stack of the client's that the server manages: the server's thread may stand on it, but
    // may neither read nor write it, and no callee is to do it for it.
    const std::uint64_t stack =
        world.value(a, StackAlloc{8 * page, 0, PD_ANY_SLOT, static_cast<std::uint64_t>(server)});
    const Plan own = world.perform(world.supervisor.reserve_stack(server, page, page));
    world.supervisor.start_main_thread(server, StackId{own.reply.value}, world.code(server), 0);
    Caller manager = world.dispatch(1);
    ASSERT_EQ(manager.domain, server);
    ASSERT_EQ(world.status(manager, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    const std::uint64_t top = world.top(manager);
    EXPECT_FALSE(may(manager, top - page));
    EXPECT_EQ(world.cross(manager, server_to_store, 0, top).status, PD_NOT_PERMITTED);
    EXPECT_EQ(world.cross(manager, server_to_client, 0, top).status, PD_NOT_PERMITTED);
    EXPECT_FALSE(
        world.supervisor.is_permitted(store, {StackId{stack}, 0, 0}, top - page, 1, Perm::read));
}

TEST_F(G7Calls, a_domain_may_not_offer_stack_that_it_gave_up)
{
    open_all();
    const std::uint64_t top = world.top(a);
    ASSERT_EQ(world.status(a, StackSetPerm{top - 4 * page, page, PD_PERM_READ, PD_SELF, 0}), PD_OK);
    EXPECT_EQ(refused(to_server, 2, top), PD_NOT_PERMITTED);
    EXPECT_EQ(refused(to_server, 2, top - 3 * page), PD_NOT_PERMITTED);
    enter(a, to_server, 2, top - 4 * page);
}

// ---- frames
// --------------------------------------------------------------------------------------

class G9Windows : public Gates {
public:
    /// Of the whole slot and its neighbours, exactly [bottom, end) is permitted.
    void expect_exactly(const Caller& who, std::uint64_t bottom, std::uint64_t end)
    {
        const std::uint64_t slot = world.top(who) - world.layout.stack_slot;
        for (std::uint64_t at = slot - page; at <= slot + world.layout.stack_slot; at += page) {
            if (!world.layout.stack_area.contains(at)) {
                continue;
            }
            EXPECT_EQ(may(who, at, Perm::read_write), bottom <= at && at < end) << std::hex << at;
            EXPECT_EQ(may(who, at, Perm::read), bottom <= at && at < end) << std::hex << at;
            EXPECT_FALSE(may(who, at, Perm::read_execute));
        }
        EXPECT_TRUE(world.supervisor.is_permitted(who.domain, world.view(who), bottom, end - bottom,
                                                  Perm::read_write));
        EXPECT_FALSE(world.supervisor.is_permitted(who.domain, world.view(who), bottom,
                                                   end - bottom + 1, Perm::read));
    }
};

TEST_F(G9Windows, a_callee_sees_what_lies_below_the_window_and_nothing_else)
{
    open_all();
    const std::uint64_t end = world.top(a) - 2 * page;
    expect_exactly(a, world.bottom(a), world.top(a));
    const CallDecision decision = enter(a, to_server, 2, end);
    EXPECT_EQ(decision.activation.domain, server);
    EXPECT_EQ(decision.activation.end, end);
    EXPECT_EQ(decision.view, (StackView{world.last(0).stack, end, 1}));
    EXPECT_EQ(a.domain, server);
    expect_exactly(a, world.bottom(a), end);
    const auto pages = world.supervisor.stack_pages(server, decision.view);
    ASSERT_EQ(pages.size(), 1U);
    EXPECT_EQ(pages[0].pages, (Range{world.bottom(a), end}));
    EXPECT_EQ(pages[0].perm, Perm::read_write);
    EXPECT_TRUE(world.touch(a, end - page));
    EXPECT_FALSE(world.touch(a, end));
    world.go_back(a);
    EXPECT_EQ(a.domain, client);
    expect_exactly(a, world.bottom(a), world.top(a));
}

TEST_F(G9Windows, the_view_is_the_threads_alone)
{
    open_all();
    enter_server(a);
    const StackView view = world.view(a);
    // Another thread of the server, on a stack of its own or in a call on another stack, has none.
    const Plan own = world.perform(world.supervisor.reserve_stack(server, page, page));
    const StackId other{own.reply.value};
    for (const StackView& from : {StackView(other), StackView(other, world.top(a), 1)}) {
        EXPECT_FALSE(world.supervisor.is_permitted(server, from, view.end - page, 1, Perm::read));
    }
    EXPECT_FALSE(
        world.supervisor.is_permitted(store, StackView(other), view.end - page, 1, Perm::read));
}

TEST_F(G9Windows, a_domain_called_back_sees_no_frame_above_its_window_not_even_its_own)
{
    open_all();
    const std::uint64_t first = world.top(a) - page;
    const std::uint64_t second = world.top(a) - 3 * page;
    enter(a, to_server, 2, first);
    enter(a, server_to_client, 0, second);
    EXPECT_EQ(a.domain, client);
    EXPECT_EQ(world.view(a).depth, 2U);
    expect_exactly(a, world.bottom(a), second);
    EXPECT_EQ(world.cross(a, to_store, 0, second + page).status, PD_BAD_ARGUMENT);
    enter(a, to_store, 0, second);
    expect_exactly(a, world.bottom(a), second);
    world.go_back(a);
    expect_exactly(a, world.bottom(a), second);
    world.go_back(a);
    expect_exactly(a, world.bottom(a), first);
    world.go_back(a);
    expect_exactly(a, world.bottom(a), world.top(a));
}

TEST_F(G9Windows, what_the_caller_granted_above_the_window_can_be_used_and_no_more)
{
    open_all();
    const std::uint64_t lent = world.top(a) - page;
    ASSERT_EQ(world.status(a, StackSetPerm{lent, page, PD_PERM_READ, 1, 0}), PD_OK);
    enter(a, to_server, 2, world.top(a) - 2 * page);
    EXPECT_TRUE(may(a, lent));
    EXPECT_FALSE(may(a, lent, Perm::read_write));
    EXPECT_FALSE(may(a, lent - page));
    EXPECT_TRUE(world.touch(a, lent));
    enter(a, server_to_store, 0, world.top(a) - 3 * page);
    EXPECT_FALSE(may(a, lent)) << "the grant was to the server";
    world.go_back(a);
    world.go_back(a);
    ASSERT_EQ(world.status(a, StackSetPerm{lent, page, 0, 1, 0}), PD_OK);
    enter(a, to_server, 2, world.top(a) - 2 * page);
    EXPECT_FALSE(may(a, lent));
    EXPECT_EQ(world.machine.in_tables(server, world.view(a), lent), Perm::none);
}

TEST_F(G9Windows, no_callee_runs_where_others_could_reach_its_frames)
{
    open_all();
    const std::uint64_t top = world.top(a);
    ASSERT_EQ(world.status(a, StackSetPerm{top - 4 * page, page, PD_PERM_READ, 2, 0}), PD_OK);
    EXPECT_EQ(refused(to_server, 2, top), PD_IN_USE);
    EXPECT_EQ(refused(to_server, 2, top - 3 * page), PD_IN_USE);
    EXPECT_EQ(refused(to_store, 0, top), PD_IN_USE) << "nor where it was granted them itself";
    enter(a, to_server, 2, top - 4 * page);
    world.go_back(a);
    ASSERT_EQ(world.status(a, StackSetPerm{top - 4 * page, page, 0, 2, 0}), PD_OK);
    enter(a, to_server, 2, top);
}

TEST_F(G9Windows, nobody_changes_the_stack_under_a_call)
{
    open_all();
    const std::uint64_t mine = world.value(a, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF});
    enter_server(a);
    enter(a, server_to_client, 0, world.top(a) - 2 * page);
    ASSERT_EQ(a.domain, client);
    const std::uint64_t at = world.bottom(a);
    EXPECT_EQ(world.status(a, StackSetPerm{at, page, PD_PERM_READ, 1, 0}), PD_IN_USE);
    EXPECT_EQ(world.status(a, StackActivate{mine, PD_THIS_VCPU}), PD_IN_USE);
    EXPECT_EQ(world.status(a, ThreadExit{0}), PD_NOT_IN_CALL);
    EXPECT_EQ(world.status(a, GateServe{}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.calls(a.thread).size(), 2U);
    world.go_back(a);
    ASSERT_EQ(a.domain, server);
    EXPECT_EQ(world.status(a, StackSetPerm{at, page, PD_PERM_READ, 2, 0}), PD_NOT_PERMITTED);
    const auto stack = static_cast<std::uint64_t>(world.last(0).stack);
    EXPECT_EQ(world.status(a, StackGrow{stack, 9 * page}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, StackFree{stack}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, ThreadExit{0}), PD_NOT_IN_CALL);
    world.go_back(a);
    EXPECT_EQ(world.status(a, StackFree{mine}), PD_OK);
}

TEST_F(G9Windows, a_stack_that_grows_under_a_callee_grows_for_it)
{
    open_all();
    const auto stack = static_cast<std::uint64_t>(world.last(0).stack);
    const std::uint64_t before = world.bottom(a);
    const std::uint64_t end = world.top(a) - page;
    enter_server(a);
    enter(a, server_to_client, 0, end);
    const Plan plan = world.begin(a, StackGrow{stack, 9 * page});
    EXPECT_FALSE(may(a, before - page)) << "only when it is committed";
    EXPECT_EQ(world.perform(plan, fail_at(1)).reply.status, PD_HOST_NO_MEMORY);
    expect_exactly(a, before, end);
    EXPECT_EQ(world.status(a, StackGrow{stack, 9 * page}), PD_OK);
    expect_exactly(a, before - page, end);
    world.go_back(a);
    expect_exactly(a, before - page, end);
    EXPECT_TRUE(world.touch(a, before - page));
    EXPECT_EQ(world.bottom(a), before - page);
}

TEST_F(G9Windows, a_freed_stack_is_closed_for_everybody_who_was_called_on_it)
{
    open_all();
    const std::uint64_t stack = world.value(a, StackAlloc{8 * page, 0, PD_ANY_SLOT, PD_SELF});
    const auto home = static_cast<std::uint64_t>(world.last(0).stack);
    ASSERT_EQ(world.status(a, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    enter_server(a);
    const StackView outer = world.view(a);
    enter(a, server_to_client, 0, outer.end);
    const StackView inner = world.view(a);
    EXPECT_TRUE(world.machine.has_root(server, outer));
    EXPECT_TRUE(world.machine.has_root(client, inner));
    world.go_back(a);
    world.go_back(a);
    EXPECT_EQ(world.status(a, StackFree{stack}), PD_IN_USE) << "it is active";
    ASSERT_EQ(world.status(a, StackActivate{home, PD_THIS_VCPU}), PD_OK);
    const Plan plan = world.begin(a, StackFree{stack});
    std::set<DomainId> closed;
    for (const Effect& effect : plan.effects) {
        if (const auto* close = std::get_if<CloseRoot>(&effect)) {
            EXPECT_EQ(close->stack, StackId{stack});
            closed.insert(close->domain);
        }
    }
    EXPECT_EQ(closed, (std::set<DomainId>{client, server}));
    EXPECT_EQ(world.perform(plan).reply.status, PD_OK);
    EXPECT_FALSE(world.machine.has_root(server, outer));
    EXPECT_FALSE(world.machine.has_root(client, inner));
}

// ---- returns
// -------------------------------------------------------------------------------------

class G10Calls : public Gates {};

TEST_F(G10Calls, the_depth_of_calls_is_bounded)
{
    open_all();
    const std::uint64_t end = world.top(a);
    for (int depth = 0; depth < GLACIS_CALL_DEPTH_MAX; ++depth) {
        const bool is_client = a.domain == client;
        const CallDecision decision =
            enter(a, is_client ? to_server : server_to_client, is_client ? 2 : 0, end);
        EXPECT_EQ(decision.view.depth, static_cast<std::uint32_t>(depth) + 1);
    }
    EXPECT_EQ(refused(to_server, 2, end), PD_CALL_DEPTH);
    world.go_back(a);
    enter(a, server_to_client, 0, end);
    for (int depth = GLACIS_CALL_DEPTH_MAX; depth > 0; --depth) {
        world.go_back(a);
    }
    EXPECT_EQ(a.domain, client);
}

TEST_F(G10Calls, code_acts_as_the_domain_it_belongs_to)
{
    open_all();
    enter_server(a);
    const std::uint64_t memory = world.value(a, MemoryAlloc{page, PD_PERM_READ});
    EXPECT_EQ(world.supervisor.facts(server, memory).memory.owner, server);
    const std::uint64_t stack = world.value(a, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF});
    ThreadCreate create;
    create.entry = world.code(server);
    create.stack = stack;
    const std::uint64_t worker = world.value(a, create);
    EXPECT_EQ(world.supervisor.usage(server).threads.current, 2U);
    world.go_back(a);
    EXPECT_EQ(world.status(a, MemoryFree{memory, page}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, ThreadJoin{worker, 0}), PD_BAD_HANDLE);
}

TEST_F(G10Calls, a_thread_goes_on_in_its_call_wherever_it_is_dispatched)
{
    open_all();
    enter_server(a);
    world.supervisor.leave(VcpuId{0}, world.now);
    Caller again = world.dispatch(3);
    EXPECT_EQ(again.thread, a.thread);
    EXPECT_EQ(again.domain, server);
    EXPECT_EQ(world.last(3).domain, client) << "its own";
    EXPECT_EQ(world.last(3).calls, 1U);
    EXPECT_FALSE(world.last(3).reply.has_value());
    world.go_back(again);
    EXPECT_EQ(again.domain, client);
}

TEST_F(G10Calls, waits_within_a_call_end_when_the_call_has_taken_too_long)
{
    open_all();
    CallDecision decision = world.supervisor.decide_call(a, to_server, 2, world.top(a));
    decision.activation.deadline = world.now + 50;
    world.follow(a, {decision.activation});
    world.call_plan(a, ThreadSleep{PD_FOREVER});
    EXPECT_EQ(world.supervisor.next_deadline(), world.now + 50);
    world.now += 50;
    expect_dispatched(0, a.thread, 1, PD_OK);
    world.call_plan(a, ThreadWait{world.data(server), 0, 1000});
    EXPECT_EQ(world.supervisor.next_deadline(), world.now) << "at once: its time is up";
    expect_dispatched(0, a.thread, 1, PD_TIMED_OUT);
}

TEST_F(G10Calls, a_wait_for_gates_ends_when_the_call_has_taken_too_long)
{
    EXPECT_EQ(world.status(b, GateOpen{}), PD_OK);
    CallDecision decision = world.supervisor.decide_call(a, to_server, 2, world.top(a));
    ASSERT_EQ(decision.status, PD_OK);
    decision.activation.deadline = world.now + 50;
    world.follow(a, {decision.activation});
    EXPECT_TRUE(world.cross(a, server_to_store, 0, world.top(a)).waits);
    EXPECT_EQ(world.supervisor.next_deadline(), world.now + 50);
    world.now += 50;
    a = world.dispatch(0);
    EXPECT_EQ(world.last(0).calls, 1U);
    EXPECT_FALSE(world.last(0).reply.has_value()) << "its registers are those of the call";
}

// ---- gates that are not open, services
// -----------------------------------------------------------

class GateService : public Gates {};

TEST_F(GateService, callers_wait_until_the_callee_opens_its_gates)
{
    for (Caller* who : {&a, &c}) {
        const CallDecision decision =
            world.cross(*who, who == &a ? to_server : store_to_server, 2, world.top(*who));
        EXPECT_TRUE(decision.waits);
        EXPECT_EQ(decision.status, PD_OK);
    }
    EXPECT_FALSE(world.supervisor.has_ready());
    EXPECT_FALSE(world.supervisor.is_stuck()) << "the server runs";
    world.call_plan(b, ThreadWake{world.data(server), 9});
    EXPECT_FALSE(world.supervisor.has_ready()) << "no wake at an address reaches them";
    EXPECT_EQ(world.status(b, GateOpen{}), PD_OK);
    for (const ThreadId thread : {a.thread, c.thread}) {
        Caller who = world.dispatch(0);
        EXPECT_EQ(who.thread, thread);
        EXPECT_FALSE(world.last(0).reply.has_value());
        enter(who, thread == a.thread ? to_server : store_to_server, 2, world.top(who));
        world.supervisor.leave(VcpuId{0}, world.now);
    }
}

TEST_F(GateService, a_caller_that_is_stopped_while_it_waits_is_gone)
{
    EXPECT_TRUE(world.cross(a, to_server, 2, world.top(a)).waits);
    EXPECT_TRUE(world.supervisor.stop_domain(client).empty());
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(world.status(b, GateOpen{}), PD_OK);
    EXPECT_FALSE(world.supervisor.has_ready());
}

TEST_F(GateService, gates_are_closed_again_after_a_restart)
{
    serve(b);
    world.supervisor.stop_domain(server);
    EXPECT_EQ(world.release_quiescent(), 1U);
    world.supervisor.restart_domain(server);
    EXPECT_TRUE(world.cross(a, to_server, 2, world.top(a)).waits);
    world.start_domain(server);
    b = world.dispatch(1);
    EXPECT_EQ(world.status(b, GateOpen{}), PD_OK);
    a = world.dispatch(0);
    EXPECT_EQ(enter(a, to_server, 2, world.top(a)).activation.incarnation, 1U);
}

TEST_F(GateService, who_serves_sleeps_as_long_as_calls_can_come)
{
    open_all();
    EXPECT_FALSE(world.supervisor.has_ready());
    enter_server(a);
    world.call_plan(a, ThreadSleep{10});
    EXPECT_FALSE(world.supervisor.has_ready()) << "its caller lives";
    world.now += 10;
    a = world.dispatch(0);
    world.go_back(a);
    world.call_plan(a, ThreadExit{0});
    expect_dispatched(1, b.thread, 0, PD_OK);
    expect_dispatched(2, c.thread, 0, PD_OK);
    world.release_quiescent();
}

TEST_F(GateService, a_server_goes_on_while_somebody_can_call_it_by_way_of_others)
{
    open_all();
    // A fourth domain may call the store, which may call the server.
    const DomainId far = world.add_domain("far");
    world.supervisor.add_gate(far, {store, 0, 0});
    const Caller d = world.dispatch(3);
    world.call_plan(a, ThreadExit{0});
    world.release_quiescent();
    EXPECT_FALSE(world.supervisor.has_ready());
    world.call_plan(d, ThreadExit{0});
    expect_dispatched(0, b.thread, 0, PD_OK);
    expect_dispatched(1, c.thread, 0, PD_OK);
    world.release_quiescent();
}

TEST_F(GateService, servers_that_only_serve_each_other_end)
{
    world.call_plan(a, ThreadExit{0});
    world.release_quiescent();
    serve(b);
    EXPECT_FALSE(world.supervisor.has_ready()) << "the store may still call";
    serve(c);
    expect_dispatched(1, b.thread, 0, PD_OK);
    expect_dispatched(2, c.thread, 0, PD_OK);
}

TEST_F(GateService, a_server_with_a_worker_goes_on_serving)
{
    const std::uint64_t stack = world.value(b, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF});
    ThreadCreate create;
    create.entry = world.code(server);
    create.stack = stack;
    create.flags = PD_THREAD_DETACHED;
    world.value(b, create);
    const Caller worker = world.dispatch(3);
    serve(b);
    serve(c);
    world.call_plan(a, ThreadExit{0});
    world.release_quiescent();
    EXPECT_FALSE(world.supervisor.has_ready())
        << "the worker may call the store, and it the server";
    world.call_plan(worker, ThreadExit{0});
    expect_dispatched(1, b.thread, 0, PD_OK);
    expect_dispatched(2, c.thread, 0, PD_OK);
}

TEST_F(GateService, a_caller_that_will_be_restarted_is_waited_for)
{
    open_all();
    world.supervisor.expect_restart(client);
    world.supervisor.stop_domain(client);
    EXPECT_TRUE(world.catch_up(a).has_left);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_FALSE(world.supervisor.has_ready()) << "the servers go on serving";
    world.supervisor.restart_domain(client);
    world.start_domain(client);
    a = world.dispatch(0);
    enter_server(a);
    world.go_back(a);
    world.call_plan(a, ThreadExit{0});
    EXPECT_TRUE(world.supervisor.has_ready()) << "this time it has ended for good";
    world.release_quiescent();
}

// ---- stops
// ---------------------------------------------------------------------------------------

class G11Calls : public Gates {
public:
    G11Calls() { open_all(); }
    void expect_kicked(DomainId stopped, const std::vector<std::uint32_t>& vcpus)
    {
        std::vector<VcpuId> expected;
        expected.reserve(vcpus.size());
        for (const std::uint32_t vcpu : vcpus) {
            expected.push_back(VcpuId{vcpu});
        }
        EXPECT_EQ(world.supervisor.stop_domain(stopped), expected);
        EXPECT_EQ(world.supervisor.stop_domain(stopped), expected) << "idempotent";
        world.check();
    }
    [[nodiscard]] std::uint64_t new_thread(const Caller& caller)
    {
        ThreadCreate create;
        create.entry = world.code(caller.domain);
        create.stack = world.value(caller, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF});
        return world.value(caller, create);
    }
};

TEST_F(G11Calls, a_visitor_on_a_vcpu_is_kicked_and_goes_on_in_its_caller)
{
    enter_server(a);
    expect_kicked(server, {0});
    EXPECT_EQ(world.release_quiescent(), 0U) << "the visitor may still execute its code";
    EXPECT_FALSE(world.supervisor.can_go_on(a.thread));
    const World::CaughtUp caught = world.catch_up(a);
    EXPECT_EQ(caught.status, PD_CALLEE_STOPPED);
    EXPECT_EQ(a.domain, client);
    EXPECT_TRUE(world.supervisor.can_go_on(a.thread));
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(world.cross(a, to_server, 2, world.top(a)).status, PD_NOT_RUNNING);
    EXPECT_EQ(world.status(a, ThreadSelf{}), PD_OK);
}

TEST_F(G11Calls, a_call_of_the_supervisor_by_a_visitor_is_answered_stopped_and_keeps_its_vcpu)
{
    enter_server(a);
    world.supervisor.stop_domain(server);
    const Plan plan = world.call_plan(a, MemoryAlloc{page, PD_PERM_READ});
    EXPECT_EQ(plan.reply.status, PD_STOPPED);
    EXPECT_EQ(plan.disposition, Disposition::resume);
    EXPECT_EQ(world.catch_up(a).status, PD_CALLEE_STOPPED);
    EXPECT_EQ(world.release_quiescent(), 1U);
}

TEST_F(G11Calls, a_plan_of_a_visitor_finishes_before_the_callee_is_at_rest)
{
    enter_server(a);
    const Plan plan = world.begin(a, MemoryAlloc{page, PD_PERM_READ});
    world.supervisor.stop_domain(server);
    world.supervisor.caught_up(VcpuId{0});
    EXPECT_EQ(world.release_quiescent(), 0U);
    EXPECT_EQ(world.perform(plan).reply.status, PD_STOPPED);
    EXPECT_EQ(world.catch_up(a).status, PD_CALLEE_STOPPED);
    EXPECT_EQ(world.release_quiescent(), 1U);
}

TEST_F(G11Calls, a_visitor_that_is_ready_goes_on_in_its_caller)
{
    enter_server(a);
    world.supervisor.leave(VcpuId{0}, world.now);
    expect_kicked(server, {});
    EXPECT_EQ(world.release_quiescent(), 1U);
    expect_dispatched(0, a.thread, 0, PD_CALLEE_STOPPED);
}

TEST_F(G11Calls, a_visitor_preempted_after_the_stop_goes_on_in_its_caller)
{
    enter_server(a);
    expect_kicked(server, {0});
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U) << "off its vCPU it can enter nothing";
    expect_dispatched(0, a.thread, 0, PD_CALLEE_STOPPED);
}

TEST_F(G11Calls, a_visitor_that_sleeps_is_woken_in_its_caller)
{
    enter_server(a);
    world.call_plan(a, ThreadSleep{1000});
    expect_kicked(server, {});
    EXPECT_FALSE(world.supervisor.next_deadline().has_value());
    EXPECT_EQ(world.release_quiescent(), 1U);
    expect_dispatched(0, a.thread, 0, PD_CALLEE_STOPPED);
}

TEST_F(G11Calls, a_visitor_that_waits_at_an_address_is_woken_in_its_caller)
{
    enter_server(a);
    const std::uint64_t word = world.data(server);
    world.call_plan(a, ThreadWait{word, 0, PD_FOREVER});
    expect_kicked(server, {});
    EXPECT_EQ(world.release_quiescent(), 1U);
    expect_dispatched(0, a.thread, 0, PD_CALLEE_STOPPED);
}

TEST_F(G11Calls, a_visitor_that_joins_a_thread_of_the_callee_is_woken_in_its_caller)
{
    enter_server(a);
    const std::uint64_t worker = new_thread(a);
    world.call_plan(a, ThreadJoin{worker, PD_FOREVER});
    expect_kicked(server, {});
    EXPECT_EQ(world.supervisor.thread_number(ThreadId{worker}), UINT64_MAX);
    EXPECT_EQ(world.release_quiescent(), 1U);
    expect_dispatched(0, a.thread, 0, PD_CALLEE_STOPPED);
}

TEST_F(G11Calls, a_visitor_that_waits_for_gates_is_woken_in_its_caller)
{
    world.supervisor.stop_domain(store);
    world.release_quiescent();
    world.supervisor.restart_domain(store);
    enter_server(a);
    EXPECT_TRUE(world.cross(a, server_to_store, 0, world.top(a) - page).waits);
    expect_kicked(server, {});
    EXPECT_EQ(world.release_quiescent(), 1U);
    expect_dispatched(0, a.thread, 0, PD_CALLEE_STOPPED);
}

TEST_F(G11Calls, a_call_deeper_than_the_stopped_domain_finishes_first)
{
    enter_server(a);
    enter(a, server_to_store, 0, world.top(a) - 2 * page);
    expect_kicked(server, {0});
    EXPECT_FALSE(world.catch_up(a).status.has_value()) << "the store goes on";
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(a.domain, store);
    world.go_back(a);
    EXPECT_EQ(a.domain, server);
    EXPECT_EQ(world.catch_up(a).status, PD_CALLEE_STOPPED);
    EXPECT_EQ(a.domain, client);
}

TEST_F(G11Calls, a_sleeper_deeper_than_the_stopped_domain_sleeps_on)
{
    enter_server(a);
    enter(a, server_to_store, 0, world.top(a) - 2 * page);
    world.call_plan(a, ThreadSleep{100});
    expect_kicked(server, {});
    EXPECT_EQ(world.supervisor.next_deadline(), world.now + 100);
    EXPECT_EQ(world.release_quiescent(), 1U);
    world.now += 100;
    expect_dispatched(0, a.thread, 2, PD_OK);
}

TEST_F(G11Calls, calls_are_cut_down_to_the_innermost_domain_that_can_go_on)
{
    enter(a, to_store, 0, world.top(a) - page);
    for (int times = 0; times < 2; ++times) {
        enter(a, store_to_server, 2, world.top(a) - page);
        enter(a, server_to_client, 0, world.top(a) - page);
        enter(a, to_server, 2, world.top(a) - page);
        if (times == 0) {
            enter(a, server_to_store, 0, world.top(a) - page);
        }
    }
    ASSERT_EQ(world.calls(a.thread).size(), 8U); // S V C V S V C V
    world.call_plan(a, ThreadSleep{100});
    expect_kicked(server, {});
    a = expect_dispatched(0, a.thread, 7, PD_CALLEE_STOPPED);
    EXPECT_EQ(world.release_quiescent(), 1U);
    world.call_plan(a, ThreadYield{});
    world.supervisor.stop_domain(client);
    a = expect_dispatched(0, a.thread, 5, PD_CALLEE_STOPPED);
    EXPECT_EQ(world.release_quiescent(), 0U) << "the client's thread has not come home";
    world.call_plan(a, ThreadYield{});
    world.supervisor.stop_domain(store);
    EXPECT_FALSE(world.supervisor.has_ready()) << "nobody is left to go on in";
    EXPECT_EQ(world.release_quiescent(), 2U);
}

TEST_F(G11Calls, a_thread_of_a_stopped_domain_finishes_its_call_elsewhere)
{
    enter_server(a);
    expect_kicked(client, {0});
    EXPECT_EQ(world.release_quiescent(), 0U);
    EXPECT_FALSE(world.catch_up(a).status.has_value());
    EXPECT_EQ(world.value(a, ThreadSelf{}), static_cast<std::uint64_t>(a.thread));
    EXPECT_TRUE(world.touch(a, world.bottom(a))) << "on the stopped domain's stack";
    world.call_plan(a, ThreadSleep{10});
    world.now += 10;
    a = world.dispatch(0);
    EXPECT_EQ(a.domain, server);
    enter(a, server_to_store, 0, world.top(a) - page);
    world.go_back(a);
    EXPECT_EQ(world.cross(a, server_to_client, 0, world.top(a) - page).status, PD_NOT_RUNNING);
    EXPECT_EQ(world.release_quiescent(), 0U);
    world.go_back(a);
    EXPECT_TRUE(world.catch_up(a).has_left);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(world.machine.committed_pages() * page,
              world.supervisor.usage(server).memory.current +
                  world.supervisor.usage(server).stack_bytes.current +
                  world.supervisor.usage(store).memory.current +
                  world.supervisor.usage(store).stack_bytes.current);
}

TEST_F(G11Calls, a_call_of_oneself_by_way_of_others_ends_with_the_domain)
{
    enter_server(a);
    enter(a, server_to_client, 0, world.top(a) - 2 * page);
    expect_kicked(client, {0});
    EXPECT_EQ(world.catch_up(a).status, PD_CALLEE_STOPPED);
    EXPECT_EQ(a.domain, server);
    EXPECT_EQ(world.release_quiescent(), 0U);
    world.go_back(a);
    EXPECT_TRUE(world.catch_up(a).has_left);
    EXPECT_EQ(world.release_quiescent(), 1U);
}

TEST_F(G11Calls, caller_and_callee_stopped_at_once_leave_nothing)
{
    enter_server(a);
    world.supervisor.stop_domain(client);
    world.supervisor.stop_domain(server);
    EXPECT_TRUE(world.catch_up(a).has_left);
    EXPECT_EQ(world.release_quiescent(), 2U);
}

TEST_F(G11Calls, caller_and_callee_stopped_while_the_call_sleeps_leave_nothing)
{
    enter_server(a);
    world.call_plan(a, ThreadSleep{1000});
    world.supervisor.stop_domain(client);
    EXPECT_EQ(world.release_quiescent(), 0U) << "the call goes on";
    world.supervisor.stop_domain(server);
    EXPECT_FALSE(world.supervisor.next_deadline().has_value());
    EXPECT_EQ(world.release_quiescent(), 2U);
}

TEST_F(G11Calls, a_domain_is_at_rest_when_every_vcpu_that_might_enter_it_has_caught_up)
{
    const std::uint64_t second = new_thread(a);
    Caller other = world.dispatch(3);
    ASSERT_EQ(other.thread, ThreadId{second});
    enter(a, to_store, 0, world.top(a) - page);
    world.go_back(a);
    // It has called the store only, but what is prepared for it is for the VMM to know.
    expect_kicked(server, {0});
    EXPECT_EQ(world.release_quiescent(), 0U);
    enter(other, to_store, 0, world.top(other));
    EXPECT_EQ(world.release_quiescent(), 0U)
        << "a call decided after the stop needs no waiting for";
    EXPECT_FALSE(world.catch_up(a).status.has_value());
    EXPECT_EQ(world.release_quiescent(), 1U);
    expect_kicked(store, {0, 3});
    EXPECT_EQ(world.catch_up(other).status, PD_CALLEE_STOPPED);
    EXPECT_EQ(world.release_quiescent(), 0U) << "the other vCPU has not";
    EXPECT_FALSE(world.catch_up(a).status.has_value());
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(world.supervisor.stops(), 2U);
}

TEST_F(G11Calls, one_catching_up_counts_for_all_that_stop)
{
    enter_server(a);
    expect_kicked(server, {0});
    expect_kicked(store, {0});
    EXPECT_EQ(world.catch_up(a).status, PD_CALLEE_STOPPED);
    EXPECT_EQ(world.release_quiescent(), 2U);
}

TEST_F(G11Calls, a_thread_that_leaves_its_vcpu_in_any_way_need_not_be_waited_for)
{
    for (const Request& request : {Request(ThreadSleep{1}), Request(ThreadYield{})}) {
        enter(a, to_store, 0, world.top(a));
        world.go_back(a);
        expect_kicked(server, {0});
        world.call_plan(a, request);
        EXPECT_EQ(world.release_quiescent(), 1U);
        world.now += 1;
        a = world.dispatch(0);
        world.supervisor.restart_domain(server);
        world.start_domain(server);
        serve(world.dispatch(1));
    }
    expect_kicked(server, {0});
    world.call_plan(a, ThreadExit{0});
    EXPECT_EQ(world.release_quiescent(), 2U);
}

TEST_F(G11Calls, what_was_called_before_a_restart_is_never_returned_to)
{
    enter_server(a);
    enter(a, server_to_store, 0, world.top(a) - 2 * page);
    const Activation before = world.calls(a.thread)[0];
    EXPECT_TRUE(world.supervisor.is_current(before));
    expect_kicked(server, {0});
    EXPECT_FALSE(world.supervisor.is_current(before));
    EXPECT_FALSE(world.catch_up(a).status.has_value());
    world.release_quiescent();
    world.supervisor.restart_domain(server);
    world.start_domain(server);
    serve(world.dispatch(1));
    EXPECT_EQ(world.supervisor.incarnation(server), 1U);
    EXPECT_FALSE(world.supervisor.is_current(before));
    // The new server can be called, below the frames that wait for the old one.
    enter(a, store_to_server, 2, world.top(a) - 2 * page);
    EXPECT_EQ(world.calls(a.thread).back().incarnation, 1U);
    expect_kicked(server, {0});
    EXPECT_EQ(world.catch_up(a).status, PD_CALLEE_STOPPED);
    EXPECT_EQ(a.domain, store);
    world.release_quiescent();
    world.go_back(a);
    EXPECT_EQ(world.catch_up(a).status, PD_CALLEE_STOPPED);
    EXPECT_EQ(a.domain, client);
    EXPECT_TRUE(world.calls(a.thread).empty());
}

TEST_F(G11Calls, a_stack_that_passes_to_its_managers_domain_forgets_who_created_it)
{
    // The client calls itself by way of the server, on a stack that the store's thread then takes.
    const std::uint64_t stack =
        world.value(a, StackAlloc{8 * page, 0, PD_ANY_SLOT, static_cast<std::uint64_t>(store)});
    const auto home = static_cast<std::uint64_t>(world.last(0).stack);
    ASSERT_EQ(world.status(a, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    enter_server(a);
    enter(a, server_to_client, 0, world.top(a) - page);
    world.go_back(a);
    world.go_back(a);
    ASSERT_EQ(world.status(a, StackActivate{home, PD_THIS_VCPU}), PD_OK);
    const Plan own = world.perform(world.supervisor.reserve_stack(store, page, page));
    world.supervisor.start_main_thread(store, StackId{own.reply.value}, world.code(store), 0);
    const Caller manager = world.dispatch(3);
    ASSERT_EQ(world.status(manager, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    world.supervisor.stop_domain(client);
    EXPECT_TRUE(world.catch_up(a).has_left);
    EXPECT_EQ(world.release_quiescent(), 1U);
    ASSERT_EQ(world.supervisor.facts(store, stack).slot.creator, store);
    ASSERT_EQ(world.status(manager, StackActivate{own.reply.value, PD_THIS_VCPU}), PD_OK);
    const Plan plan = world.begin(manager, StackFree{stack});
    for (const Effect& effect : plan.effects) {
        if (const auto* close = std::get_if<CloseRoot>(&effect)) {
            EXPECT_NE(close->domain, client) << "no plan names a domain that was released";
        }
    }
    world.check();
    EXPECT_EQ(world.perform(plan).reply.status, PD_OK);
}

} // namespace
} // namespace glacis::supervisor::test
