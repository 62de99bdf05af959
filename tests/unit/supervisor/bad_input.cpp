#include "bad_input.hpp"

namespace glacis::supervisor::test {
namespace {

[[nodiscard]] Layout layout()
{
    Layout layout = small_layout();
    layout.stack_area.end = layout.stack_area.begin + 16 * layout.stack_slot;
    layout.vcpus = 7;
    return layout;
}

[[nodiscard]] Quota quota_of_caller()
{
    Quota quota;
    quota.memory = 20 * page;
    quota.stacks = 4;
    quota.threads = 3;
    quota.grants = 4;
    return quota;
}

[[nodiscard]] Quota quota_of_neighbour()
{
    Quota quota;
    quota.memory = 4 * page;
    quota.stack_bytes = 7 * page;
    quota.grants = 1;
    quota.domains = 1;
    return quota;
}

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t rw = PD_PERM_READ | PD_PERM_WRITE;

} // namespace

BadScene::BadScene() : world(layout())
{
    world.add_domain("caller", quota_of_caller());
    caller = world.dispatch(0);
    world.add_domain("neighbour", quota_of_neighbour());
    neighbour = world.dispatch(1);
    const DomainId gone = world.add_domain("gone");
    world.dispatch(3);
    world.supervisor.stop_domain(gone);
    world.supervisor.leave(VcpuId{3}, world.now);
    world.release_quiescent();
    world.add_domain("rich");
    rich = world.dispatch(2);
    who = caller;

    // Stacks and threads: one that was joined, one that runs, one that is ready.
    home = static_cast<std::uint64_t>(world.last(0).stack);
    foreign_stack = static_cast<std::uint64_t>(world.last(1).stack);
    const auto new_stack = [&](const Caller& owner, std::uint64_t managing = PD_SELF) {
        return world.value(owner, StackAlloc{2 * page, 6 * page, PD_ANY_SLOT, managing});
    };
    const auto new_thread = [&](std::uint64_t stack, std::uint64_t flags) {
        ThreadCreate create;
        create.entry = world.code(caller.domain);
        create.stack = stack;
        create.flags = flags;
        return world.value(caller, create);
    };
    freed_stack = new_stack(caller);
    joined = new_thread(freed_stack, 0);
    world.call_plan(world.dispatch(3), ThreadExit{0});
    world.value(caller, ThreadJoin{joined, 0});
    worker_stack = new_stack(caller);
    new_thread(worker_stack, 0);
    worker = world.dispatch(3);
    ready_stack = new_stack(caller);
    detached = new_thread(ready_stack, PD_THREAD_DETACHED);
    foreign_thread = static_cast<std::uint64_t>(neighbour.thread);
    managed = new_stack(neighbour, 0);
    world.value(caller, StackFree{freed_stack});
    idle =
        world.value(caller, StackAlloc{2 * page, 6 * page,
                                       world.layout.stack_area.end - world.layout.stack_slot, 1});

    // Memory.
    own = world.value(caller, MemoryAlloc{8 * page, rw});
    foreign = world.value(neighbour, MemoryAlloc{page, rw});
    EXPECT_EQ(foreign, own + 8 * page);
    for (const std::uint64_t domain : {1, 3}) {
        world.value(caller, MemorySetPerm{own, 3 * page, r, domain, 0});
        world.value(caller, MemorySetPerm{own + 4 * page, page, r, domain, 0});
    }
    passed_on = world.value(caller, MemoryAlloc{page, rw});
    world.value(caller, MemorySetPerm{passed_on, page, 0, PD_SELF, 0});
    world.value(caller, MemoryTransfer{passed_on, page, 3});
    region = world.perform(world.supervisor.reserve_memory(supervisor_domain, page, Perm::none))
                 .reply.value;
    world.perform(
        world.supervisor.set_reserved_perm(caller.domain, {region, region + page}, Perm::read));
    freed = world.value(caller, MemoryAlloc{page, rw});
    world.value(caller, MemoryFree{freed, page});

    group = world.value(caller, GroupCreate{});
    world.value(caller, GroupAdd{group, 1});
    world.value(caller, GroupAdd{group, 3});
    foreign_group = world.value(neighbour, GroupCreate{});
    deleted_group = world.value(caller, GroupCreate{});
    world.value(caller, GroupDelete{deleted_group});
}

void BadScene::add_manager()
{
    Supervisor& supervisor = world.supervisor;
    const DomainId managing = supervisor.add_domain("manager", {});
    const DomainId run = supervisor.add_domain("managed", {});
    supervisor.set_thread_manager(run, managing);
    world.start_domain(managing);
    world.start_domain(run);
    world.dispatch(5); // the detached thread, which was ready before
    manager = who = world.dispatch(4);
    held = std::get<pd_thread_event>(world.call(manager, ThreadTake{0, 0}).out).thread;
}

void BadScene::run_held()
{
    add_manager();
    ThreadCreate create;
    create.entry = world.code(manager.domain);
    create.stack = world.value(manager, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF});
    world.value(manager, create);
    who = world.dispatch(6);
    world.call_plan(manager, ThreadRun{held, PD_FOREVER, UINT64_MAX});
    world.dispatch(4);
}

void BadScene::let_sleep()
{
    add_manager();
    world.call_plan(manager, ThreadRun{held, PD_FOREVER, UINT64_MAX});
    world.call_plan(world.dispatch(4), ThreadSleep{1000});
    who = world.dispatch(4);
}

void BadScene::meanwhile(const Caller& other, const Request& request)
{
    pending = world.begin(other, request);
    EXPECT_FALSE(pending->is_final) << "nothing is in progress";
}

} // namespace glacis::supervisor::test
