// Hypercalls: whatever domains put into their registers, in whatever order their calls, those
// across domains included, preemptions, ends and failures of the host fall, the supervisor's record
// stays sound and the machine never allows more than the record.
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "fuzz.hpp"
#include "machine/decode_call.hpp"
#include "machine_model.hpp"

namespace {

using namespace glacis;
using namespace glacis::supervisor;
using fuzz::Input;
using fuzz::require;

constexpr std::uint32_t domain_count = 3;
constexpr std::uint32_t vcpu_count = 2;
constexpr int most_steps = 200;

Layout layout()
{
    Layout layout;
    layout.stack_slot = 16 * page_size;
    layout.stack_guard = 4 * page_size;
    layout.stack_area = {0x4000'0000, 0x4000'0000 + 6 * layout.stack_slot};
    layout.memory = {GLACIS_MEMORY_BASE_MIN, GLACIS_MEMORY_BASE_MIN + 48 * page_size};
    layout.vcpus = vcpu_count;
    return layout;
}

enum class Kind : std::uint8_t {
    none,
    pages,      ///< address in domain memory
    length,     ///< bytes, whole pages mostly
    permission, ///< PD_PERM_*
    domain,
    stack,
    stack_page, ///< address in the stack area, mostly on the active stack
    code,       ///< where a thread may begin
    thread,
    group,
    child,
    fault, ///< small number
    flags,
    small, ///< number, count, duration
};

using Arguments = std::array<Kind, 6>;

/// The supervisor's calls, with what their arguments are.
struct CallShape {
    std::uint64_t number;
    Arguments arguments;
};

constexpr std::array calls{
    CallShape{GLACIS_CALL_MEMORY_ALLOC, {Kind::length, Kind::permission}},
    CallShape{GLACIS_CALL_MEMORY_FREE, {Kind::pages, Kind::length}},
    CallShape{GLACIS_CALL_MEMORY_SET_PERM,
              {Kind::pages, Kind::length, Kind::permission, Kind::domain, Kind::flags}},
    CallShape{GLACIS_CALL_MEMORY_TRANSFER, {Kind::pages, Kind::length, Kind::domain}},
    CallShape{GLACIS_CALL_MEMORY_QUERY, {Kind::pages}},
    CallShape{GLACIS_CALL_GROUP_CREATE, {}},
    CallShape{GLACIS_CALL_GROUP_DELETE, {Kind::group}},
    CallShape{GLACIS_CALL_GROUP_ADD, {Kind::group, Kind::domain}},
    CallShape{GLACIS_CALL_GROUP_REMOVE, {Kind::group, Kind::domain}},
    CallShape{GLACIS_CALL_MEMORY_SET_GROUP_PERM,
              {Kind::pages, Kind::length, Kind::permission, Kind::group, Kind::flags}},
    CallShape{GLACIS_CALL_STACK_ALLOC, {Kind::length, Kind::length, Kind::stack, Kind::domain}},
    CallShape{GLACIS_CALL_STACK_ALLOC, {Kind::length, Kind::none, Kind::none, Kind::domain}},
    CallShape{GLACIS_CALL_STACK_FREE, {Kind::stack}},
    CallShape{GLACIS_CALL_STACK_GROW, {Kind::stack, Kind::length}},
    CallShape{GLACIS_CALL_STACK_ACTIVATE, {Kind::stack, Kind::small}},
    CallShape{GLACIS_CALL_STACK_SET_PERM,
              {Kind::stack_page, Kind::length, Kind::permission, Kind::domain, Kind::flags}},
    CallShape{GLACIS_CALL_STACK_INFO, {Kind::stack}},
    CallShape{GLACIS_CALL_DOMAIN_CREATE, {}}, // see create_domain()
    CallShape{GLACIS_CALL_DOMAIN_DESTROY, {Kind::child}},
    CallShape{GLACIS_CALL_DOMAIN_INFO, {Kind::child}},
    CallShape{GLACIS_CALL_DOMAIN_WAIT, {Kind::child, Kind::small}},
    CallShape{GLACIS_CALL_GATE_OPEN, {}},
    CallShape{GLACIS_CALL_GATE_SERVE, {}},
    CallShape{GLACIS_CALL_FAULT_WAIT, {Kind::small}},
    CallShape{GLACIS_CALL_FAULT_READ, {Kind::fault}},
    CallShape{GLACIS_CALL_FAULT_RESUME, {Kind::fault, Kind::flags}},
    CallShape{GLACIS_CALL_FAULT_KILL, {Kind::fault}},
    CallShape{GLACIS_CALL_THREAD_CREATE,
              {Kind::code, Kind::small, Kind::stack, Kind::small, Kind::flags}},
    CallShape{GLACIS_CALL_THREAD_EXIT, {Kind::small}},
    CallShape{GLACIS_CALL_THREAD_JOIN, {Kind::thread, Kind::small}},
    CallShape{GLACIS_CALL_THREAD_YIELD, {}},
    CallShape{GLACIS_CALL_THREAD_SLEEP, {Kind::small}},
    CallShape{GLACIS_CALL_THREAD_WAIT, {Kind::pages, Kind::flags, Kind::small}},
    CallShape{GLACIS_CALL_THREAD_WAKE, {Kind::pages, Kind::small}},
    CallShape{GLACIS_CALL_THREAD_SELF, {}},
    CallShape{GLACIS_CALL_THREAD_RUN, {Kind::thread, Kind::small, Kind::small}},
    CallShape{GLACIS_CALL_THREAD_TAKE, {Kind::pages, Kind::small}},
    CallShape{GLACIS_CALL_THREAD_OFFER, {Kind::thread}},
    CallShape{GLACIS_CALL_THREAD_SET_PARAMETER, {Kind::thread, Kind::small}},
};

/// The supervisor, a model of the machine, and as much of a VMM as lies between them.
class Scenario {
public:
    explicit Scenario(Input input)
        : input_(input), layout_(layout()), machine_(layout_), supervisor_(layout_, machine_)
    {
        for (std::uint32_t i = 0; i < domain_count; ++i) {
            Quota quota;
            quota.memory = 24 * page_size;
            quota.stacks = 4;
            quota.threads = 4;
            quota.grants = 2 + i;
            quota.domains = 2 + i;
            const DomainId domain = supervisor_.add_domain("domain" + std::to_string(i), quota);
            if (i > 0) {
                supervisor_.set_fault_handler(domain, DomainId{i - 1}, i == 2);
            }
            if (i == 2) {
                supervisor_.set_thread_manager(domain, DomainId{0});
            }
            start(domain);
        }
        for (std::uint32_t from = 0; from < domain_count; ++from) {
            for (std::uint32_t to = 0; to < domain_count; ++to) {
                supervisor_.add_gate(DomainId{from}, {DomainId{to}, to * page_size, to});
            }
        }
    }

    void run()
    {
        for (int step = 0; step < most_steps && !input_.is_empty(); ++step) {
            const std::uint8_t choice = input_.byte();
            now_ += choice >> 4;
            if ((choice & 7) == 7) {
                step_vmm();
            } else {
                step_vcpu(choice & 1);
            }
            check();
        }
        finish_all();
    }

private:
    struct InProgress {
        Plan plan;
        std::size_t done = 0;
        bool may_fail = true;
    };
    struct Vcpu {
        std::optional<Caller> thread;
        Request wanted;  ///< the last one
        DomainId home{}; ///< the thread's own domain
        std::optional<InProgress> request;
    };

    // ---- arguments ---------------------------------------------------------------------------

    [[nodiscard]] std::uint64_t recent(const std::vector<std::uint64_t>& values)
    {
        return values.empty() ? 0 : values[input_.below(values.size())];
    }

    /// What makes sense there, nearly always.
    [[nodiscard]] std::uint64_t argument(Kind kind, const Caller& caller)
    {
        const std::uint8_t choice = input_.byte();
        if ((choice & 0xf0) == 0xf0) {
            return anything();
        }
        switch (kind) {
        case Kind::pages:
            return (choice & 1) == 0 ? recent(pages_) + (choice >> 1 & 3) * page_size
                                     : layout_.memory.begin + (choice >> 1) % 64 * page_size;
        case Kind::length:
            return (choice & 3) * page_size + ((choice & 0xe0) == 0 ? 1 : 0);
        case Kind::permission:
            return std::array<std::uint64_t, 8>{0, 1, 3, 3, 1, 5, 2, 7}[choice & 7];
        case Kind::domain:
            return (choice & 7) == 7 ? PD_SELF : (choice & 7) == 6 ? recent(children_) : choice & 3;
        case Kind::stack:
            return (choice & 1) == 0
                       ? recent(stacks_)
                       : layout_.stack_area.begin + (choice >> 1 & 7) * layout_.stack_slot;
        case Kind::stack_page:
            return (choice & 3) == 0
                       ? layout_.stack_area.begin + (choice & 127) * page_size
                       : static_cast<std::uint64_t>(supervisor_.current_stack(caller.thread)) +
                             layout_.stack_slot - (1 + (choice >> 2 & 1)) * page_size;
        case Kind::code:
            return code_[caller.domain];
        case Kind::thread:
            return recent(threads_);
        case Kind::group:
            return recent(groups_);
        case Kind::child:
            return recent(children_);
        case Kind::fault:
        case Kind::small:
            return choice & 15;
        case Kind::flags:
            return choice & 1;
        case Kind::none:
            return 0;
        }
        return 0;
    }

    [[nodiscard]] std::uint64_t anything()
    {
        const std::uint8_t kind = input_.byte();
        switch (kind & 7) {
        case 0:
            return layout_.memory.begin + (kind >> 3) * page_size;
        case 1:
            return layout_.stack_area.begin + (kind >> 3) * page_size;
        case 2:
            return recent(groups_);
        case 3:
            return recent(threads_);
        case 4:
            return UINT64_MAX - (kind >> 3);
        case 5:
            return GLACIS_ADDRESS_LIMIT - (kind >> 3) * page_size;
        case 6:
            return input_.number(2);
        default:
            return input_.number(8);
        }
    }

    std::optional<Request> request(const Caller& caller)
    {
        HypercallEvent event;
        Arguments kinds{};
        const std::uint8_t choice = input_.byte();
        if ((choice & 0xf0) == 0xf0) {
            event.number = input_.number(2); // a number that may be nobody's
        } else {
            event.number = calls[choice % calls.size()].number;
            kinds = calls[choice % calls.size()].arguments;
        }
        for (std::size_t index = 0; index < kinds.size(); ++index) {
            event.arguments[index] =
                kinds[index] == Kind::none ? 0 : argument(kinds[index], caller);
        }
        const auto call = decode_call(event);
        if (call && std::holds_alternative<DomainCreateCall>(*call)) {
            return create_domain(caller);
        }
        if (const auto* fault = call ? std::get_if<FaultCall>(&*call) : nullptr) {
            return fault_request(*fault);
        }
        const auto* served = call ? std::get_if<SupervisorCall>(&*call) : nullptr;
        return served != nullptr ? std::optional(served->request) : std::nullopt;
    }

    /// Addresses and handles to be used, also when they are gone.
    void note(const Request& request, std::uint64_t value)
    {
        std::vector<std::uint64_t>* values = nullptr;
        if (std::holds_alternative<MemoryAlloc>(request)) {
            values = &pages_;
        } else if (std::holds_alternative<StackAlloc>(request)) {
            values = &stacks_;
        } else if (std::holds_alternative<ThreadCreate>(request)) {
            values = &threads_;
        } else if (std::holds_alternative<GroupCreate>(request)) {
            values = &groups_;
        } else if (std::holds_alternative<DomainCreate>(request)) {
            values = &children_;
        }
        if (values != nullptr && values->size() < 64) {
            values->push_back(value);
        }
    }

    /// Threads that a manager is told of.
    void note_event(const Reply& reply)
    {
        const auto* event = std::get_if<pd_thread_event>(&reply.out);
        if (event != nullptr && threads_.size() < 64) {
            threads_.push_back(event->thread);
        }
    }

    /// Handles of faults are small numbers.
    Request fault_request(const FaultCall& call)
    {
        const std::uint64_t fault = call.fault % 16 + (last_fault_ > 8 ? last_fault_ - 8 : 0);
        switch (call.number) {
        case GLACIS_CALL_FAULT_READ:
            return FaultRead{fault};
        case GLACIS_CALL_FAULT_RESUME:
            return FaultResume{fault, call.pointer != 0};
        default:
            return FaultEnd{fault};
        }
    }

    /// What lies in the caller's memory may be anything, too.
    Request create_domain(const Caller& caller)
    {
        DomainCreate request;
        for (const auto kind : {&Quota::stacks, &Quota::threads, &Quota::grants, &Quota::domains}) {
            request.quota.*kind = argument(Kind::small, caller);
        }
        request.quota.memory = argument(Kind::small, caller) * page_size;
        request.quota.stack_bytes = argument(Kind::small, caller) * page_size;
        request.memory = 2 * page_size;
        request.stack_commit = argument(Kind::length, caller);
        request.stack_limit = argument(Kind::length, caller);
        for (std::uint64_t grant = input_.below(3); grant > 0; --grant) {
            const std::uint64_t address = argument(Kind::pages, caller);
            const std::uint64_t length = argument(Kind::length, caller);
            request.grants.push_back({address, length, argument(Kind::permission, caller)});
        }
        return request;
    }

    // ---- vCPUs -------------------------------------------------------------------------------

    void step_vcpu(std::uint32_t number)
    {
        Vcpu& vcpu = vcpus_[number];
        if (vcpu.request) {
            step(*vcpu.request, input_.below(16) == 0);
            settle(vcpu);
        } else if (!vcpu.thread) {
            dispatch(number);
        } else if (const std::uint64_t what = input_.below(8); what == 0) {
            leave(number);
        } else if (what == 1) {
            fault(number);
        } else if (input_.below(4) == 0) {
            step_call(vcpu);
        } else if (auto wanted = request(*vcpu.thread)) {
            vcpu.wanted = *wanted;
            vcpu.request = InProgress{supervisor_.begin(*vcpu.thread, *wanted, now_), 0, true};
            const auto* end = std::get_if<FaultEnd>(&*wanted);
            if (end != nullptr && vcpu.request->plan.reply.status == PD_OK) {
                supervisor_.stop_domain(faulted_.at(end->fault));
            }
            settle(vcpu);
        }
    }

    /// Its handler, if it has one that could answer, is asked. A fault in a call is none of its
    /// business.
    void fault(std::uint32_t number)
    {
        if (!calls_[vcpus_[number].thread->thread].empty()) {
            return;
        }
        const auto fault = supervisor_.suspend_faulting(VcpuId{number}, now_, input_.byte());
        if (fault) {
            last_fault_ = *fault;
            faulted_.resize(*fault + 1);
            faulted_[*fault] = vcpus_[number].thread->domain;
            vcpus_[number].thread.reset();
        }
    }

    void dispatch(std::uint32_t number)
    {
        if (const auto dispatch = supervisor_.dispatch(VcpuId{number}, now_, now_ % 2 == 0)) {
            Vcpu& vcpu = vcpus_[number];
            std::vector<Activation>& chain = calls_[dispatch->thread];
            require(dispatch->calls <= chain.size(), "a thread is in more calls than it made");
            chain.resize(dispatch->calls);
            vcpu.home = dispatch->domain;
            vcpu.thread = Caller{dispatch->domain, dispatch->thread, VcpuId{number}};
            note_here(vcpu);
            if (dispatch->reply) {
                note_event(*dispatch->reply);
            }
            build_root(dispatch->domain, dispatch->stack);
            if (dispatch->unanswered_fault != 0) { // the policy
                supervisor_.stop_domain(dispatch->domain);
                leave(number);
            }
        }
    }

    void leave(std::uint32_t number)
    {
        supervisor_.leave(VcpuId{number}, now_);
        vcpus_[number].thread.reset();
    }

    void build_root(DomainId domain, StackView view)
    {
        machine_.build_root(domain, view, supervisor_.stack_pages(domain, view));
    }

    // ---- calls across domains ----------------------------------------------------------------

    void note_here(Vcpu& vcpu)
    {
        const std::vector<Activation>& chain = calls_[vcpu.thread->thread];
        vcpu.thread->domain = chain.empty() ? vcpu.home : chain.back().domain;
    }

    StackView view(const Vcpu& vcpu)
    {
        const StackId stack = supervisor_.current_stack(vcpu.thread->thread);
        const std::vector<Activation>& chain = calls_[vcpu.thread->thread];
        return chain.empty()
                   ? StackView(stack)
                   : StackView(stack, chain.back().end, static_cast<std::uint32_t>(chain.size()));
    }

    /// Drops what a stop has cut short; the thread may have to leave.
    void catch_up(std::uint32_t number)
    {
        Vcpu& vcpu = vcpus_[number];
        supervisor_.caught_up(VcpuId{number});
        if (supervisor_.can_go_on(vcpu.thread->thread)) {
            return;
        }
        if (const auto depth = supervisor_.cut_calls(vcpu.thread->thread)) {
            calls_[vcpu.thread->thread].resize(*depth);
            note_here(vcpu);
        } else {
            leave(number);
        }
    }

    void step_call(Vcpu& vcpu)
    {
        const auto number = static_cast<std::uint32_t>(vcpu.thread->vcpu);
        const std::uint8_t choice = input_.byte();
        catch_up(number);
        if (!vcpu.thread) {
            return;
        }
        std::vector<Activation>& chain = calls_[vcpu.thread->thread];
        if ((choice & 1) == 0 && !chain.empty()) {
            chain.pop_back();
            supervisor_.follow(vcpu.thread->thread, chain);
            note_here(vcpu);
            catch_up(number);
            return;
        }
        const auto stack =
            static_cast<std::uint64_t>(supervisor_.current_stack(vcpu.thread->thread));
        const std::uint64_t top = chain.empty() ? stack + layout_.stack_slot : chain.back().end;
        const std::uint64_t handle = (choice >> 1) & 3;
        const std::uint64_t count = (choice & 8) == 0 ? handle - 1 : anything();
        const std::uint64_t window =
            (choice & 16) == 0 ? top - (choice >> 6) * page_size : anything();
        const CallDecision decision = supervisor_.decide_call(*vcpu.thread, handle, count, window);
        require(decision.status < PD_STATUS_COUNT, "an unknown status");
        if (decision.waits) {
            vcpu.thread.reset();
        } else if (decision.status == PD_OK) {
            build_root(decision.activation.domain, decision.view);
            chain.push_back(decision.activation);
            supervisor_.follow(vcpu.thread->thread, chain);
            note_here(vcpu);
            check_frames(vcpu);
        }
    }

    /// Promise G9: of the callers' part of the stack the callee has what it was granted, and nobody
    /// else reaches its own.
    void check_frames(const Vcpu& vcpu)
    {
        const StackView seen = view(vcpu);
        const Range committed =
            supervisor_.facts(vcpu.thread->domain, static_cast<std::uint64_t>(seen.stack))
                .slot.committed;
        for (std::uint64_t at = committed.begin; at < committed.end; at += page_size) {
            for (std::uint32_t i = 0; i < domain_count; ++i) {
                const Perm granted = supervisor_.permission(DomainId{i}, StackId{0}, at);
                require(at >= seen.end || granted == Perm::none,
                        "a callee's frames are within reach");
                require(at < seen.end || DomainId{i} != vcpu.thread->domain ||
                            supervisor_.permission(DomainId{i}, seen, at) == granted,
                        "a callee reaches its callers' frames");
            }
        }
    }

    /// One effect of a plan, or the answer to it.
    void step(InProgress& it, bool fails)
    {
        PlanOutcome outcome;
        if (it.done < it.plan.effects.size()) {
            const Effect& effect = it.plan.effects[it.done];
            if (!fails || !it.may_fail || std::holds_alternative<Release>(effect)) {
                machine_.apply(effect);
                ++it.done;
                return;
            }
            outcome.failed = true;
            outcome.failure = static_cast<EffectFailure>(input_.below(3));
            it.may_fail = false;
        }
        outcome.done = it.done;
        it.plan = supervisor_.finish(it.plan.ticket, outcome, now_);
        it.done = 0;
    }

    void settle(Vcpu& vcpu)
    {
        if (!vcpu.request->plan.is_final) {
            return;
        }
        const Plan plan = vcpu.request->plan;
        vcpu.request.reset();
        require(plan.effects.empty(), "a final plan has effects");
        require(plan.reply.status < PD_STATUS_COUNT, "an unknown status");
        if (plan.disposition == Disposition::reschedule) {
            vcpu.thread.reset();
            return;
        }
        if (plan.reply.status == PD_OK) {
            note(vcpu.wanted, plan.reply.value);
            note_event(plan.reply);
        }
        if (plan.reply.status == PD_OK && std::holds_alternative<DomainCreate>(vcpu.wanted)) {
            start_child(supervisor_.place(plan.reply.value));
        }
        build_root(vcpu.thread->domain, view(vcpu));
        catch_up(static_cast<std::uint32_t>(vcpu.thread->vcpu));
    }

    // ---- the VMM's own work ------------------------------------------------------------------

    Reply perform(Plan plan)
    {
        InProgress it{std::move(plan), 0, false};
        while (!it.plan.is_final) {
            step(it, false);
        }
        return it.plan.reply;
    }

    /// Or not, as the host may fail at any moment of it.
    void start_child(DomainId child)
    {
        bool is_well = input_.below(4) != 0;
        if (is_well) {
            start(child);
            is_well = give_grants(child);
        }
        if (is_well) {
            supervisor_.end_start(child);
        } else {
            supervisor_.abandon_start(child);
        }
    }

    bool give_grants(DomainId child)
    {
        while (supervisor_.state(child) == DomainState::running) {
            auto grant = supervisor_.next_grant(child);
            if (!grant) {
                return true;
            }
            if (perform(std::move(*grant)).status != PD_OK) {
                return false;
            }
        }
        return false;
    }

    /// Its end, or another start.
    void conclude(DomainId domain)
    {
        if (supervisor_.parent(domain) && !supervisor_.is_doomed(domain) && input_.below(2) != 0) {
            supervisor_.restart_domain(domain);
            supervisor_.begin_start(domain);
            start(domain);
            if (!give_grants(domain)) {
                supervisor_.stop_domain(domain);
            }
            supervisor_.end_start(domain);
            return;
        }
        end(domain);
    }

    void end(DomainId domain)
    {
        supervisor_.conclude(domain);
        while (supervisor_.take_vacated()) {
        }
    }

    void start(DomainId domain)
    {
        const Reply image =
            perform(supervisor_.reserve_memory(domain, 2 * page_size, Perm::read_write));
        const Reply stack =
            perform(supervisor_.reserve_stack(domain, 3 * page_size, 4 * page_size));
        if (image.status != PD_OK || stack.status != PD_OK) {
            supervisor_.stop_domain(domain);
            return;
        }
        const Range code{image.value, image.value + page_size};
        static_cast<void>(perform(supervisor_.set_reserved_perm(domain, code, Perm::read_execute)));
        code_[domain] = code.begin;
        supervisor_.start_main_thread(domain, StackId{stack.value}, code.begin, 0);
    }

    void step_vmm()
    {
        const DomainId domain{static_cast<std::uint32_t>(input_.below(domain_count))};
        if (release_) {
            step(*release_, false);
            if (release_->plan.is_final) {
                release_.reset();
                conclude(released_);
            }
        } else if (const auto quiescent = supervisor_.take_quiescent()) {
            machine_.drop_domain(*quiescent);
            released_ = *quiescent;
            release_ = InProgress{supervisor_.release_domain(*quiescent), 0, false};
            if (release_->plan.is_final) {
                release_.reset();
                conclude(released_);
            }
        } else if (supervisor_.state(domain) == DomainState::released) {
            supervisor_.restart_domain(domain);
            start(domain);
        } else if (const std::uint64_t choice = input_.below(8); choice < 2) {
            if (choice == 0) {
                supervisor_.expect_restart(domain);
            }
            supervisor_.stop_domain(domain);
        }
    }

    /// Ends everything: nothing may be left.
    void finish_all()
    {
        for (std::uint32_t i = 0; i < domain_count; ++i) {
            supervisor_.stop_domain(DomainId{i});
        }
        for (std::uint32_t i = 0; i < vcpu_count; ++i) {
            while (vcpus_[i].request) {
                step(*vcpus_[i].request, false);
                settle(vcpus_[i]);
            }
            if (vcpus_[i].thread) {
                catch_up(i);
            }
            if (vcpus_[i].thread) {
                leave(i);
            }
        }
        while (release_ && !release_->plan.is_final) {
            step(*release_, false);
        }
        if (release_) {
            release_.reset();
            end(released_);
        }
        while (const auto quiescent = supervisor_.take_quiescent()) {
            machine_.drop_domain(*quiescent);
            static_cast<void>(perform(supervisor_.release_domain(*quiescent)));
            end(*quiescent);
        }
        check();
        require(machine_.committed_pages() == 0, "pages are left when every domain has ended");
        require(supervisor_.live_domains() == 0, "a domain is left");
    }

    void check() const
    {
        const auto empty = [](const std::string& complaint) {
            require(complaint.empty(), complaint);
        };
        empty(supervisor_.check_invariants());
        empty(machine_.error());
        empty(machine_.find_excess(supervisor_));
        const bool is_idle = !vcpus_[0].request && !vcpus_[1].request && !release_;
        if (is_idle) {
            empty(machine_.find_difference(supervisor_));
        }
    }

    Input input_;
    Layout layout_;
    test::MachineModel machine_;
    Supervisor supervisor_;
    Nanoseconds now_ = 1000;
    std::array<Vcpu, vcpu_count> vcpus_;
    std::map<ThreadId, std::vector<Activation>> calls_; ///< that threads are in
    std::optional<InProgress> release_;
    DomainId released_{}; ///< whose plan release_ is
    std::uint64_t last_fault_ = 0;
    std::vector<DomainId> faulted_; ///< by handle of the fault
    std::map<DomainId, std::uint64_t> code_;
    std::vector<std::uint64_t> pages_;
    std::vector<std::uint64_t> stacks_;
    std::vector<std::uint64_t> threads_;
    std::vector<std::uint64_t> groups_;
    std::vector<std::uint64_t> children_;
};

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Scenario({data, size}).run();
    return 0;
}
