#include "world.hpp"

#include <sstream>

namespace glacis::supervisor::test {

Layout small_layout()
{
    Layout layout;
    layout.stack_slot = 16 * page;
    layout.stack_guard = 4 * page;
    layout.stack_area = {0x4000'0000, 0x4000'0000 + 8 * layout.stack_slot};
    layout.memory = {GLACIS_MEMORY_BASE_MIN, GLACIS_MEMORY_BASE_MIN + 64 * page};
    layout.vcpus = 4;
    return layout;
}

World::World(const Layout& its_layout)
    : layout(its_layout), machine(its_layout), supervisor(its_layout, machine)
{
}

DomainId World::add_domain(const std::string& name, const Quota& quota)
{
    const DomainId domain = supervisor.add_domain(name, quota);
    start_domain(domain);
    return domain;
}

void World::start_domain(DomainId domain)
{
    const Plan image = perform(supervisor.reserve_memory(domain, 2 * page, Perm::read_write));
    ASSERT_EQ(image.reply.status, PD_OK);
    const std::uint64_t base = image.reply.value;
    images_[domain] = base;
    const Plan code =
        perform(supervisor.set_reserved_perm(domain, {base, base + page}, Perm::read_execute));
    ASSERT_EQ(code.reply.status, PD_OK);
    const Plan stack = perform(supervisor.reserve_stack(domain, main_commit, main_limit));
    ASSERT_EQ(stack.reply.status, PD_OK);
    supervisor.start_main_thread(domain, StackId{stack.reply.value}, base, 0);
}

DomainId World::start_child(std::uint64_t handle)
{
    const DomainId child = supervisor.place(handle);
    start_domain(child);
    while (auto grant = supervisor.next_grant(child)) {
        EXPECT_EQ(perform(std::move(*grant)).reply.status, PD_OK);
    }
    supervisor.end_start(child);
    return child;
}

std::optional<Dispatch> World::try_dispatch(std::uint32_t vcpu)
{
    const std::optional<Dispatch> dispatch = supervisor.dispatch(VcpuId{vcpu}, now, is_turn_over);
    if (dispatch) {
        machine.build_root(dispatch->domain, dispatch->stack,
                           supervisor.stack_pages(dispatch->domain, dispatch->stack));
        last_[vcpu] = *dispatch;
        std::vector<Activation>& calls = calls_[dispatch->thread];
        EXPECT_LE(dispatch->calls, calls.size());
        calls.resize(dispatch->calls);
    }
    return dispatch;
}

Caller World::dispatch(std::uint32_t vcpu)
{
    const std::optional<Dispatch> dispatch = try_dispatch(vcpu);
    EXPECT_TRUE(dispatch.has_value()) << "no thread is ready";
    return dispatch ? here(*dispatch, vcpu) : Caller{};
}

Caller World::here(const Dispatch& dispatch, std::uint32_t vcpu)
{
    const std::vector<Activation>& calls = calls_[dispatch.thread];
    return {calls.empty() ? dispatch.domain : calls.back().domain, dispatch.thread, VcpuId{vcpu}};
}

// ---- calls across domains
// ------------------------------------------------------------------------

void World::follow(Caller& caller, std::vector<Activation> calls)
{
    calls_[caller.thread] = calls;
    const Dispatch& dispatch = last_.at(static_cast<std::uint32_t>(caller.vcpu));
    ASSERT_EQ(dispatch.thread, caller.thread);
    caller = here(dispatch, static_cast<std::uint32_t>(caller.vcpu));
    supervisor.follow(caller.thread, std::move(calls));
}

CallDecision World::cross(Caller& caller, std::uint64_t handle, std::uint64_t arguments,
                          std::uint64_t window)
{
    const CallDecision decision = supervisor.decide_call(caller, handle, arguments, window);
    if (decision.status == PD_OK && !decision.waits) {
        machine.build_root(decision.activation.domain, decision.view,
                           supervisor.stack_pages(decision.activation.domain, decision.view));
        std::vector<Activation> calls = calls_[caller.thread];
        calls.push_back(decision.activation);
        follow(caller, std::move(calls));
    }
    check();
    return decision;
}

void World::go_back(Caller& caller)
{
    std::vector<Activation> calls = calls_[caller.thread];
    ASSERT_FALSE(calls.empty());
    calls.pop_back();
    follow(caller, std::move(calls));
    check();
}

World::CaughtUp World::catch_up(Caller& caller)
{
    supervisor.caught_up(caller.vcpu);
    CaughtUp result;
    if (!supervisor.can_go_on(caller.thread)) {
        const std::optional<std::size_t> depth = supervisor.cut_calls(caller.thread);
        result.has_left = !depth;
        if (depth) {
            result.status = PD_CALLEE_STOPPED;
            calls_[caller.thread].resize(*depth);
            caller = here(last_.at(static_cast<std::uint32_t>(caller.vcpu)),
                          static_cast<std::uint32_t>(caller.vcpu));
        } else {
            supervisor.leave(caller.vcpu, now);
        }
    }
    check();
    return result;
}

StackView World::view(const Caller& caller)
{
    const StackId stack = supervisor.current_stack(caller.thread);
    const std::vector<Activation>& calls = calls_[caller.thread];
    return calls.empty()
               ? StackView(stack)
               : StackView(stack, calls.back().end, static_cast<std::uint32_t>(calls.size()));
}

std::uint64_t World::top(const Caller& caller) const
{
    return static_cast<std::uint64_t>(supervisor.current_stack(caller.thread)) + layout.stack_slot;
}

std::uint64_t World::bottom(const Caller& caller) const
{
    const auto stack = static_cast<std::uint64_t>(supervisor.current_stack(caller.thread));
    return supervisor.facts(caller.domain, stack).slot.committed.begin;
}

bool World::touch(const Caller& caller, std::uint64_t address)
{
    const StackView from = view(caller);
    const Perm perm = supervisor.permission(caller.domain, from, address);
    if (perm == Perm::none) {
        return false;
    }
    machine.build_root(caller.domain, from, supervisor.stack_pages(caller.domain, from));
    machine.fill(caller.domain, from, address, perm);
    if (allows(perm, Perm::read_write)) {
        machine.write(address, 1);
    }
    return true;
}

Plan World::perform(Plan plan)
{
    return perform(std::move(plan), [](std::size_t) { return std::nullopt; });
}

Plan World::perform(Plan plan, const Failures& fails)
{
    bool is_first = true;
    while (!plan.is_final) {
        PlanOutcome outcome;
        for (const Effect& effect : plan.effects) {
            const auto failure = is_first ? fails(outcome.done) : std::nullopt;
            if (failure) {
                outcome.failed = true;
                outcome.failure = *failure;
                break;
            }
            machine.apply(effect);
            ++outcome.done;
        }
        plan = supervisor.finish(plan.ticket, outcome, now);
        is_first = false;
    }
    EXPECT_TRUE(plan.effects.empty());
    return plan;
}

Plan World::begin(const Caller& caller, const Request& request)
{
    return supervisor.begin(caller, request, now);
}

Plan World::call_plan(const Caller& caller, const Request& request)
{
    Plan plan = perform(begin(caller, request));
    check();
    return plan;
}

Reply World::call(const Caller& caller, const Request& request)
{
    return call_plan(caller, request).reply;
}

pd_status World::status(const Caller& caller, const Request& request)
{
    return call(caller, request).status;
}

std::uint64_t World::value(const Caller& caller, const Request& request)
{
    const Reply reply = call(caller, request);
    EXPECT_EQ(reply.status, PD_OK);
    return reply.value;
}

std::size_t World::release_quiescent()
{
    std::size_t released = 0;
    while (const std::optional<DomainId> domain = supervisor.take_quiescent()) {
        machine.drop_domain(*domain);
        perform(supervisor.release_domain(*domain));
        EXPECT_EQ(supervisor.state(*domain), DomainState::released);
        supervisor.conclude(*domain);
        while (supervisor.take_vacated()) {
        }
        ++released;
    }
    return released;
}

void World::check() const
{
    ASSERT_EQ(supervisor.check_invariants(), "");
    ASSERT_EQ(machine.error(), "");
    ASSERT_EQ(machine.find_excess(supervisor), "");
}

void World::check_idle() const
{
    check();
    ASSERT_EQ(machine.find_difference(supervisor), "");
}

World::Failures fail_at(std::size_t effect, EffectFailure failure)
{
    return [effect, failure](std::size_t done) -> std::optional<EffectFailure> {
        return done == effect ? std::optional(failure) : std::nullopt;
    };
}

std::string snapshot(const World& world)
{
    const Supervisor& supervisor = world.supervisor;
    std::ostringstream text;
    for (std::uint32_t number = 0; number < supervisor.domain_count(); ++number) {
        const DomainId domain{number};
        const Usage usage = supervisor.usage(domain);
        text << number << " state " << static_cast<int>(supervisor.state(domain));
        for (const Amount& amount :
             {usage.memory, usage.stacks, usage.stack_bytes, usage.threads, usage.grants}) {
            text << ' ' << amount.current << '/' << amount.peak;
        }
        for (const GroupFacts& group : supervisor.groups(domain)) {
            text << " group " << static_cast<std::uint64_t>(group.group);
            for (const DomainId member : group.members) {
                text << ' ' << static_cast<std::uint32_t>(member);
            }
        }
        for (std::uint64_t at = world.layout.memory.begin; at < world.layout.memory.end;
             at += page) {
            const MemoryFacts facts = supervisor.facts(domain, at).memory;
            text << (facts.is_allocated ? 'a' : '-') << static_cast<std::uint32_t>(facts.owner)
                 << static_cast<std::uint32_t>(facts.perm);
        }
        for (std::uint64_t slot = world.layout.stack_area.begin; slot < world.layout.stack_area.end;
             slot += world.layout.stack_slot) {
            const SlotFacts facts = supervisor.facts(domain, slot).slot;
            text << '\n'
                 << static_cast<int>(facts.state) << ' ' << facts.committed.size() << ' '
                 << facts.limit << ' ' << static_cast<std::uint32_t>(facts.creator) << ' '
                 << static_cast<std::uint64_t>(facts.thread.value_or(ThreadId{})) << ' '
                 << static_cast<std::uint32_t>(facts.active_on) << ' ';
            for (std::uint64_t at = slot; at < slot + world.layout.stack_slot; at += page) {
                text << static_cast<std::uint32_t>(
                    supervisor.permission(domain, StackId{slot}, at));
            }
        }
        text << '\n';
    }
    return text.str();
}

} // namespace glacis::supervisor::test
