// Wrong calls about domains that domains make, and about the faults of others.

#include "bad_input.hpp"

namespace glacis::supervisor::test {
namespace {

using Scene = BadScene;

/// By somebody without quotas, right but for what a case changes.
DomainCreate create(Scene& scene)
{
    scene.who = scene.rich;
    DomainCreate request;
    request.quota = {2 * page, 1, page, 1, 0, 0};
    request.memory = page;
    request.stack_commit = page;
    return request;
}

/// By the caller: of its quotas nothing is left, but grants are looked at before.
DomainCreate create_with(Scene& scene, const MemoryGrant& grant)
{
    DomainCreate request = create(scene);
    scene.who = scene.caller;
    request.grants.push_back({scene.own, page, PD_PERM_READ});
    request.grants.push_back(grant);
    return request;
}

/// By the neighbour, which has room for so much.
DomainCreate create_small(Scene& scene)
{
    DomainCreate request = create(scene);
    scene.who = scene.neighbour;
    request.quota.memory = page;
    return request;
}

/// Whose making is not over.
std::uint64_t child(Scene& scene)
{
    return scene.world.value(scene.rich, create(scene));
}

std::uint64_t running_child(Scene& scene)
{
    DomainCreate request = create(scene);
    request.quota = {4 * page, 2, 4 * page, 2, 0, 0};
    request.stack_commit = 2 * page;
    const std::uint64_t handle = scene.world.value(scene.rich, request);
    scene.world.start_child(handle);
    return handle;
}

std::uint64_t destroyed_child(Scene& scene)
{
    const std::uint64_t handle = running_child(scene);
    scene.world.supervisor.stop_domain(scene.world.supervisor.place(handle));
    scene.world.release_quiescent();
    scene.world.value(scene.rich, DomainDestroy{handle});
    return handle;
}

/// Of the neighbour, which the caller is to answer.
std::uint64_t fault(Scene& scene)
{
    Supervisor& supervisor = scene.world.supervisor;
    supervisor.set_fault_handler(scene.neighbour.domain, scene.caller.domain, false);
    return *supervisor.suspend_faulting(scene.neighbour.vcpu, scene.world.now, PD_FOREVER);
}

std::uint64_t answered_fault(Scene& scene)
{
    const std::uint64_t handle = fault(scene);
    scene.world.value(scene.caller, FaultResume{handle, false});
    return handle;
}

std::uint64_t foreign_fault(Scene& scene)
{
    scene.who = scene.rich;
    return fault(scene);
}

const BadCall domain_calls[] = {
    {"pd_domain_create", "a grant's address not of a page", PD_MISALIGNED,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.own + 1, page, PD_PERM_READ});
     }},
    {"pd_domain_create", "a grant's length not of pages", PD_MISALIGNED,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.own, 1, PD_PERM_READ});
     }},
    {"pd_domain_create", "a grant of no page", PD_EMPTY_RANGE,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.own, 0, PD_PERM_READ});
     }},
    {"pd_domain_create", "a grant whose range wraps around", PD_RANGE_OVERFLOW,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.own, UINT64_MAX - page + 1, PD_PERM_READ});
     }},
    {"pd_domain_create", "a grant of nothing", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.own, page, PD_PERM_NONE});
     }},
    {"pd_domain_create", "a grant to write and execute together", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.own, page, 7});
     }},
    {"pd_domain_create", "a stack not of pages", PD_MISALIGNED,
     [](Scene& scene) -> Request {
         DomainCreate request = create(scene);
         request.stack_commit = 1;
         return request;
     }},
    {"pd_domain_create", "a stack of no page", PD_EMPTY_RANGE,
     [](Scene& scene) -> Request {
         DomainCreate request = create(scene);
         request.stack_commit = 0;
         return request;
     }},
    {"pd_domain_create", "a stack with a limit below what it begins with", PD_BAD_ARGUMENT,
     [](Scene& scene) -> Request {
         DomainCreate request = create(scene);
         request.stack_commit = 2 * page;
         request.stack_limit = page;
         return request;
     }},
    {"pd_domain_create", "a stack that no slot holds", PD_TOO_LARGE,
     [](Scene& scene) -> Request {
         DomainCreate request = create(scene);
         request.stack_limit = scene.world.layout.stack_slot;
         return request;
     }},
    {"pd_domain_create", "a grant of freed pages", PD_NOT_COMMITTED,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.freed, page, PD_PERM_READ});
     }},
    {"pd_domain_create", "a grant of pages of a stack", PD_NOT_COMMITTED,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.page_of(scene.home, 1), page, PD_PERM_READ});
     }},
    {"pd_domain_create", "a grant of another domain's pages", PD_NOT_OWNER,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.foreign, page, PD_PERM_READ});
     }},
    {"pd_domain_create", "a grant of a shared region with more than the caller may",
     PD_NOT_PERMITTED,
     [](Scene& scene) -> Request {
         return create_with(scene, {scene.region, page, PD_PERM_READ | PD_PERM_WRITE});
     }},
    {"pd_domain_create", "a grant of pages that another call works on", PD_IN_USE,
     [](Scene& scene) -> Request {
         scene.meanwhile(scene.worker, MemoryFree{scene.own + 7 * page, page});
         return create_with(scene, {scene.own + 7 * page, page, PD_PERM_READ});
     }},
    {"pd_domain_create", "a quota of memory below what its program takes", PD_QUOTA_TOO_SMALL,
     [](Scene& scene) -> Request {
         DomainCreate request = create(scene);
         request.memory = 3 * page;
         return request;
     }},
    {"pd_domain_create", "a quota without its first stack", PD_QUOTA_TOO_SMALL,
     [](Scene& scene) -> Request {
         DomainCreate request = create(scene);
         request.quota.stacks = 0;
         return request;
     }},
    {"pd_domain_create", "a quota of stack bytes below its first stack", PD_QUOTA_TOO_SMALL,
     [](Scene& scene) -> Request {
         DomainCreate request = create(scene);
         request.quota.stack_bytes = 0;
         return request;
     }},
    {"pd_domain_create", "a quota without its first thread", PD_QUOTA_TOO_SMALL,
     [](Scene& scene) -> Request {
         DomainCreate request = create(scene);
         request.quota.threads = 0;
         return request;
     }},
    {"pd_domain_create", "more memory than is left of the quota", PD_QUOTA_MEMORY,
     [](Scene& scene) -> Request {
         DomainCreate request = create_small(scene);
         request.quota.memory = 2 * page;
         return request;
     }},
    {"pd_domain_create", "more stacks than are left of the quota", PD_QUOTA_STACKS,
     [](Scene& scene) -> Request {
         const DomainCreate request = create(scene);
         scene.who = scene.caller;
         return request;
     }},
    {"pd_domain_create", "more stack bytes than are left of the quota", PD_QUOTA_STACK_BYTES,
     [](Scene& scene) -> Request {
         DomainCreate request = create_small(scene);
         request.quota.stack_bytes = 4 * page;
         return request;
     }},
    {"pd_domain_create", "more threads than are left of the quota", PD_QUOTA_THREADS,
     [](Scene& scene) -> Request {
         const DomainCreate request = create(scene);
         scene.world.value(scene.caller, StackFree{scene.idle});
         scene.who = scene.caller;
         return request;
     }},
    {"pd_domain_create", "more grants than are left of the quota", PD_QUOTA_GRANTS,
     [](Scene& scene) -> Request {
         DomainCreate request = create_small(scene);
         request.quota.grants = 2;
         return request;
     }},
    {"pd_domain_create", "more children than are left of the quota", PD_QUOTA_DOMAINS,
     [](Scene& scene) -> Request {
         DomainCreate request = create_small(scene);
         request.quota.domains = 1; // it is one itself
         return request;
     }},

    {"pd_domain_destroy", "a domain that never was", PD_BAD_HANDLE,
     [](Scene&) -> Request {
         return DomainDestroy{100};
     }},
    {"pd_domain_destroy", "a child that is still being made", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return DomainDestroy{child(scene)};
     }},
    {"pd_domain_destroy", "a child that was destroyed", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return DomainDestroy{destroyed_child(scene)};
     }},
    {"pd_domain_destroy", "a domain that is no child of the caller", PD_NOT_PERMITTED,
     [](Scene&) -> Request {
         return DomainDestroy{1};
     }},
    {"pd_domain_destroy", "the caller's own domain", PD_NOT_PERMITTED,
     [](Scene&) -> Request {
         return DomainDestroy{0};
     }},
    {"pd_domain_query", "a child that was destroyed", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return DomainInfo{destroyed_child(scene)};
     }},
    {"pd_domain_query", "a domain that is no child of the caller", PD_NOT_PERMITTED,
     [](Scene&) -> Request {
         return DomainInfo{1};
     }},
    {"pd_domain_wait", "a child that was destroyed", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return DomainWait{destroyed_child(scene), PD_FOREVER};
     }},
    {"pd_domain_wait", "a domain that is no child of the caller", PD_NOT_PERMITTED,
     [](Scene&) -> Request {
         return DomainWait{1, PD_FOREVER};
     }},
};

const BadCall fault_calls[] = {
    {"pd_fault_read", "a fault that never was", PD_BAD_HANDLE,
     [](Scene&) -> Request {
         return FaultRead{1};
     }},
    {"pd_fault_read", "a fault that was answered", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return FaultRead{answered_fault(scene)};
     }},
    {"pd_fault_read", "a fault that another domain handles", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return FaultRead{foreign_fault(scene)};
     }},
    {"pd_fault_resume", "a fault that was answered", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return FaultResume{answered_fault(scene), false};
     }},
    {"pd_fault_resume", "a fault that another domain handles", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return FaultResume{foreign_fault(scene), false};
     }},
    {"pd_fault_resume", "registers for a domain that is no child of the caller", PD_NOT_PERMITTED,
     [](Scene& scene) -> Request {
         return FaultResume{fault(scene), true};
     }},
    {"pd_fault_kill", "a fault that was answered", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return FaultEnd{answered_fault(scene)};
     }},
    {"pd_fault_kill", "a fault that another domain handles", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return FaultEnd{foreign_fault(scene)};
     }},
};

} // namespace

std::vector<BadCall> bad_domain_calls()
{
    return {std::begin(domain_calls), std::end(domain_calls)};
}

std::vector<BadCall> bad_fault_calls()
{
    return {std::begin(fault_calls), std::end(fault_calls)};
}

} // namespace glacis::supervisor::test
