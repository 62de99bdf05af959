// Hypercalls by name.

#include <algorithm>
#include <array>
#include <glacis/abi/hypercall.h>
#include <utility>

#include "campaign/campaign.hpp"

namespace glacis::campaign {

namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 46> names{{
    {"abi_info", GLACIS_CALL_ABI_INFO},
    {"console_write", GLACIS_CALL_CONSOLE_WRITE},
    {"domain_exit", GLACIS_CALL_DOMAIN_EXIT},
    {"clock", GLACIS_CALL_CLOCK},
    {"random", GLACIS_CALL_RANDOM},
    {"trace", GLACIS_CALL_TRACE},
    {"abort", GLACIS_CALL_ABORT},
    {"memory_alloc", GLACIS_CALL_MEMORY_ALLOC},
    {"memory_free", GLACIS_CALL_MEMORY_FREE},
    {"memory_set_perm", GLACIS_CALL_MEMORY_SET_PERM},
    {"memory_transfer", GLACIS_CALL_MEMORY_TRANSFER},
    {"memory_query", GLACIS_CALL_MEMORY_QUERY},
    {"group_create", GLACIS_CALL_GROUP_CREATE},
    {"group_delete", GLACIS_CALL_GROUP_DELETE},
    {"group_add", GLACIS_CALL_GROUP_ADD},
    {"group_remove", GLACIS_CALL_GROUP_REMOVE},
    {"memory_set_group_perm", GLACIS_CALL_MEMORY_SET_GROUP_PERM},
    {"stack_alloc", GLACIS_CALL_STACK_ALLOC},
    {"stack_free", GLACIS_CALL_STACK_FREE},
    {"stack_grow", GLACIS_CALL_STACK_GROW},
    {"stack_activate", GLACIS_CALL_STACK_ACTIVATE},
    {"stack_set_perm", GLACIS_CALL_STACK_SET_PERM},
    {"stack_info", GLACIS_CALL_STACK_INFO},
    {"domain_create", GLACIS_CALL_DOMAIN_CREATE},
    {"domain_destroy", GLACIS_CALL_DOMAIN_DESTROY},
    {"domain_info", GLACIS_CALL_DOMAIN_INFO},
    {"domain_wait", GLACIS_CALL_DOMAIN_WAIT},
    {"gate_open", GLACIS_CALL_GATE_OPEN},
    {"gate_serve", GLACIS_CALL_GATE_SERVE},
    {"thread_create", GLACIS_CALL_THREAD_CREATE},
    {"thread_exit", GLACIS_CALL_THREAD_EXIT},
    {"thread_join", GLACIS_CALL_THREAD_JOIN},
    {"thread_yield", GLACIS_CALL_THREAD_YIELD},
    {"thread_sleep", GLACIS_CALL_THREAD_SLEEP},
    {"thread_wait", GLACIS_CALL_THREAD_WAIT},
    {"thread_wake", GLACIS_CALL_THREAD_WAKE},
    {"thread_self", GLACIS_CALL_THREAD_SELF},
    {"thread_run", GLACIS_CALL_THREAD_RUN},
    {"thread_take", GLACIS_CALL_THREAD_TAKE},
    {"thread_offer", GLACIS_CALL_THREAD_OFFER},
    {"thread_set_parameter", GLACIS_CALL_THREAD_SET_PARAMETER},
    {"fault_wait", GLACIS_CALL_FAULT_WAIT},
    {"fault_read", GLACIS_CALL_FAULT_READ},
    {"fault_resume", GLACIS_CALL_FAULT_RESUME},
    {"fault_kill", GLACIS_CALL_FAULT_KILL},
    {"fault_restart", GLACIS_CALL_FAULT_RESTART},
}};

} // namespace

std::optional<std::uint64_t> call_named(std::string_view name)
{
    const auto* const found = std::find_if(names.begin(), names.end(),
                                           [name](const auto& each) { return each.first == name; });
    return found != names.end() ? std::optional(found->second) : std::nullopt;
}

std::vector<std::string_view> call_names()
{
    std::vector<std::string_view> all;
    all.reserve(names.size());
    for (const auto& each : names) {
        all.push_back(each.first);
    }
    return all;
}

} // namespace glacis::campaign
