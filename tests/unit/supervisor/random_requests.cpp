#include "random_requests.hpp"

#include <algorithm>
#include <array>

namespace glacis::supervisor::test {
namespace {

void remember(std::vector<GivenOut::Value>& values, DomainId domain, std::uint64_t value)
{
    constexpr std::size_t most = 24;
    if (values.size() == most) {
        values.erase(values.begin());
    }
    values.push_back({domain, value});
}

} // namespace

std::vector<Quota> various_quotas()
{
    Quota small;
    small.memory = 8 * page;
    small.stacks = 3;
    small.threads = 2;
    small.grants = 2;
    small.domains = 1;
    Quota some;
    some.memory = 24 * page;
    some.stack_bytes = 8 * page;
    some.grants = 6;
    some.domains = 3;
    return {small, some, Quota{}};
}

void GivenOut::note(DomainId domain, const Request& request, const Reply& reply)
{
    if (reply.status != PD_OK) {
        return;
    }
    if (std::holds_alternative<MemoryAlloc>(request)) {
        remember(memory, domain, reply.value);
    } else if (std::holds_alternative<StackAlloc>(request)) {
        remember(stacks, domain, reply.value);
    } else if (std::holds_alternative<ThreadCreate>(request)) {
        remember(threads, domain, reply.value);
    } else if (std::holds_alternative<GroupCreate>(request)) {
        remember(groups, domain, reply.value);
    } else if (std::holds_alternative<DomainCreate>(request)) {
        remember(children, domain, reply.value);
    }
    note_event(reply);
}

void GivenOut::note_event(const Reply& reply)
{
    if (const auto* event = std::get_if<pd_thread_event>(&reply.out)) {
        told.push_back(event->thread);
        if (told.size() > 6) {
            told.erase(told.begin());
        }
    }
}

std::uint64_t RandomRequests::stack(const Caller& caller)
{
    if (!chance(4) && !given_.stacks.empty()) {
        return one_of(given_.stacks, caller);
    }
    const std::uint64_t slots = world_.layout.stack_area.size() / world_.layout.stack_slot;
    const std::uint64_t id =
        world_.layout.stack_area.begin + below(slots + 1) * world_.layout.stack_slot;
    return chance(30) ? random_() : id;
}

std::uint64_t RandomRequests::memory(const Caller& caller)
{
    // Mostly near what was given out not long ago, so that requests meet.
    if (!chance(4) && !given_.memory.empty()) {
        return one_of(given_.memory, caller) + below(2) * page;
    }
    const std::uint64_t base = world_.layout.memory.begin + below(64) * page;
    return chance(20) ? random_() : base;
}

std::uint64_t RandomRequests::length()
{
    if (chance(20)) {
        return chance(2) ? random_() : page_floor(random_());
    }
    return chance(20) ? 0 : (1 + below(4)) * page;
}

std::uint64_t RandomRequests::perm()
{
    constexpr std::array<std::uint64_t, 10> perms{0, 1, 1, 3, 3, 3, 5, 6, 2, 1};
    return perms[below(perms.size())];
}

std::uint64_t RandomRequests::domain()
{
    const std::uint64_t domains = world_.supervisor.domain_count();
    if (chance(4) && !given_.children.empty()) {
        return given_.children[below(given_.children.size())].value;
    }
    return chance(3) ? PD_SELF : chance(20) ? domains : below(domains);
}

std::uint64_t RandomRequests::timeout()
{
    return chance(8) ? PD_FOREVER : below(200);
}

std::uint64_t RandomRequests::one_of(const std::vector<GivenOut::Value>& given,
                                     const Caller& caller)
{
    if (given.empty() || chance(30)) {
        return random_();
    }
    GivenOut::Value found = given[below(given.size())];
    for (int again = 0; again < 4 && found.domain != caller.domain; ++again) {
        found = given[below(given.size())];
    }
    return found.value;
}

std::uint64_t RandomRequests::on_stack(const Caller& caller)
{
    const auto current = static_cast<std::uint64_t>(world_.supervisor.current_stack(caller.thread));
    return current + world_.layout.stack_slot - (1 + below(4)) * page;
}

Request RandomRequests::next(const Caller& caller)
{
    switch (below(14)) {
    case 0:
    case 1:
    case 2:
        return memory_request(caller);
    case 3:
    case 4:
        return group_request(caller);
    case 5:
    case 6:
    case 7:
        return stack_request(caller);
    case 8:
    case 9:
        return domain_request(caller);
    case 10:
        return chance(4) ? gate_request() : fault_request(caller);
    default:
        return thread_request(caller);
    }
}

Request RandomRequests::memory_request(const Caller& caller)
{
    switch (below(7)) {
    case 0:
    case 1:
        return MemoryAlloc{length(), perm()};
    case 2:
        return MemoryFree{memory(caller), length()};
    case 3:
    case 4:
        return MemorySetPerm{memory(caller), length(), perm(), domain(), below(2)};
    case 5:
        return MemoryTransfer{memory(caller), length(), domain()};
    default:
        return MemoryQuery{memory(caller)};
    }
}

Request RandomRequests::group_request(const Caller& caller)
{
    switch (below(8)) {
    case 0:
        return GroupCreate{};
    case 1:
        return chance(3) ? Request{GroupDelete{one_of(given_.groups, caller)}}
                         : Request{GroupCreate{}};
    case 2:
    case 3:
        return GroupAdd{one_of(given_.groups, caller), domain()};
    case 4:
        return GroupRemove{one_of(given_.groups, caller), domain()};
    default:
        return MemorySetGroupPerm{memory(caller), length(), perm(), one_of(given_.groups, caller),
                                  below(2)};
    }
}

Request RandomRequests::stack_request(const Caller& caller)
{
    switch (below(8)) {
    case 0:
    case 1:
        return StackAlloc{below(5) * page, below(8) * page, chance(4) ? stack(caller) : 0,
                          domain()};
    case 2:
        return StackFree{stack(caller)};
    case 3:
        return StackGrow{stack(caller), below(8) * page};
    case 4:
        return StackActivate{stack(caller), PD_THIS_VCPU};
    case 5:
    case 6:
        return StackSetPerm{chance(6) ? stack(caller) + world_.layout.stack_slot - page
                                      : on_stack(caller),
                            length(), perm(), domain(), below(2)};
    default:
        return StackInfo{stack(caller)};
    }
}

Request RandomRequests::domain_request(const Caller& caller)
{
    switch (below(6)) {
    case 0:
    case 1:
        return create_domain(caller);
    case 2:
        return DomainDestroy{one_of(given_.children, caller)};
    case 3:
        return DomainWait{one_of(given_.children, caller), timeout()};
    default:
        return DomainInfo{chance(3) ? domain() : one_of(given_.children, caller)};
    }
}

Request RandomRequests::create_domain(const Caller& caller)
{
    DomainCreate request;
    request.quota = {(2 + below(8)) * page, 1 + below(3), (1 + below(6)) * page,
                     1 + below(3),          below(4),     below(3)};
    request.memory = 2 * page;
    request.stack_commit = page;
    for (std::uint64_t grant = chance(2) ? 0 : below(3); grant > 0; --grant) {
        request.grants.push_back({memory(caller), length(), perm()});
    }
    return request;
}

Request RandomRequests::gate_request()
{
    return chance(2) ? Request{GateOpen{}} : Request{GateServe{}};
}

Request RandomRequests::fault_request(const Caller& caller)
{
    switch (below(6)) {
    case 0:
        return FaultWait{below(200)};
    case 1:
        return FaultEnd{fault(caller)};
    case 2:
        return FaultRead{fault(caller)};
    default:
        return FaultResume{fault(caller), chance(3)};
    }
}

/// Mostly one that waits for an answer, perhaps the caller's.
std::uint64_t RandomRequests::fault(const Caller& caller)
{
    std::vector<std::uint64_t> pending;
    for (const auto& [fault, domain] : given_.faults) {
        const bool is_its_child = world_.supervisor.is_pending(fault) &&
                                  world_.supervisor.parent(domain) == caller.domain;
        if (world_.supervisor.is_pending(fault) && (is_its_child || chance(2))) {
            pending.push_back(fault);
        }
    }
    return pending.empty() || chance(8) ? below(200) : pending[below(pending.size())];
}

/// Mostly about threads that the caller manages, if it does that.
Request RandomRequests::manager_request(const Caller& caller)
{
    const std::uint64_t thread =
        chance(8) ? one_of(given_.threads, caller)
                  : (given_.told.empty() ? 0 : given_.told[below(given_.told.size())]);
    switch (below(8)) {
    case 0:
        return ThreadOffer{thread};
    case 1:
        return ThreadSetParameter{chance(2) ? 0 : one_of(given_.threads, caller), below(4)};
    case 2:
    case 3:
        return ThreadTake{memory(caller), timeout()};
    default:
        return ThreadRun{thread, below(100) | (chance(3) ? PD_SLICE_UNLESS_ALONE : 0),
                         chance(2) ? UINT64_MAX : below(4)};
    }
}

Request RandomRequests::thread_request(const Caller& caller)
{
    if (chance(caller.domain == DomainId{1} ? 2 : 20)) {
        return manager_request(caller);
    }
    switch (below(9)) {
    case 0:
    case 1: {
        ThreadCreate request;
        request.entry = world_.code(caller.domain);
        request.stack = stack(caller);
        request.flags = below(2);
        return request;
    }
    case 2:
        return ThreadJoin{chance(10) ? static_cast<std::uint64_t>(caller.thread)
                                     : one_of(given_.threads, caller),
                          timeout()};
    case 3:
        return ThreadWait{chance(3) ? on_stack(caller) : memory(caller), below(2), timeout()};
    case 4:
        return ThreadWake{memory(caller), below(3)};
    case 5:
        return chance(8) ? Request{ThreadExit{below(100)}} : Request{ThreadSelf{}};
    case 6:
        return ThreadSleep{below(100)};
    case 7:
        return chance(8) ? Request{GateServe{}} : Request{GateOpen{}};
    default:
        return ThreadYield{};
    }
}

void RandomRequests::touch(const Caller& caller)
{
    const StackId current = world_.supervisor.current_stack(caller.thread);
    const std::uint64_t address =
        chance(2) ? on_stack(caller) : page_floor(stack(caller) + below(16) * page);
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

void add_domains(World& world)
{
    std::vector<DomainId> all;
    for (const Quota& quota : various_quotas()) {
        all.push_back(world.supervisor.add_domain("domain", quota));
    }
    world.supervisor.set_thread_manager(all[2], all[1]);
    for (const DomainId domain : all) {
        world.start_domain(domain);
        const auto number = static_cast<std::uint32_t>(domain);
        if (number > 0) {
            world.supervisor.set_fault_handler(domain, DomainId{number - 1}, number == 2);
        }
    }
}

void follow_up(World& world, GivenOut& given, const Caller& caller, const Request& request,
               const Reply& reply, const std::function<Plan(Plan)>& perform)
{
    given.note(caller.domain, request, reply);
    if (reply.status != PD_OK) {
        return;
    }
    if (const auto* end = std::get_if<FaultEnd>(&request)) {
        const auto fault = std::find_if(given.faults.begin(), given.faults.end(),
                                        [&](const auto& it) { return it.first == end->fault; });
        world.supervisor.stop_domain(fault->second);
    } else if (std::holds_alternative<DomainCreate>(request)) {
        const DomainId child = world.supervisor.place(reply.value);
        if (reply.value % 2 == 0) {
            world.supervisor.set_fault_handler(child, caller.domain, reply.value % 4 == 0);
        }
        start_child(world, child, perform);
    }
}

void start_child(World& world, DomainId child, const std::function<Plan(Plan)>& perform)
{
    Supervisor& supervisor = world.supervisor;
    const bool is_new = supervisor.usage(child).memory.peak == 0;
    const auto takes = [&](Plan plan, std::uint64_t* value = nullptr) {
        const Reply reply = perform(std::move(plan)).reply;
        if (value != nullptr) {
            *value = reply.value;
        }
        return reply.status == PD_OK && supervisor.state(child) == DomainState::running;
    };
    std::uint64_t image = 0;
    std::uint64_t stack = 0;
    bool is_well = supervisor.state(child) == DomainState::running &&
                   takes(supervisor.reserve_memory(child, 2 * page, Perm::read_write), &image) &&
                   takes(supervisor.reserve_stack(child, page, page), &stack);
    while (is_well) {
        auto grant = supervisor.next_grant(child);
        if (!grant) {
            break;
        }
        is_well = takes(std::move(*grant));
    }
    const Range code{image, image + page};
    is_well = is_well && takes(supervisor.set_reserved_perm(child, code, Perm::read_execute));
    if (is_well) {
        world.set_image(child, image);
        supervisor.start_main_thread(child, StackId{stack}, code.begin, 0);
        supervisor.end_start(child);
    } else if (is_new) {
        supervisor.abandon_start(child);
    } else {
        supervisor.stop_domain(child);
        supervisor.end_start(child);
    }
}

void conclude(World& world, DomainId domain, bool begins_anew,
              const std::function<Plan(Plan)>& perform)
{
    Supervisor& supervisor = world.supervisor;
    if (begins_anew && supervisor.parent(domain) && !supervisor.is_doomed(domain)) {
        supervisor.restart_domain(domain);
        supervisor.begin_start(domain);
        start_child(world, domain, perform);
        return;
    }
    supervisor.conclude(domain);
    while (supervisor.take_vacated()) {
    }
}

bool suspend_faulting(World& world, GivenOut& given, const Caller& caller, std::uint64_t timeout)
{
    const auto fault = world.supervisor.suspend_faulting(caller.vcpu, world.now, timeout);
    if (fault) {
        given.faults.emplace_back(*fault, caller.domain);
    }
    return fault.has_value();
}

void restart(World& world, DomainId domain, const std::function<Plan(Plan)>& perform)
{
    Supervisor& supervisor = world.supervisor;
    supervisor.restart_domain(domain);
    const Plan image = perform(supervisor.reserve_memory(domain, 2 * page, Perm::read_write));
    const Plan stack = perform(supervisor.reserve_stack(domain, page, page));
    if (image.reply.status != PD_OK || stack.reply.status != PD_OK) {
        supervisor.stop_domain(domain);
        return;
    }
    world.set_image(domain, image.reply.value);
    const Range code{image.reply.value, image.reply.value + page};
    perform(supervisor.set_reserved_perm(domain, code, Perm::read_execute));
    supervisor.start_main_thread(domain, StackId{stack.reply.value}, code.begin, 0);
}

std::string request_name(std::size_t index)
{
    constexpr std::array<const char*, 38> names{
        "MemoryAlloc", "MemoryFree",   "MemorySetPerm", "MemoryTransfer",     "MemoryQuery",
        "GroupCreate", "GroupDelete",  "GroupAdd",      "GroupRemove",        "MemorySetGroupPerm",
        "StackAlloc",  "StackFree",    "StackGrow",     "StackActivate",      "StackSetPerm",
        "StackInfo",   "DomainCreate", "DomainDestroy", "DomainInfo",         "DomainWait",
        "GateOpen",    "GateServe",    "ThreadCreate",  "ThreadExit",         "ThreadJoin",
        "ThreadYield", "ThreadSleep",  "ThreadWait",    "ThreadWake",         "ThreadSelf",
        "ThreadRun",   "ThreadTake",   "ThreadOffer",   "ThreadSetParameter", "FaultWait",
        "FaultRead",   "FaultResume",  "FaultEnd"};
    static_assert(names.size() == std::variant_size_v<Request>);
    return index < names.size() ? names[index] : "alternative " + std::to_string(index);
}

} // namespace glacis::supervisor::test
