// Hypercalls: whatever domains put into their registers, in whatever order their calls,
// preemptions, ends and failures of the host fall, the supervisor's record stays sound and the
// machine never allows more than the record.
#include <array>
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
            const DomainId domain = supervisor_.add_domain("domain" + std::to_string(i), quota);
            if (i > 0) {
                supervisor_.set_fault_handler(domain, DomainId{i - 1}, i == 2);
            }
            start(domain);
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
        std::optional<InProgress> request;
        bool is_creating = false; ///< a domain
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
        constexpr std::array<std::uint64_t, 8> groups{0x10, 0x20, 0x20, 0x30,
                                                      0x50, 0x50, 0x60, 0x60};
        const std::uint8_t number = input_.byte();
        HypercallEvent event;
        event.number = groups[number >> 5] + (number & 15);
        for (std::uint64_t& value : event.arguments) {
            value = argument();
        }
        const auto call = decode_call(event);
        if (call && std::holds_alternative<DomainCreateCall>(*call)) {
            return create_domain();
        }
        if (const auto* fault = call ? std::get_if<FaultCall>(&*call) : nullptr) {
            return fault_request(*fault);
        }
        const auto* served = call ? std::get_if<SupervisorCall>(&*call) : nullptr;
        return served != nullptr ? std::optional(served->request) : std::nullopt;
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
    Request create_domain()
    {
        DomainCreate request;
        for (const auto kind : {&Quota::memory, &Quota::stacks, &Quota::stack_bytes,
                                &Quota::threads, &Quota::domains}) {
            request.quota.*kind = argument();
        }
        request.memory = 2 * page_size;
        request.stack_commit = argument();
        request.stack_limit = argument();
        for (std::uint64_t grant = input_.below(3); grant > 0; --grant) {
            request.grants.push_back({argument(), argument(), argument()});
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
        } else if (auto wanted = request()) {
            vcpu.is_creating = std::holds_alternative<DomainCreate>(*wanted);
            vcpu.request = InProgress{supervisor_.begin(*vcpu.thread, *wanted, now_), 0, true};
            const auto* end = std::get_if<FaultEnd>(&*wanted);
            if (end != nullptr && vcpu.request->plan.reply.status == PD_OK) {
                supervisor_.stop_domain(faulted_.at(end->fault));
            }
            settle(vcpu);
        }
    }

    /// Its handler, if it has one that could answer, is asked.
    void fault(std::uint32_t number)
    {
        const auto fault = supervisor_.suspend_faulting(VcpuId{number}, now_, argument());
        if (fault) {
            last_fault_ = *fault;
            faulted_.resize(*fault + 1);
            faulted_[*fault] = vcpus_[number].thread->domain;
            vcpus_[number].thread.reset();
        }
    }

    void dispatch(std::uint32_t number)
    {
        if (const auto dispatch = supervisor_.dispatch(VcpuId{number}, now_)) {
            vcpus_[number].thread = Caller{dispatch->domain, dispatch->thread, VcpuId{number}};
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

    void build_root(DomainId domain, StackId stack)
    {
        machine_.build_root(domain, stack, supervisor_.stack_pages(domain, stack));
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
        if (plan.reply.status == PD_OK && vcpu.is_creating) {
            start_child(supervisor_.place(plan.reply.value));
        }
        if (plan.reply.status == PD_OK && plan.reply.value != 0 && values_.size() < 64) {
            values_.push_back(plan.reply.value); // addresses and handles to be used, also when gone
        }
        build_root(vcpu.thread->domain, supervisor_.current_stack(vcpu.thread->thread));
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
        const Reply stack = perform(supervisor_.reserve_stack(domain, page_size, 2 * page_size));
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
        } else if (input_.below(4) == 0) {
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
    std::optional<InProgress> release_;
    DomainId released_{}; ///< whose plan release_ is
    std::uint64_t last_fault_ = 0;
    std::vector<DomainId> faulted_; ///< by handle of the fault
    std::vector<std::uint64_t> values_;
};

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Scenario({data, size}).run();
    return 0;
}
