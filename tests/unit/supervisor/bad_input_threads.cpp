// Wrong calls about threads.

#include "bad_input.hpp"

namespace glacis::supervisor::test {
namespace {

using Scene = BadScene;

/// By the rich one, right but for what a case changes.
ThreadCreate create(Scene& scene)
{
    scene.who = scene.rich;
    ThreadCreate request;
    request.entry = scene.world.code(scene.rich.domain);
    request.stack = scene.world.value(scene.rich, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF});
    return request;
}

Request join(std::uint64_t thread)
{
    return ThreadJoin{thread, PD_FOREVER};
}

Request wait(std::uint64_t address, std::uint64_t expected = 0)
{
    return ThreadWait{address, expected, PD_FOREVER};
}

Request wake(std::uint64_t address)
{
    return ThreadWake{address, 1};
}

const BadCall calls[] = {
    {"pd_thread_create", "undefined flags", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         ThreadCreate request = create(scene);
         request.flags = 2;
         return request;
     }},
    {"pd_thread_create", "entry that the caller may not execute", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         ThreadCreate request = create(scene);
         request.entry = scene.world.code(scene.neighbour.domain);
         return request;
     }},
    {"pd_thread_create", "entry in data", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         ThreadCreate request = create(scene);
         request.entry = scene.world.data(scene.rich.domain);
         return request;
     }},
    {"pd_thread_create", "thread pointer outside the address space", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         ThreadCreate request = create(scene);
         request.thread_pointer = GLACIS_ADDRESS_LIMIT;
         return request;
     }},
    {"pd_thread_create", "a stack that was freed", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         ThreadCreate request = create(scene);
         scene.world.value(scene.rich, StackFree{request.stack});
         return request;
     }},
    {"pd_thread_create", "a stack that another domain created", PD_NOT_PERMITTED,
     [](Scene& scene) -> Request {
         ThreadCreate request = create(scene);
         request.stack = scene.managed;
         return request;
     }},
    {"pd_thread_create", "a stack that a thread uses", PD_IN_USE,
     [](Scene& scene) -> Request {
         ThreadCreate request = create(scene);
         request.stack = static_cast<std::uint64_t>(scene.world.last(2).stack);
         return request;
     }},
    {"pd_thread_create", "a stack that is being freed", PD_IN_USE,
     [](Scene& scene) -> Request {
         scene.meanwhile(scene.worker, StackFree{scene.idle});
         ThreadCreate request;
         request.entry = scene.world.code(scene.caller.domain);
         request.stack = scene.idle;
         return request;
     }},
    {"pd_thread_create", "one thread too many", PD_QUOTA_THREADS,
     [](Scene& scene) -> Request {
         ThreadCreate request;
         request.entry = scene.world.code(scene.caller.domain);
         request.stack = scene.idle;
         return request;
     }},

    {"pd_thread_join", "handle 0", PD_BAD_HANDLE,
     [](Scene&) {
         return join(0);
     }},
    {"pd_thread_join", "a thread that was joined", PD_BAD_HANDLE,
     [](Scene& scene) {
         return join(scene.joined);
     }},
    {"pd_thread_join", "a detached thread", PD_BAD_HANDLE,
     [](Scene& scene) {
         return join(scene.detached);
     }},
    {"pd_thread_join", "a thread that another one waits for", PD_BAD_HANDLE,
     [](Scene& scene) {
         const auto main = static_cast<std::uint64_t>(scene.caller.thread);
         EXPECT_EQ(scene.world.call_plan(scene.worker, ThreadJoin{main, PD_FOREVER}).disposition,
                   Disposition::reschedule);
         // The detached thread has the vCPU now, and wants the same.
         scene.who = scene.world.dispatch(3);
         return join(main);
     }},
    {"pd_thread_join", "another domain's thread", PD_BAD_HANDLE,
     [](Scene& scene) {
         return join(scene.foreign_thread);
     }},
    {"pd_thread_join", "a group in place of a thread", PD_BAD_HANDLE,
     [](Scene& scene) {
         return join(scene.group);
     }},
    {"pd_thread_join", "the calling thread", PD_DEADLOCK,
     [](Scene& scene) {
         return join(static_cast<std::uint64_t>(scene.caller.thread));
     }},

    {"pd_thread_wait", "address not of a 32-bit word", PD_MISALIGNED,
     [](Scene& scene) {
         return wait(scene.own + 2);
     }},
    {"pd_thread_wait", "address that the caller may not read", PD_BAD_POINTER,
     [](Scene& scene) {
         return wait(scene.foreign);
     }},
    {"pd_thread_wait", "address on the stack of another thread", PD_BAD_POINTER,
     [](Scene& scene) {
         return wait(scene.page_of(scene.worker_stack, 1));
     }},
    {"pd_thread_wait", "freed page", PD_BAD_POINTER,
     [](Scene& scene) {
         return wait(scene.freed);
     }},
    {"pd_thread_wait", "the word holds another value", PD_TRY_AGAIN,
     [](Scene& scene) {
         return wait(scene.own, 1);
     }},

    {"pd_thread_wake", "address not of a 32-bit word", PD_MISALIGNED,
     [](Scene& scene) {
         return wake(scene.own + 1);
     }},
    {"pd_thread_wake", "address that the caller may not read", PD_BAD_POINTER,
     [](Scene& scene) {
         return wake(scene.foreign);
     }},

    {"pd_thread_run", "no time", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         return ThreadRun{scene.held, 0, UINT64_MAX};
     }},
    {"pd_thread_run", "by a domain that manages nobody", PD_NOT_PERMITTED,
     [](Scene& scene) -> Request {
         return ThreadRun{scene.foreign_thread, PD_FOREVER, UINT64_MAX};
     }},
    {"pd_thread_run", "handle 0", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         scene.add_manager();
         return ThreadRun{0, PD_FOREVER, UINT64_MAX};
     }},
    {"pd_thread_run", "a thread that another manager runs, or none", PD_NOT_PERMITTED,
     [](Scene& scene) -> Request {
         scene.add_manager();
         return ThreadRun{scene.foreign_thread, PD_FOREVER, UINT64_MAX};
     }},
    {"pd_thread_run", "a thread that runs", PD_IN_USE,
     [](Scene& scene) -> Request {
         scene.run_held();
         return ThreadRun{scene.held, PD_FOREVER, UINT64_MAX};
     }},
    {"pd_thread_run", "a thread that waits", PD_NOT_READY,
     [](Scene& scene) -> Request {
         scene.let_sleep();
         return ThreadRun{scene.held, PD_FOREVER, UINT64_MAX};
     }},
    {"pd_thread_take", "by a domain that manages nobody", PD_NOT_PERMITTED,
     [](Scene&) -> Request {
         return ThreadTake{0, PD_FOREVER};
     }},
    {"pd_thread_offer", "by a domain that manages nobody", PD_NOT_PERMITTED,
     [](Scene& scene) -> Request {
         return ThreadOffer{scene.foreign_thread};
     }},
    {"pd_thread_offer", "a thread that the caller does not manage", PD_NOT_PERMITTED,
     [](Scene& scene) -> Request {
         scene.add_manager();
         return ThreadOffer{scene.foreign_thread};
     }},
    {"pd_thread_offer", "handle 0", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         scene.add_manager();
         return ThreadOffer{0};
     }},
    {"pd_thread_offer", "a thread that waits", PD_NOT_READY,
     [](Scene& scene) -> Request {
         scene.let_sleep();
         return ThreadOffer{scene.held};
     }},
    {"pd_thread_set_parameter", "another domain's thread", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return ThreadSetParameter{scene.foreign_thread, 1};
     }},
    {"pd_thread_set_parameter", "a thread that was joined", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return ThreadSetParameter{scene.joined, 1};
     }},
};

} // namespace

std::vector<BadCall> bad_thread_calls()
{
    return {std::begin(calls), std::end(calls)};
}

} // namespace glacis::supervisor::test
