#include "machine/call_names.hpp"

#include <array>
#include <cstdio>
#include <glacis/abi/hypercall.h>

namespace glacis {

namespace {

struct NamedCall {
    std::uint64_t number;
    const char* name;
};

constexpr std::array names{
    NamedCall{GLACIS_CALL_ABI_INFO, "abi_info"},
    NamedCall{GLACIS_CALL_CONSOLE_WRITE, "console_write"},
    NamedCall{GLACIS_CALL_DOMAIN_EXIT, "domain_exit"},
    NamedCall{GLACIS_CALL_CLOCK, "clock"},
    NamedCall{GLACIS_CALL_RANDOM, "random"},
    NamedCall{GLACIS_CALL_TRACE, "trace"},
    NamedCall{GLACIS_CALL_ABORT, "abort"},
    NamedCall{GLACIS_CALL_MEMORY_ALLOC, "memory_alloc"},
    NamedCall{GLACIS_CALL_MEMORY_FREE, "memory_free"},
    NamedCall{GLACIS_CALL_MEMORY_SET_PERM, "memory_set_perm"},
    NamedCall{GLACIS_CALL_MEMORY_TRANSFER, "memory_transfer"},
    NamedCall{GLACIS_CALL_MEMORY_QUERY, "memory_query"},
    NamedCall{GLACIS_CALL_GROUP_CREATE, "group_create"},
    NamedCall{GLACIS_CALL_GROUP_DELETE, "group_delete"},
    NamedCall{GLACIS_CALL_GROUP_ADD, "group_add"},
    NamedCall{GLACIS_CALL_GROUP_REMOVE, "group_remove"},
    NamedCall{GLACIS_CALL_MEMORY_SET_GROUP_PERM, "memory_set_group_perm"},
    NamedCall{GLACIS_CALL_STACK_ALLOC, "stack_alloc"},
    NamedCall{GLACIS_CALL_STACK_FREE, "stack_free"},
    NamedCall{GLACIS_CALL_STACK_GROW, "stack_grow"},
    NamedCall{GLACIS_CALL_STACK_ACTIVATE, "stack_activate"},
    NamedCall{GLACIS_CALL_STACK_SET_PERM, "stack_set_perm"},
    NamedCall{GLACIS_CALL_STACK_INFO, "stack_info"},
    NamedCall{GLACIS_CALL_DOMAIN_CREATE, "domain_create"},
    NamedCall{GLACIS_CALL_DOMAIN_DESTROY, "domain_destroy"},
    NamedCall{GLACIS_CALL_DOMAIN_INFO, "domain_info"},
    NamedCall{GLACIS_CALL_DOMAIN_WAIT, "domain_wait"},
    NamedCall{GLACIS_CALL_GATE_OPEN, "gate_open"},
    NamedCall{GLACIS_CALL_GATE_SERVE, "gate_serve"},
    NamedCall{GLACIS_CALL_THREAD_CREATE, "thread_create"},
    NamedCall{GLACIS_CALL_THREAD_EXIT, "thread_exit"},
    NamedCall{GLACIS_CALL_THREAD_JOIN, "thread_join"},
    NamedCall{GLACIS_CALL_THREAD_YIELD, "thread_yield"},
    NamedCall{GLACIS_CALL_THREAD_SLEEP, "thread_sleep"},
    NamedCall{GLACIS_CALL_THREAD_WAIT, "thread_wait"},
    NamedCall{GLACIS_CALL_THREAD_WAKE, "thread_wake"},
    NamedCall{GLACIS_CALL_THREAD_SELF, "thread_self"},
    NamedCall{GLACIS_CALL_THREAD_RUN, "thread_run"},
    NamedCall{GLACIS_CALL_THREAD_TAKE, "thread_take"},
    NamedCall{GLACIS_CALL_THREAD_OFFER, "thread_offer"},
    NamedCall{GLACIS_CALL_THREAD_SET_PARAMETER, "thread_set_parameter"},
    NamedCall{GLACIS_CALL_FAULT_WAIT, "fault_wait"},
    NamedCall{GLACIS_CALL_FAULT_READ, "fault_read"},
    NamedCall{GLACIS_CALL_FAULT_RESUME, "fault_resume"},
    NamedCall{GLACIS_CALL_FAULT_KILL, "fault_kill"},
    NamedCall{GLACIS_CALL_FAULT_RESTART, "fault_restart"},
};

} // namespace

std::string call_name(std::uint64_t number)
{
    for (const NamedCall& call : names) {
        if (call.number == number) {
            return call.name;
        }
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "hypercall %#llx",
                  static_cast<unsigned long long>(number));
    return text.data();
}

std::optional<std::uint64_t> call_named(std::string_view name)
{
    for (const NamedCall& call : names) {
        if (call.name == name) {
            return call.number;
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> call_names()
{
    std::vector<std::string_view> all;
    for (const NamedCall& call : names) {
        all.emplace_back(call.name);
    }
    return all;
}

} // namespace glacis
