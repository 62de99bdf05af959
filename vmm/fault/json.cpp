#include "fault/json.hpp"

#include <nlohmann/json.hpp>

#include "fault/printable.hpp"
#include "fault/text.hpp"

namespace glacis::fault {

namespace {

using nlohmann::json;

json text_or_null(const std::string& text)
{
    return text.empty() ? json(nullptr) : json(printable(text));
}

json address_or_null(const std::optional<std::uint64_t>& address)
{
    return address ? json(address_text(*address)) : json(nullptr);
}

template <class T> json number_or_null(const std::optional<T>& number)
{
    return number ? json(*number) : json(nullptr);
}

json access_name(Access access)
{
    switch (access) {
    case Access::read:
        return "read";
    case Access::write:
        return "write";
    case Access::execute:
        return "execute";
    case Access::none:
        break;
    }
    return nullptr;
}

json derivation_name(Derivation derivation)
{
    switch (derivation) {
    case Derivation::exit:
        return "exit";
    case Derivation::syndrome:
        return "syndrome";
    case Derivation::decoded:
        return "decoded";
    case Derivation::none:
        break;
    }
    return nullptr;
}

const char* origin_name(FaultOrigin origin)
{
    switch (origin) {
    case FaultOrigin::page_fault:
        return "page fault";
    case FaultOrigin::exception:
        return "exception";
    case FaultOrigin::stage2_refused:
        return "stage 2 refused";
    case FaultOrigin::stage2_hole:
        return "stage 2 hole";
    case FaultOrigin::memory_fault_exit:
        return "memory fault exit";
    case FaultOrigin::emulation_failure:
        return "emulation failure";
    case FaultOrigin::shutdown:
        return "shutdown";
    case FaultOrigin::time_limit:
        return "time limit";
    case FaultOrigin::hypercall:
        return "hypercall";
    case FaultOrigin::abort:
        return "abort";
    }
    return "exception";
}

json to_json(const Frame& frame)
{
    return {
        {"address", address_text(frame.address)},
        {"module", text_or_null(frame.module)},
        {"function", text_or_null(frame.function)},
        {"offset", frame.offset},
        {"file", text_or_null(frame.file)},
        {"line", frame.line > 0 ? json(frame.line) : json(nullptr)},
        {"repeats", frame.repeats},
    };
}

json to_json(const StackUse& stack)
{
    return {
        {"id", address_text(stack.stack)},
        {"bottom", address_text(stack.bottom)},
        {"top", address_text(stack.top)},
        {"committed", stack.top - stack.bottom},
        {"peak", stack.peak},
        {"limit", stack.limit},
        {"suggested", number_or_null(stack.suggested)},
    };
}

} // namespace

json to_json(const FaultRecord& record)
{
    json backtrace = json::array();
    for (const Frame& frame : record.backtrace)
        backtrace.push_back(to_json(frame));
    json callers = json::array();
    for (const std::string& caller : record.callers)
        callers.push_back(printable(caller));
    json registers = json::object();
    for (const auto& [name, value] : record.registers)
        registers[name] = address_text(value);

    return {
        {"class", class_name(record.fault_class)},
        {"class_code", static_cast<unsigned>(record.fault_class)},
        {"domain", printable(record.domain)},
        {"domain_id", record.domain_id},
        {"thread", record.thread},
        {"thread_name", text_or_null(record.thread_name)},
        {"vcpu", record.vcpu},
        {"callers", std::move(callers)},
        {"origin", origin_name(record.origin)},
        {"program_counter", address_text(record.program_counter)},
        {"instruction", text_or_null(record.instruction)},
        {"address", address_or_null(record.address)},
        {"access", access_name(record.access)},
        {"length", record.length != 0 ? json(record.length) : json(nullptr)},
        {"derivation", derivation_name(record.derivation)},
        {"explanation", printable(record.explanation)},
        {"bytes_past_limit", number_or_null(record.bytes_past_limit)},
        {"stack", to_json(record.stack)},
        {"backtrace", std::move(backtrace)},
        {"backtrace_cut", record.is_backtrace_cut},
        {"registers", std::move(registers)},
        {"action", text_or_null(record.action)},
    };
}

} // namespace glacis::fault
