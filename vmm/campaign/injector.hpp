// Carries out one fault in one run, and watches what it does to others.
//
// A trigger at an instruction is an instruction that traps, put in its place. What the domain must
// do itself, a wild write say, it does itself: the injector lends it the instruction, and takes it
// and every changed register back afterwards. Whatever traps in between is the domain's own fault.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "campaign/escape_watch.hpp"
#include "campaign/fault.hpp"
#include "inject/random.hpp"
#include "machine/intervention.hpp"

namespace glacis::campaign {

/// What became of the fault.
struct Injection {
    std::uint64_t times = 0; ///< that it was injected; 0: not activated
    std::string deed;        ///< what was done, with the values of this run
    /// Hypercalls and faults of all domains until it was injected first. Not exits of the vCPU,
    /// some of which the host makes when it likes.
    std::uint64_t exits_before = 0;
    /// The same until each of the faults, the first ones, those before the injection included.
    std::vector<std::uint64_t> exits_at_faults;
    /// The supervisor's answer where the fault was a hypercall that must not be granted.
    std::optional<pd_status> refusal;
    bool was_granted = false; ///< and it was granted all the same
    std::vector<Escape> escapes;
    std::string broken_invariant; ///< of the supervisor, at the end; empty for none
};

class Injector final : public Intervention {
public:
    explicit Injector(const Fault& fault);

    Status on_built(Core& core) override;
    void before_entry(RunningThread& thread) override;
    [[nodiscard]] Next on_event(RunningThread& thread, CpuEvent& event) override;
    void on_end(Core& core) override;

    [[nodiscard]] const Injection& injection() const { return injection_; }

private:
    /// What the trap at `trap_.address` means when it is reached.
    using Continuation = std::function<Next(RunningThread&)>;
    struct Trap {
        std::uint64_t address = 0;
        std::vector<std::uint8_t> original;
        Continuation then;
    };

    [[nodiscard]] bool is_done() const;
    [[nodiscard]] bool is_victim(RunningThread& thread) const { return thread.domain() == domain_; }
    [[nodiscard]] std::uint64_t address_of(std::uint64_t offset) const { return base_ + offset; }
    bool read(RunningThread& thread, std::uint64_t address, std::span<std::uint8_t> bytes) const;
    bool write(RunningThread& thread, std::uint64_t address, std::span<const std::uint8_t> bytes);

    void set_trap(Core& core, std::uint64_t address, Continuation then);
    void remove_trap(Core& core);
    void step(RunningThread& thread, Continuation then);
    [[nodiscard]] std::optional<Next> on_trap(RunningThread& thread, const RawFault& fault);
    [[nodiscard]] Next on_place(RunningThread& thread);
    [[nodiscard]] Next on_call(RunningThread& thread, HypercallEvent& call);
    [[nodiscard]] Next inject(RunningThread& thread);
    void note(RunningThread& thread, std::string deed);
    void watch(RunningThread& thread, const CpuEvent& event);

    // ---- what is done at an instruction (deeds*.cpp)
    [[nodiscard]] Next change_code(RunningThread& thread);
    [[nodiscard]] Next flip_register(RunningThread& thread);
    [[nodiscard]] Next flip_memory(RunningThread& thread);
    [[nodiscard]] Next overrun_copy(RunningThread& thread);
    [[nodiscard]] Next fail_allocation(RunningThread& thread);
    [[nodiscard]] Next free_at_once(RunningThread& thread);
    [[nodiscard]] Next write_after_free(RunningThread& thread);
    [[nodiscard]] Next store_somewhere(RunningThread& thread);
    [[nodiscard]] Next ask_for_others(RunningThread& thread);
    [[nodiscard]] Next forge_return(RunningThread& thread);
    [[nodiscard]] Next forge_cross_return(RunningThread& thread);
    [[nodiscard]] Next hang(RunningThread& thread);
    [[nodiscard]] Next exhaust(RunningThread& thread);
    [[nodiscard]] Next let_time_pass(RunningThread& thread);

    [[nodiscard]] std::optional<std::uint64_t> memory_target(RunningThread& thread);
    [[nodiscard]] std::optional<std::uint64_t> store_target(RunningThread& thread);
    [[nodiscard]] std::optional<supervisor::OwnedPages> foreign_pages(RunningThread& thread,
                                                                      bool is_stack);
    /// Makes the thread call `function`, then come back to where it is with all its registers.
    [[nodiscard]] Next make_it_call(RunningThread& thread, std::uint64_t function,
                                    std::uint64_t argument,
                                    std::function<void(const ThreadContext&)> done);

    Fault fault_;
    inject::Random random_;
    Injection injection_;
    supervisor::DomainId domain_{};
    std::uint64_t base_ = 0;
    std::uint64_t image_size_ = 0;
    std::uint64_t occasions_ = 0; ///< of the trigger
    std::uint64_t exits_ = 0;     ///< hypercalls and faults so far
    std::optional<Trap> trap_;
    Continuation after_step_;
    std::optional<supervisor::ThreadId> stepping_;
    std::optional<ThreadContext> saved_; ///< of a thread that does something in between
    EscapeWatch watch_;
};

} // namespace glacis::campaign
