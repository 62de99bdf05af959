#include "machine/decode_call.hpp"

#include <glacis/abi/hypercall.h>

namespace glacis {

using namespace supervisor;

namespace {

Call plain(Request request)
{
    return SupervisorCall{std::move(request), 0, 0, 0};
}

std::optional<Call> decode_general(std::uint64_t number, const std::array<std::uint64_t, 6>& a)
{
    switch (number) {
    case GLACIS_CALL_ABI_INFO:
        return AbiInfoCall{a[0], a[1]};
    case GLACIS_CALL_CONSOLE_WRITE:
        return ConsoleWriteCall{a[0], a[1]};
    case GLACIS_CALL_DOMAIN_EXIT:
        return DomainExitCall{a[0]};
    case GLACIS_CALL_CLOCK:
        return ClockCall{a[0]};
    case GLACIS_CALL_RANDOM:
        return RandomCall{a[0], a[1]};
    case GLACIS_CALL_TRACE:
        return TraceCall{a[0], a[1]};
    case GLACIS_CALL_ABORT:
        return AbortCall{a[0]};
    default:
        return std::nullopt;
    }
}

std::optional<Call> decode_memory(std::uint64_t number, const std::array<std::uint64_t, 6>& a)
{
    switch (number) {
    case GLACIS_CALL_MEMORY_ALLOC:
        return plain(MemoryAlloc{a[0], a[1]});
    case GLACIS_CALL_MEMORY_FREE:
        return plain(MemoryFree{a[0], a[1]});
    case GLACIS_CALL_MEMORY_SET_PERM:
        return plain(MemorySetPerm{a[0], a[1], a[2], a[3], a[4]});
    case GLACIS_CALL_MEMORY_TRANSFER:
        return plain(MemoryTransfer{a[0], a[1], a[2]});
    case GLACIS_CALL_MEMORY_QUERY:
        return SupervisorCall{MemoryQuery{a[0]}, a[1], sizeof(pd_memory_info), 0};
    case GLACIS_CALL_GROUP_CREATE:
        return plain(GroupCreate{});
    case GLACIS_CALL_GROUP_DELETE:
        return plain(GroupDelete{a[0]});
    case GLACIS_CALL_GROUP_ADD:
        return plain(GroupAdd{a[0], a[1]});
    case GLACIS_CALL_GROUP_REMOVE:
        return plain(GroupRemove{a[0], a[1]});
    case GLACIS_CALL_MEMORY_SET_GROUP_PERM:
        return plain(MemorySetGroupPerm{a[0], a[1], a[2], a[3], a[4]});
    default:
        return std::nullopt;
    }
}

std::optional<Call> decode_stack(std::uint64_t number, const std::array<std::uint64_t, 6>& a)
{
    switch (number) {
    case GLACIS_CALL_STACK_ALLOC:
        return plain(StackAlloc{a[0], a[1], a[2], a[3]});
    case GLACIS_CALL_STACK_FREE:
        return plain(StackFree{a[0]});
    case GLACIS_CALL_STACK_GROW:
        return plain(StackGrow{a[0], a[1]});
    case GLACIS_CALL_STACK_ACTIVATE:
        return plain(StackActivate{a[0], a[1]});
    case GLACIS_CALL_STACK_SET_PERM:
        return plain(StackSetPerm{a[0], a[1], a[2], a[3], a[4]});
    case GLACIS_CALL_STACK_INFO:
        return SupervisorCall{StackInfo{a[0]}, a[1], sizeof(pd_stack_info), 0};
    default:
        return std::nullopt;
    }
}

std::optional<Call> decode_gate(std::uint64_t number)
{
    switch (number) {
    case GLACIS_CALL_GATE_OPEN:
        return plain(GateOpen{});
    case GLACIS_CALL_GATE_SERVE:
        return plain(GateServe{});
    default:
        return std::nullopt;
    }
}

std::optional<Call> decode_domain(std::uint64_t number, const std::array<std::uint64_t, 6>& a)
{
    switch (number) {
    case GLACIS_CALL_DOMAIN_CREATE:
        return DomainCreateCall{a[0], a[1], a[2]};
    case GLACIS_CALL_DOMAIN_DESTROY:
        return plain(DomainDestroy{a[0]});
    case GLACIS_CALL_DOMAIN_INFO:
        return SupervisorCall{DomainInfo{a[0]}, a[1], sizeof(pd_domain_info), 0};
    case GLACIS_CALL_DOMAIN_WAIT:
        return plain(DomainWait{a[0], a[1]});
    default:
        return std::nullopt;
    }
}

std::optional<Call> decode_thread(std::uint64_t number, const std::array<std::uint64_t, 6>& a)
{
    switch (number) {
    case GLACIS_CALL_THREAD_CREATE:
        return SupervisorCall{ThreadCreate{a[0], a[1], a[2], a[3], a[4], {}}, 0, 0, a[5]};
    case GLACIS_CALL_THREAD_EXIT:
        return plain(ThreadExit{a[0]});
    case GLACIS_CALL_THREAD_JOIN:
        return plain(ThreadJoin{a[0], a[1]});
    case GLACIS_CALL_THREAD_YIELD:
        return plain(ThreadYield{});
    case GLACIS_CALL_THREAD_SLEEP:
        return plain(ThreadSleep{a[0]});
    case GLACIS_CALL_THREAD_WAIT:
        return plain(ThreadWait{a[0], a[1], a[2]});
    case GLACIS_CALL_THREAD_WAKE:
        return plain(ThreadWake{a[0], a[1]});
    case GLACIS_CALL_THREAD_SELF:
        return plain(ThreadSelf{});
    case GLACIS_CALL_THREAD_RUN:
        return plain(ThreadRun{a[0], a[1], a[2]});
    case GLACIS_CALL_THREAD_TAKE:
        return SupervisorCall{ThreadTake{a[0], a[1]}, a[0], sizeof(pd_thread_event), 0};
    case GLACIS_CALL_THREAD_OFFER:
        return plain(ThreadOffer{a[0]});
    case GLACIS_CALL_THREAD_SET_PARAMETER:
        return plain(ThreadSetParameter{a[0], a[1]});
    default:
        return std::nullopt;
    }
}

std::optional<Call> decode_fault(std::uint64_t number, const std::array<std::uint64_t, 6>& a)
{
    switch (number) {
    case GLACIS_CALL_FAULT_WAIT:
        return plain(FaultWait{a[0]});
    case GLACIS_CALL_FAULT_READ:
    case GLACIS_CALL_FAULT_RESUME:
        return FaultCall{number, a[0], a[1]};
    case GLACIS_CALL_FAULT_KILL:
    case GLACIS_CALL_FAULT_RESTART:
        return FaultCall{number, a[0], 0};
    default:
        return std::nullopt;
    }
}

} // namespace

std::optional<Call> decode_call(const HypercallEvent& event)
{
    constexpr std::uint64_t group_mask = ~std::uint64_t{0xf};
    switch (event.number & group_mask) {
    case GLACIS_CALL_ABI_INFO:
        return decode_general(event.number, event.arguments);
    case GLACIS_CALL_MEMORY_ALLOC:
        return decode_memory(event.number, event.arguments);
    case GLACIS_CALL_STACK_ALLOC:
        return decode_stack(event.number, event.arguments);
    case GLACIS_CALL_DOMAIN_CREATE:
        return decode_domain(event.number, event.arguments);
    case GLACIS_CALL_GATE_OPEN:
        return decode_gate(event.number);
    case GLACIS_CALL_THREAD_CREATE:
        return decode_thread(event.number, event.arguments);
    case GLACIS_CALL_FAULT_WAIT:
        return decode_fault(event.number, event.arguments);
    default:
        return std::nullopt;
    }
}

bool may_reschedule(const Request& request)
{
    return std::holds_alternative<GateServe>(request) ||
           std::holds_alternative<ThreadExit>(request) ||
           std::holds_alternative<ThreadJoin>(request) ||
           std::holds_alternative<ThreadYield>(request) ||
           std::holds_alternative<ThreadSleep>(request) ||
           std::holds_alternative<ThreadWait>(request) ||
           std::holds_alternative<ThreadRun>(request) ||
           std::holds_alternative<ThreadTake>(request) ||
           std::holds_alternative<ThreadSetParameter>(request) ||
           std::holds_alternative<DomainDestroy>(request) ||
           std::holds_alternative<DomainWait>(request) ||
           std::holds_alternative<FaultWait>(request);
}

} // namespace glacis
