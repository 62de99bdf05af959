// What a fault does once its time has come.

#include <native/injection.hpp>

#include "campaign/injector.hpp"

namespace glacis::campaign {

using namespace supervisor;

/// At the instruction of the trigger, at a hypercall, or at a time.
Intervention::Next Injector::inject(RunningThread& thread)
{
    switch (fault_.fault_class) {
    case FaultClass::register_bit_flip:
        return flip_register(thread);
    case FaultClass::stack_bit_flip:
    case FaultClass::heap_bit_flip:
    case FaultClass::global_bit_flip:
        return flip_memory(thread);
    case FaultClass::copy_overrun:
        return overrun_copy(thread);
    case FaultClass::failed_allocation:
        return fail_allocation(thread);
    case FaultClass::premature_free:
        return free_at_once(thread);
    case FaultClass::use_after_free:
        return write_after_free(thread);
    case FaultClass::stack_overflow:
    case FaultClass::stack_underflow:
    case FaultClass::frame_beyond_guard:
    case FaultClass::neighbour_write:
    case FaultClass::inactive_write:
    case FaultClass::freed_write:
    case FaultClass::foreign_write:
        return store_somewhere(thread);
    case FaultClass::foreign_activation:
    case FaultClass::foreign_permission:
    case FaultClass::foreign_free:
        return ask_for_others(thread);
    case FaultClass::forged_return:
        return forge_return(thread);
    case FaultClass::forged_cross_return:
        return forge_cross_return(thread);
    case FaultClass::hung_code:
        return hang(thread);
    case FaultClass::exhausted_quota:
        return exhaust(thread);
    case FaultClass::preemption:
    case FaultClass::delay:
        return let_time_pass(thread);
    case FaultClass::lost_wake_up:
    case FaultClass::doubled_wake_up:
    case FaultClass::hypercall_noise:
    case FaultClass::host_failure:
        return Next::as_it_is; // not at an instruction
    default:
        return change_code(thread);
    }
}

// ---- code --------------------------------------------------------------------------------------

Intervention::Next Injector::change_code(RunningThread& thread)
{
    const inject::Mutation& mutation = *fault_.mutation;
    const std::uint64_t address = address_of(mutation.address);
    std::vector<std::uint8_t> there(mutation.before.size());
    if (!read(thread, address, there) || there != mutation.before ||
        !write(thread, address, mutation.after)) {
        return Next::resume; // the program is not what the fault was made for
    }
    note(thread, mutation.text_before + " becomes " + mutation.text_after);
    if (fault_.trigger.times == 1) {
        step(thread, [this, address](RunningThread& behind) {
            (void)write(behind, address, fault_.mutation->before);
            return Next::resume;
        });
    }
    return Next::resume;
}

Intervention::Next Injector::hang(RunningThread& thread)
{
    const auto context = thread.registers();
    if (context && write(thread, context->program_counter, native::hang_code)) {
        note(thread, "the thread jumps to where it is, for ever");
    }
    return Next::resume;
}

// ---- time --------------------------------------------------------------------------------------

Intervention::Next Injector::let_time_pass(RunningThread& thread)
{
    if (fault_.fault_class == FaultClass::preemption) {
        note(thread, "other threads have their turn first");
        watch_.forget(); // what they do is their right
        return Next::give_way;
    }
    note(thread, std::to_string(fault_.amount) + " ns pass");
    thread.core().clock.pass(fault_.amount);
    watch_.forget();
    return Next::give_way;
}

} // namespace glacis::campaign
