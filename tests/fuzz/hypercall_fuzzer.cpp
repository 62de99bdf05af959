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
            start(supervisor_.add_domain("domain" + std::to_string(i), quota));
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
        DomainId home{}; ///< the thread's own domain
        std::optional<InProgress> request;
    };

    // ---- arguments ---------------------------------------------------------------------------

    std::uint64_t argument()
    {
        const std::uint8_t kind = input_.byte();
        switch (kind & 15) {
        case 0:
        case 1:
            return kind >> 4; // flags, permissions, domains, counts
        case 2:
        case 3:
        case 4:
            return (std::uint64_t{kind} >> 4) * page_size; // lengths
        case 5:
        case 6:
            return layout_.memory.begin + input_.below(64) * page_size;
        case 7:
        case 8:
            return layout_.stack_area.begin + input_.below(8) * layout_.stack_slot;
        case 9:
            return layout_.stack_area.begin + input_.below(128) * page_size;
        case 10:
        case 11:
            return values_.empty() ? 0 : values_[input_.below(values_.size())];
        case 12:
            return UINT64_MAX - (kind >> 4);
        case 13:
            return PD_SELF;
        case 14:
            return input_.number(2);
        default:
            return input_.number(8);
        }
    }

    std::optional<Request> request()
    {
        // Supervisor's calls lie in groups of 16 numbers; some numbers are nobody's.
        constexpr std::array<std::uint64_t, 4> groups{0x10, 0x20, 0x40, 0x50};
        const std::uint8_t number = input_.byte();
        HypercallEvent event;
        event.number = groups[number >> 6] + (number & 15);
        for (std::uint64_t& value : event.arguments) {
            value = argument();
        }
        const auto call = decode_call(event);
        const auto* served = call ? std::get_if<SupervisorCall>(&*call) : nullptr;
        return served != nullptr ? std::optional(served->request) : std::nullopt;
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
        } else if (input_.below(8) == 0) {
            leave(number);
        } else if (input_.below(4) == 0) {
            step_call(vcpu);
        } else if (auto wanted = request()) {
            vcpu.request = InProgress{supervisor_.begin(*vcpu.thread, *wanted, now_), 0, true};
            settle(vcpu);
        }
    }

    void dispatch(std::uint32_t number)
    {
        if (const auto dispatch = supervisor_.dispatch(VcpuId{number}, now_)) {
            Vcpu& vcpu = vcpus_[number];
            std::vector<Activation>& calls = calls_[dispatch->thread];
            require(dispatch->calls <= calls.size(), "a thread is in more calls than it made");
            calls.resize(dispatch->calls);
            vcpu.home = dispatch->domain;
            vcpu.thread = Caller{dispatch->domain, dispatch->thread, VcpuId{number}};
            note_here(vcpu);
            build_root(dispatch->domain, dispatch->stack);
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
        const std::vector<Activation>& calls = calls_[vcpu.thread->thread];
        vcpu.thread->domain = calls.empty() ? vcpu.home : calls.back().domain;
    }

    StackView view(const Vcpu& vcpu)
    {
        const StackId stack = supervisor_.current_stack(vcpu.thread->thread);
        const std::vector<Activation>& calls = calls_[vcpu.thread->thread];
        return calls.empty()
                   ? StackView(stack)
                   : StackView(stack, calls.back().end, static_cast<std::uint32_t>(calls.size()));
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
        std::vector<Activation>& calls = calls_[vcpu.thread->thread];
        if ((choice & 1) == 0 && !calls.empty()) {
            calls.pop_back();
            supervisor_.follow(vcpu.thread->thread, calls);
            note_here(vcpu);
            catch_up(number);
            return;
        }
        const auto stack =
            static_cast<std::uint64_t>(supervisor_.current_stack(vcpu.thread->thread));
        const std::uint64_t top = calls.empty() ? stack + layout_.stack_slot : calls.back().end;
        const std::uint64_t handle = (choice >> 1) & 3;
        const std::uint64_t count = (choice & 8) == 0 ? handle - 1 : argument();
        const std::uint64_t window =
            (choice & 16) == 0 ? top - (choice >> 6) * page_size : argument();
        const CallDecision decision = supervisor_.decide_call(*vcpu.thread, handle, count, window);
        require(decision.status < PD_STATUS_COUNT, "an unknown status");
        if (decision.waits) {
            vcpu.thread.reset();
        } else if (decision.status == PD_OK) {
            build_root(decision.activation.domain, decision.view);
            calls.push_back(decision.activation);
            supervisor_.follow(vcpu.thread->thread, calls);
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
        if (plan.reply.status == PD_OK && plan.reply.value != 0 && values_.size() < 64) {
            values_.push_back(plan.reply.value); // addresses and handles to be used, also when gone
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
        values_.push_back(code.begin);
        supervisor_.start_main_thread(domain, StackId{stack.value}, code.begin, 0);
    }

    void step_vmm()
    {
        const DomainId domain{static_cast<std::uint32_t>(input_.below(domain_count))};
        if (release_) {
            step(*release_, false);
            if (release_->plan.is_final) {
                release_.reset();
            }
        } else if (const auto quiescent = supervisor_.take_quiescent()) {
            machine_.drop_domain(*quiescent);
            release_ = InProgress{supervisor_.release_domain(*quiescent), 0, false};
            if (release_->plan.is_final) {
                release_.reset();
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
        release_.reset();
        while (const auto quiescent = supervisor_.take_quiescent()) {
            machine_.drop_domain(*quiescent);
            static_cast<void>(perform(supervisor_.release_domain(*quiescent)));
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
    std::vector<std::uint64_t> values_;
};

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Scenario({data, size}).run();
    return 0;
}
