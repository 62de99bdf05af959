#include "explore/recorder.hpp"

#include <array>
#include <cstring>
#include <glacis/abi/layout.h>
#include <native/fault_architecture.hpp>
#include <native/stepping.hpp>

#include "fault/backtrace.hpp"
#include "fault/instruction.hpp"
#include "fault/printable.hpp"
#include "machine/call_names.hpp"
#include "machine/core.hpp"
#include "machine/status_text.hpp"

namespace glacis::explore {

namespace {

bool begins_with(std::string_view text, std::string_view beginning)
{
    return text.substr(0, beginning.size()) == beginning;
}

/// Whether a function is not the program's own but comes with the runtime: its lines tell the
/// reader nothing.
bool is_of_runtime(const fault::Symbol& symbol)
{
    return symbol.line == 0 || begins_with(symbol.function, "pd_") ||
           begins_with(symbol.function, "glacis_") ||
           symbol.file.find("guest/runtime/") != std::string::npos ||
           symbol.file.find("newlib/") != std::string::npos;
}

Place to_place(const fault::Symbol& symbol)
{
    const std::size_t slash = symbol.file.rfind('/');
    return {
        fault::printable(symbol.function),
        fault::printable(slash == std::string::npos ? symbol.file : symbol.file.substr(slash + 1)),
        symbol.line};
}

} // namespace

Step& Recorder::add(RunningThread& thread, Step::Kind kind)
{
    Step step;
    step.kind = kind;
    step.thread = last_ = place_of(thread);
    is_any_ = true;
    recording_.steps.push_back(std::move(step));
    return recording_.steps.back();
}

std::size_t Recorder::place_of(RunningThread& thread)
{
    const auto [known, is_new] = threads_.emplace(thread.thread(), recording_.threads.size());
    if (is_new) {
        Core& core = thread.core();
        const std::lock_guard guard(core.mutex);
        recording_.threads.push_back(
            {core.record(thread.domain()).description->name,
             fault::printable(core.supervisor->thread_name(thread.thread())),
             core.supervisor->thread_number(thread.thread())});
    }
    return known->second;
}

void Recorder::call(RunningThread& thread, const CpuEvent& event)
{
    Step& step = add(thread, Step::Kind::call);
    const auto* call = std::get_if<HypercallEvent>(&event);
    step.what = call != nullptr ? call_name(call->number) : "call into another domain";
    step.place = caller(thread);
    if (call != nullptr) {
        unanswered_[thread.thread()] = recording_.steps.size() - 1;
    }
}

void Recorder::instruction(RunningThread& thread, const Traps& traps, std::uint64_t address)
{
    Step& step = add(thread, Step::Kind::instruction);
    const auto code = traps.code(thread.core(), address);
    const auto decoded = fault::decode(code, address, fault::native_architecture);
    step.what = decoded ? decoded->text : "?";
    if (const auto found = symbol(thread, address)) {
        step.place = to_place(*found);
    }
}

void Recorder::preempted(RunningThread& thread, std::uint32_t point)
{
    add(thread, Step::Kind::preempted).point = point;
}

void Recorder::goes_on(RunningThread& thread)
{
    const auto call = unanswered_.find(thread.thread());
    if (call == unanswered_.end()) {
        return;
    }
    const auto registers = thread.registers();
    const std::uint64_t status = registers ? stepping::status_of(*registers) : 0;
    if (status != PD_OK) {
        recording_.steps[call->second].refusal = status_text(static_cast<pd_status>(status));
    }
    unanswered_.erase(call);
}

void Recorder::output(std::string_view line)
{
    if (is_any_) {
        Step step;
        step.kind = Step::Kind::output;
        step.thread = last_;
        step.what = fault::printable(line);
        recording_.steps.push_back(std::move(step));
    }
}

std::optional<fault::Symbol> Recorder::symbol(RunningThread& thread, std::uint64_t address)
{
    const DomainRecord* domain = nullptr;
    {
        const std::lock_guard guard(thread.core().mutex);
        domain = &thread.core().record(thread.domain());
    }
    const std::uint64_t offset = address - domain->image_base;
    if (address < domain->image_base || offset >= domain->description->program.image_size()) {
        return std::nullopt;
    }
    return domain->symbols->get(domain->description->program).find(offset);
}

/// The innermost line of the program's own on the way to the gate; nothing where the runtime itself
/// has called.
Place Recorder::caller(RunningThread& thread)
{
    const auto registers = thread.registers();
    if (!registers) {
        return {};
    }
    Core& core = thread.core();
    const auto read = [&](std::uint64_t address, std::uint64_t& word) {
        std::array<std::uint8_t, sizeof word> bytes{};
        if (!thread.may(address, sizeof word, supervisor::Perm::read) ||
            !core.space->peek(address, bytes)) {
            return false;
        }
        std::memcpy(&word, bytes.data(), sizeof word);
        return true;
    };
    // Whatever lies above the stack pointer within the slot: reading is checked word by word.
    const std::uint64_t slot = core.layout.stack_slot;
    const std::uint64_t top = (registers->stack_pointer / slot + 1) * slot;
    const fault::Walk walked = fault::walk(stepping::walk_from_gate(*registers, read),
                                           {registers->stack_pointer, top}, read);
    for (std::size_t index = 1; index < walked.frames.size(); ++index) {
        const auto found = symbol(thread, walked.frames[index].address - 1);
        if (found && !is_of_runtime(*found)) {
            return to_place(*found);
        }
    }
    return {};
}

} // namespace glacis::explore
