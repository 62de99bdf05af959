// The run loop of one vCPU: dispatch a thread, run it until something happens, deal with that.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "fault/build_record.hpp"
#include "machine/core.hpp"
#include "machine/decode_call.hpp"

namespace glacis {

class VcpuLoop {
public:
    /// For vCPU `id` of `core`, which outlives the loop.
    VcpuLoop(Core& core, std::uint32_t id);

    /// Until the system ends. On the thread that this vCPU belongs to.
    void run();

private:
    /// What becomes of the thread on this vCPU.
    enum class Next {
        resume, ///< goes on
        left,   ///< is no longer here
    };

    /// The thread that this vCPU carries.
    struct Current {
        supervisor::ThreadId thread{};
        supervisor::DomainId home{};   ///< the thread's own domain
        supervisor::DomainId domain{}; ///< whose code it executes: its own or a callee's
        supervisor::StackId stack{};
        supervisor::StackView view; ///< what that code sees of it
        std::uint64_t root = 0;     ///< of (domain, view)
        std::uint64_t since = 0;    ///< when it got the vCPU
        bool is_lent = false;       ///< a manager waits for the vCPU
        /// When its turn is over, if other ready threads wait for the vCPU.
        std::uint64_t turn_end = 0;
        std::uint64_t slice_end = 0;           ///< when its manager wants the vCPU back in any case
        std::uint32_t extensions = 0;          ///< of the slice, since nothing had been executed
        std::optional<std::uint64_t> limit_at; ///< when its domain's time is up
        ThreadContext* context = nullptr;
    };

    using Lock = std::unique_lock<std::mutex>;

    void wait_for_work(Lock& lock);
    void wait_until(std::optional<std::uint64_t> deadline);
    [[nodiscard]] bool put_on(Lock& lock, const supervisor::Dispatch& dispatch);
    void carry();
    [[nodiscard]] Next step();
    [[nodiscard]] Next on_kick();
    [[nodiscard]] Next leave(Lock& lock);
    void account();
    void arm_timer(std::uint64_t now);
    void give_a_start(std::uint64_t now);
    [[nodiscard]] bool is_time_over(std::uint64_t now) const;

    // intervene.cpp
    class Hands;
    [[nodiscard]] bool shall_run();
    void announce_entry();
    [[nodiscard]] std::optional<Next> intervene(CpuEvent& event);
    /// The next vCPU that has something to run while this one waits; nothing where vCPUs do not
    /// take turns. Lock held.
    [[nodiscard]] std::optional<std::uint32_t> successor() const;
    /// Waits until it is this vCPU's turn again. Without the lock.
    void hand_over(std::uint32_t to);
    /// Another thread has its turn first: that of another vCPU, while this one's waits where it is,
    /// or else another one here.
    [[nodiscard]] Next give_way();
    void watch();
    bool pass_on_for_now();
    void count_exit();

    // serve_call.cpp
    [[nodiscard]] Next serve(const HypercallEvent& event);
    [[nodiscard]] Next serve_supervisor(Lock& lock, SupervisorCall call);
    void deliver_reply(const supervisor::Dispatch& dispatch);
    [[nodiscard]] Next answer(pd_status status, std::uint64_t value = 0);
    /// The same, after anything that may have stopped domains: whoever is in a call of one that was
    /// leaves it instead.
    [[nodiscard]] Next answer_who_goes_on(Lock& lock, pd_status status, std::uint64_t value = 0);
    [[nodiscard]] Next write_console(Lock& lock, const ConsoleWriteCall& call);
    [[nodiscard]] Next write_abi_info(const AbiInfoCall& call);
    [[nodiscard]] Next write_random(const RandomCall& call);
    [[nodiscard]] Next end_domain(Lock& lock, std::uint64_t status);
    [[nodiscard]] bool may(std::uint64_t address, std::uint64_t length,
                           supervisor::Perm want) const;
    [[nodiscard]] bool read_name(std::uint64_t address, std::string& name) const;
    [[nodiscard]] Next move_to_active_stack(Lock& lock);

    // serve_gate.cpp: calls across domains
    [[nodiscard]] Next call_across(const CrossCallEvent& event);
    [[nodiscard]] Next enter_callee(Lock& lock, const CrossCallEvent& event,
                                    const supervisor::CallDecision& decision);
    [[nodiscard]] Next return_across(const CrossReturnEvent& event);
    /// Ends the innermost calls that cannot go on; the last caller gets `status`.
    [[nodiscard]] Next cut_short(Lock& lock, pd_status status);
    [[nodiscard]] Result<std::uint64_t> window_root(const supervisor::CallDecision& decision);
    void make_room_for_window();
    void drop_windows();
    [[nodiscard]] bool follow();
    void catch_up();
    void forget_prepared();
    [[nodiscard]] bool take_frames(CallState& calls);
    void put_frames();
    void note_here();
    void prepare_to_dispatch(const supervisor::Dispatch& dispatch, std::uint64_t root);
    [[nodiscard]] std::optional<std::uint64_t> call_deadline() const;
    void attend_late_returns(std::uint64_t now);
    [[nodiscard]] bool is_call_too_long(std::uint64_t now) const;
    void scrub(const supervisor::StackView& view);

    // run_time_domains.cpp
    [[nodiscard]] Next create_domain(const DomainCreateCall& call);
    [[nodiscard]] Result<ChildDescription, pd_status> copy_parameters(std::uint64_t address) const;
    [[nodiscard]] bool copy_from_caller(std::uint64_t address, std::span<std::uint8_t> to) const;

    // fault_handlers.cpp
    /// Whether another domain has been asked: then the thread has left, and `record` is gone.
    [[nodiscard]] bool ask_handler(const RawFault& raw, FaultRecord& record);
    void apply_policy_after_all(Lock& lock, const supervisor::Dispatch& dispatch);
    [[nodiscard]] Next serve_fault(Lock& lock, const FaultCall& call);
    [[nodiscard]] pd_status ask_supervisor(const supervisor::Request& request);
    [[nodiscard]] pd_status serve_known_fault(const FaultCall& call);
    [[nodiscard]] pd_status read_fault(const FaultCall& call);
    [[nodiscard]] pd_status resume_fault(const FaultCall& call);
    [[nodiscard]] pd_status end_fault(const FaultCall& call);

    // handle_fault.cpp
    [[nodiscard]] Next handle(RawFault fault);
    [[nodiscard]] bool is_spurious(const RawFault& fault);
    void wait_for_change(Lock& lock, std::uint64_t address);
    [[nodiscard]] FaultRecord make_record(const RawFault& fault);
    [[nodiscard]] fault::FaultSubject describe_subject();
    void add_questions(fault::FaultContext& context);
    [[nodiscard]] Next apply_policy(FaultRecord record, pd_status status_of_call);

    [[nodiscard]] VcpuRecord& self() { return *core_.vcpus[id_]; }
    [[nodiscard]] GuestCpu& cpu() { return *self().cpu; }
    [[nodiscard]] Next broken(HostError error);

    Core& core_;
    std::uint32_t id_;
    Current current_;
    std::uint64_t retried_at_ = 0; ///< program counter of the last access that was tried again
    std::uint32_t retries_ = 0;
    std::uint64_t seen_stops_ = 0; ///< Supervisor::stops() when the vCPU last caught up
};

} // namespace glacis
