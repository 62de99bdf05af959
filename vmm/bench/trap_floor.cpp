#include "bench/trap_floor.hpp"

#include <array>
#include <cstring>

#include "doctor/sample.hpp"

namespace glacis::bench {

Result<TrapFloor> TrapFloor::create()
{
    auto kvm = kvm::Kvm::open(kvm::device_path());
    if (!kvm) {
        return kvm.error();
    }
    auto machine = doctor::ProbeMachine::create(*kvm);
    if (!machine) {
        return machine.error();
    }
    TrapFloor floor;
    floor.machine_ = std::move(*machine);
    const auto other = floor.machine_->make_second_root();
    if (!other) {
        return other.error();
    }
    floor.other_root_ = *other;
    // A hypercall first: it tells by which instruction this host enters the supervisor's mode.
    if (auto done = floor.machine_->start(doctor::probe_code().hypercalls, 0); !done) {
        return done.error();
    }
    if (!std::holds_alternative<HypercallEvent>(floor.machine_->cpu().run())) {
        return HostError{"KVM_RUN", 0, "the floor's guest made no hypercall"};
    }
    if (auto done = install_trap_floor(*floor.machine_); !done) {
        return done.error();
    }
    return floor;
}

std::uint64_t TrapFloor::instructions_of_a_call() const
{
    return crossing_instructions(machine_->system());
}

double TrapFloor::pair_ns()
{
    const std::array<std::uint64_t, 3> arguments{trap_floor_pairs, machine_->root(), other_root_};
    std::memcpy(machine_->area().own(doctor::ProbeMachine::stack_top - sizeof arguments),
                arguments.data(), sizeof arguments);
    if (!machine_->start(trap_floor_code(*machine_), 0)) {
        return -1;
    }
    bool is_done = false;
    const double time = doctor::time_of(
        [&] { is_done = std::holds_alternative<FaultEvent>(machine_->cpu().run()); });
    return is_done ? time / static_cast<double>(trap_floor_pairs) : -1;
}

} // namespace glacis::bench
