// Wrong calls about stacks.

#include "bad_input.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t last_page = ~std::uint64_t{0} - page + 1;

using Scene = BadScene;

/// By the rich one, so that quotas have no say.
Request alloc(Scene& scene, std::uint64_t commit, std::uint64_t limit = 0,
              std::uint64_t slot = PD_ANY_SLOT, std::uint64_t manager = PD_SELF)
{
    scene.who = scene.rich;
    return StackAlloc{commit, limit, slot, manager};
}

/// On the top page of the caller's active stack.
Request set(Scene& scene, std::uint64_t perm, std::uint64_t domain, std::uint64_t flags = 0)
{
    return StackSetPerm{scene.page_of(scene.home, 1), page, perm, domain, flags};
}

Request set_pages(std::uint64_t address, std::uint64_t length)
{
    return StackSetPerm{address, length, r, 1, 0};
}

const BadCall calls[] = {
    {"pd_stack_alloc", "size or limit not of pages", PD_MISALIGNED,
     [](Scene& scene) {
         return alloc(scene, page + 8);
     }},
    {"pd_stack_alloc", "named slot that is no slot's address", PD_MISALIGNED,
     [](Scene& scene) {
         return alloc(scene, page, 0, scene.freed_stack + page);
     }},
    {"pd_stack_alloc", "no page", PD_EMPTY_RANGE,
     [](Scene& scene) {
         return alloc(scene, 0, page);
     }},
    {"pd_stack_alloc", "limit below the size", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return alloc(scene, 2 * page, page);
     }},
    {"pd_stack_alloc", "named slot outside the stack area", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return alloc(scene, page, 0, scene.world.layout.stack_area.end);
     }},
    {"pd_stack_alloc", "size or limit that does not leave the guard", PD_TOO_LARGE,
     [](Scene& scene) {
         return alloc(scene, page, scene.world.layout.stack_slot);
     }},
    {"pd_stack_alloc", "a manager that never was", PD_BAD_HANDLE,
     [](Scene& scene) {
         return alloc(scene, page, 0, PD_ANY_SLOT, 4);
     }},
    {"pd_stack_alloc", "a manager that has ended", PD_BAD_HANDLE,
     [](Scene& scene) {
         return alloc(scene, page, 0, PD_ANY_SLOT, 2);
     }},
    {"pd_stack_alloc", "one stack too many", PD_QUOTA_STACKS,
     [](Scene&) -> Request {
         return StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF};
     }},
    {"pd_stack_alloc", "more bytes than the quota of stack bytes", PD_QUOTA_STACK_BYTES,
     [](Scene& scene) -> Request {
         scene.who = scene.neighbour;
         return StackAlloc{5 * page, 0, PD_ANY_SLOT, PD_SELF};
     }},
    {"pd_stack_alloc", "no slot is free", PD_NO_SLOT,
     [](Scene& scene) {
         const StackAlloc one{page, 0, PD_ANY_SLOT, PD_SELF};
         while (scene.world.status(scene.rich, one) == PD_OK) {
         }
         return alloc(scene, page);
     }},
    {"pd_stack_alloc", "named slot with a stack", PD_REGION_CONFLICT,
     [](Scene& scene) {
         return alloc(scene, page, 0, scene.idle);
     }},
    {"pd_stack_alloc", "named slot whose stack is being freed", PD_REGION_CONFLICT,
     [](Scene& scene) {
         scene.meanwhile(scene.worker, StackFree{scene.idle});
         return alloc(scene, page, 0, scene.idle);
     }},
    {"pd_stack_alloc", "named slot that is being allocated", PD_REGION_CONFLICT,
     [](Scene& scene) {
         scene.meanwhile(scene.neighbour, StackAlloc{page, 0, scene.freed_stack, PD_SELF});
         return alloc(scene, page, 0, scene.freed_stack);
     }},

    {"pd_stack_free", "no stack-ID", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return StackFree{scene.idle + page};
     }},
    {"pd_stack_free", "a stack that was freed", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return StackFree{scene.freed_stack};
     }},
    {"pd_stack_free", "another domain's stack", PD_NOT_OWNER,
     [](Scene& scene) -> Request {
         return StackFree{scene.foreign_stack};
     }},
    {"pd_stack_free", "another domain's stack that the caller manages", PD_NOT_OWNER,
     [](Scene& scene) -> Request {
         return StackFree{scene.managed};
     }},
    {"pd_stack_free", "the active stack", PD_IN_USE,
     [](Scene& scene) -> Request {
         return StackFree{scene.home};
     }},
    {"pd_stack_free", "a stack that is active on another vCPU", PD_IN_USE,
     [](Scene& scene) -> Request {
         return StackFree{scene.worker_stack};
     }},
    {"pd_stack_free", "the stack of a thread that waits to run", PD_IN_USE,
     [](Scene& scene) -> Request {
         return StackFree{scene.ready_stack};
     }},
    {"pd_stack_free", "a stack that is being freed", PD_IN_USE,
     [](Scene& scene) -> Request {
         scene.meanwhile(scene.worker, StackFree{scene.idle});
         return StackFree{scene.idle};
     }},
    {"pd_stack_free", "a stack that another call works on", PD_IN_USE,
     [](Scene& scene) -> Request {
         scene.meanwhile(scene.worker, StackGrow{scene.idle, 3 * page});
         return StackFree{scene.idle};
     }},

    {"pd_stack_grow", "size not of pages", PD_MISALIGNED,
     [](Scene& scene) -> Request {
         return StackGrow{scene.idle, 3 * page - 1};
     }},
    {"pd_stack_grow", "a stack that was freed", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return StackGrow{scene.freed_stack, 3 * page};
     }},
    {"pd_stack_grow", "another domain's stack", PD_NOT_OWNER,
     [](Scene& scene) -> Request {
         return StackGrow{scene.managed, 3 * page};
     }},
    {"pd_stack_grow", "less than it has", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         return StackGrow{scene.idle, page};
     }},
    {"pd_stack_grow", "more than its limit", PD_TOO_LARGE,
     [](Scene& scene) -> Request {
         return StackGrow{scene.idle, last_page};
     }},
    {"pd_stack_grow", "more bytes than the quota of stack bytes", PD_QUOTA_STACK_BYTES,
     [](Scene& scene) -> Request {
         scene.who = scene.neighbour;
         return StackGrow{scene.managed, 6 * page};
     }},
    {"pd_stack_grow", "a stack that another call works on", PD_IN_USE,
     [](Scene& scene) -> Request {
         scene.meanwhile(scene.worker, StackGrow{scene.idle, 3 * page});
         return StackGrow{scene.idle, 4 * page};
     }},

    {"pd_stack_activate", "another vCPU than the calling one", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         return StackActivate{scene.idle, 3};
     }},
    {"pd_stack_activate", "a vCPU that there is not", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         return StackActivate{scene.idle, 64};
     }},
    {"pd_stack_activate", "no stack-ID", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return StackActivate{scene.idle + page, PD_THIS_VCPU};
     }},
    {"pd_stack_activate", "a stack that was freed", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return StackActivate{scene.freed_stack, PD_THIS_VCPU};
     }},
    {"pd_stack_activate", "a stack whose creator is ending", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         scene.world.supervisor.stop_domain(scene.neighbour.domain);
         return StackActivate{scene.managed, PD_THIS_VCPU};
     }},
    {"pd_stack_activate", "a stack that the caller neither created nor manages", PD_NOT_PERMITTED,
     [](Scene& scene) -> Request {
         return StackActivate{scene.foreign_stack, PD_THIS_VCPU};
     }},
    {"pd_stack_activate", "a stack that is active on another vCPU", PD_IN_USE,
     [](Scene& scene) -> Request {
         return StackActivate{scene.worker_stack, PD_THIS_VCPU};
     }},
    {"pd_stack_activate", "the stack of another thread that waits to run", PD_IN_USE,
     [](Scene& scene) -> Request {
         return StackActivate{scene.ready_stack, PD_THIS_VCPU};
     }},
    {"pd_stack_activate", "a stack that is being freed", PD_IN_USE,
     [](Scene& scene) -> Request {
         scene.meanwhile(scene.worker, StackFree{scene.idle});
         return StackActivate{scene.idle, PD_THIS_VCPU};
     }},

    {"pd_stack_set_permission", "address or length not of pages", PD_MISALIGNED,
     [](Scene& scene) {
         return set_pages(scene.page_of(scene.home, 1), 1);
     }},
    {"pd_stack_set_permission", "no page", PD_EMPTY_RANGE,
     [](Scene& scene) {
         return set_pages(scene.page_of(scene.home, 1), 0);
     }},
    {"pd_stack_set_permission", "range wraps around", PD_RANGE_OVERFLOW,
     [](Scene& scene) {
         return set_pages(scene.page_of(scene.home, 1), last_page);
     }},
    {"pd_stack_set_permission", "execute", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set(scene, r | PD_PERM_EXECUTE, 1);
     }},
    {"pd_stack_set_permission", "undefined flags", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set(scene, r, 1, 4);
     }},
    {"pd_stack_set_permission", "a domain that never was", PD_BAD_HANDLE,
     [](Scene& scene) {
         return set(scene, r, 4);
     }},
    {"pd_stack_set_permission", "a domain that has ended", PD_BAD_HANDLE,
     [](Scene& scene) {
         return set(scene, r, 2);
     }},
    {"pd_stack_set_permission", "pages outside the stack area", PD_NOT_COMMITTED,
     [](Scene& scene) {
         return set_pages(scene.own, page);
     }},
    {"pd_stack_set_permission", "pages of the guard or not committed yet", PD_NOT_COMMITTED,
     [](Scene& scene) {
         return set_pages(scene.page_of(scene.home, 3), 2 * page);
     }},
    {"pd_stack_set_permission", "pages of a stack that was freed", PD_NOT_COMMITTED,
     [](Scene& scene) {
         return set_pages(scene.page_of(scene.freed_stack, 1), page);
     }},
    {"pd_stack_set_permission", "a stack that the caller neither created nor manages",
     PD_NOT_PERMITTED,
     [](Scene& scene) {
         return set_pages(scene.page_of(scene.foreign_stack, 1), page);
     }},
    {"pd_stack_set_permission", "a stack of the caller's that is not active", PD_NOT_ACTIVE,
     [](Scene& scene) {
         return set_pages(scene.page_of(scene.idle, 1), page);
     }},
    {"pd_stack_set_permission", "a stack that is active on another vCPU", PD_NOT_ACTIVE,
     [](Scene& scene) {
         return set_pages(scene.page_of(scene.worker_stack, 1), page);
     }},
    {"pd_stack_set_permission", "a stack that another call works on", PD_IN_USE,
     [](Scene& scene) {
         scene.meanwhile(scene.worker, StackGrow{scene.home, 4 * page});
         return set(scene, r, PD_SELF);
     }},
    {"pd_stack_set_permission", "one grant more than the creator's quota", PD_QUOTA_GRANTS,
     [](Scene& scene) {
         return set(scene, r, 1);
     }},

    {"pd_stack_query", "no stack-ID", PD_BAD_HANDLE,
     [](Scene&) -> Request {
         return StackInfo{1};
     }},
    {"pd_stack_query", "a stack that was freed", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return StackInfo{scene.freed_stack};
     }},
    {"pd_stack_query", "a stack that is being freed", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         scene.meanwhile(scene.worker, StackFree{scene.idle});
         return StackInfo{scene.idle};
     }},
    {"pd_stack_query", "a stack that the caller neither created nor manages", PD_NOT_PERMITTED,
     [](Scene& scene) -> Request {
         return StackInfo{scene.foreign_stack};
     }},
};

} // namespace

std::vector<BadCall> bad_stack_calls()
{
    return {std::begin(calls), std::end(calls)};
}

} // namespace glacis::supervisor::test
