// One vCPU as the run loop sees it: it carries threads and comes back with events.
//
// The declaration is shared; each architecture defines the functions in arch/<name>/guest_cpu.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "fault/record.hpp"
#include "host/result.hpp"
#include "kvm/kvm.hpp"
#include "machine/call_state.hpp"
#include "machine/system_memory.hpp"

namespace glacis {

/// A thread's registers while it is on no vCPU. Which register has which index is the
/// architecture's affair; name_registers() knows.
struct ThreadContext {
    std::array<std::uint64_t, 32> general{};
    std::uint64_t program_counter = 0;
    std::uint64_t stack_pointer = 0;
    std::uint64_t flags = 0;
    std::uint64_t thread_pointer = 0;
    std::uint64_t second_pointer = 0;
    std::vector<std::uint8_t> vector_state; ///< empty: as at reset
    CallState calls;
};

/// The domain made a hypercall through the gate page.
struct HypercallEvent {
    std::uint64_t number = 0;
    std::array<std::uint64_t, 6> arguments{};
};
/// The domain went wrong. `code` of the record is still to be filled in.
struct FaultEvent {
    RawFault fault;
};
/// A call across domains that was not prepared (glacis/abi/gate.h).
struct CrossCallEvent {
    std::uint64_t window = 0;
    std::uint64_t handle = 0;
    std::uint64_t arguments = 0; ///< how many
    std::size_t hint = 0;        ///< where to prepare it, below GLACIS_ENTRIES
};
/// A return that the shim leaves to the VMM.
struct CrossReturnEvent {
    std::uint64_t value = 0;
};
/// The vCPU was kicked; the thread can simply go on.
struct KickEvent {};
/// The host or the shim failed: the system cannot go on.
struct BrokenEvent {
    HostError error;
};
using CpuEvent = std::variant<HypercallEvent, CrossCallEvent, CrossReturnEvent, FaultEvent,
                              KickEvent, BrokenEvent>;

/// What all vCPUs of a VM are set up with, found out once.
struct CpuModel;
struct CpuModelDeleter {
    void operator()(CpuModel* model) const;
};
using CpuModelPointer = std::unique_ptr<CpuModel, CpuModelDeleter>;

/// Asks the host what its guests' CPUs can do.
Result<CpuModelPointer> make_cpu_model(const kvm::Kvm& kvm);
/// What a VM shall have before its first vCPU, so that it starts fast; `layout` says which guest
/// addresses must stay free for memory.
void prepare_vm(kvm::Vm& vm, const supervisor::Layout& layout);
/// Puts shim, gate page and descriptor tables into the supervisor's pages.
void install_shim(const SystemMemory& memory);

class GuestCpu {
public:
    /// `model` and `memory` outlive the result. `boot_root` maps the supervisor's pages and no
    /// more.
    static Result<GuestCpu> create(kvm::Vm& vm, std::uint32_t id, const CpuModel& model,
                                   const SystemMemory& memory, std::uint64_t boot_root);

    /// Runs the loaded thread until the next event.
    [[nodiscard]] CpuEvent run();

    /// The thread that it carried, if any, is gone: the next load() may be of a system that has
    /// been brought back to its start, whose memory is still as it was left.
    Status start_over();

    /// Takes the thread's registers. With `with_vectors` also its vector registers, which costs a
    /// host call.
    Status save(ThreadContext& context, bool with_vectors);
    /// Makes a thread the one that run() runs, in the address space of `root`.
    Status load(const ThreadContext& context, std::uint64_t root);
    /// Whether the loaded thread has not executed anything since load().
    [[nodiscard]] bool is_yet_to_start() const { return place_ == Place::resuming; }
    /// Whether it was interrupted where load() put it: as a rule before its first instruction.
    [[nodiscard]] bool is_where_it_started() const;
    /// Answers the hypercall that run() returned.
    void reply(std::uint64_t status, std::uint64_t value);

    // ---- calls across domains. The vCPU is outside the guest; what it finds when it goes on.

    /// What the code of the loaded thread runs on at each depth; the last is the code that runs.
    struct CallFrame {
        std::uint64_t root = 0;
        std::uint64_t stack_pointer = 0; ///< when it called on; 0: a return to it comes to the VMM
    };
    void set_frames(const std::vector<CallFrame>& frames);
    [[nodiscard]] std::size_t depth() const;
    [[nodiscard]] CallFrame frame(std::size_t depth) const;
    void prepare(std::size_t hint, const PreparedCall& call);
    void forget_prepared();
    /// Puts the thread, which has just tried to call, to a callee's entry point.
    Status enter_callee(std::uint64_t root, std::uint64_t entry, std::uint64_t window);
    /// Puts the thread behind the call that it made from `stack_pointer`. After a call that was cut
    /// short nothing that the callee had in its registers is left there.
    Status return_to_caller(std::uint64_t root, std::uint64_t stack_pointer, std::uint64_t status,
                            std::uint64_t value, bool is_cut_short);
    /// Of the domain code that trapped.
    [[nodiscard]] std::uint64_t stack_pointer() const;
    /// Makes a thread that was saved when it called make the same call again.
    static void retry_crossing(ThreadContext& context);
    /// The same for a thread that is on no vCPU and was cut short.
    static void return_to_caller(ThreadContext& context, std::uint64_t stack_pointer);
    /// The answer to a call or a return that was refused: behind the gate's instruction.
    void refuse_crossing(std::uint64_t status);

    /// The thread's state as a fault that no instruction of it caused: time limit, abort.
    [[nodiscard]] RawFault where_interrupted(FaultOrigin origin) const;

    /// A context in which a new thread begins.
    static ThreadContext start_context(std::uint64_t entry, std::uint64_t argument,
                                       std::uint64_t stack_pointer, std::uint64_t thread_pointer);
    /// Puts the answer to a hypercall into a thread that is on no vCPU.
    static void set_reply(ThreadContext& context, std::uint64_t status, std::uint64_t value);

    [[nodiscard]] kvm::Vcpu& vcpu() { return vcpu_; }
    [[nodiscard]] std::uint64_t exits() const { return exits_; }

private:
    /// Where the guest is when it is outside KVM_RUN.
    enum class Place {
        at_trap,  ///< in the shim, trap frame and registers are the thread's
        resuming, ///< in the shim on the way out, as at_trap but for registers still in the mailbox
        in_domain, ///< interrupted amid domain code
    };

    [[nodiscard]] kvm::Exit enter();
    [[nodiscard]] CpuEvent on_trap(std::uint32_t port);
    [[nodiscard]] CpuEvent on_exit(const kvm::Exit& exit);
    [[nodiscard]] std::optional<CpuEvent> on_interrupted();
    [[nodiscard]] RawFault raw_fault(FaultOrigin origin) const;
    [[nodiscard]] std::uint64_t fault_address();
    [[nodiscard]] bool is_in_ring_0();
    void add_segment_bases(NamedRegisters& registers);
    Status setup(const CpuModel& model, std::uint64_t boot_root);
    Status bring_into_shim();
    void start_resume();
    struct Destination;
    Status redirect(const Destination& to);
    [[nodiscard]] Status finish_crossing(bool is_call);
    [[nodiscard]] CpuEvent cross_event(bool is_call);
    [[nodiscard]] std::optional<CpuEvent> interrupted_in_shim();

    kvm::Vcpu vcpu_;
    std::uint32_t id_ = 0;
    const SystemMemory* memory_ = nullptr;
    const CpuModel* model_ = nullptr;
    std::uint64_t boot_root_ = 0;
    Place place_ = Place::at_trap;
    bool has_pending_mmio_ = false;
    bool are_vectors_pristine_ = true;
    bool is_anything_prepared_ = false; ///< in the vCPU's block
    std::uint64_t exits_ = 0;
    std::uint64_t started_at_ = 0; ///< program counter of the last load()
};

} // namespace glacis
