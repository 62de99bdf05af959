#include "machine/child_parameters.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace glacis {

namespace {

/// The text up to its zero, which must be inside.
std::optional<std::string_view> bounded_text(const char (&field)[PD_NAME_MAX])
{
    const std::size_t length = strnlen(field, sizeof field);
    return length == sizeof field ? std::nullopt : std::optional(std::string_view(field, length));
}

/// As names in descriptions: they are printed, and told apart by people.
bool is_name(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

/// The strings of a block, each with its zero; nothing when the last one has none.
std::optional<std::vector<std::string>> split(std::span<const std::uint8_t> block)
{
    std::vector<std::string> strings;
    while (!block.empty()) {
        const auto end = std::find(block.begin(), block.end(), std::uint8_t{0});
        if (end == block.end()) {
            return std::nullopt;
        }
        strings.emplace_back(block.begin(), end);
        block = block.subspan(strings.back().size() + 1);
    }
    return strings;
}

} // namespace

pd_status check_parameters(const pd_domain_parameters& parameters)
{
    const auto name = bounded_text(parameters.name);
    const bool restarts = parameters.on_fault == PD_ON_FAULT_RESTART;
    const bool is_handled = (parameters.flags & PD_DOMAIN_HANDLED) != 0;
    const bool has_leftovers =
        (parameters.flags & ~(PD_DOMAIN_HANDLED | PD_DOMAIN_SUSPENDED)) != 0 ||
        (!is_handled && (parameters.flags != 0 || parameters.handler_timeout != 0));
    if (parameters.size != sizeof parameters || has_leftovers || !name || !is_name(*name) ||
        (parameters.on_fault != PD_ON_FAULT_STOP && !restarts) ||
        parameters.max_restarts > (restarts || is_handled ? PD_RESTARTS_MAX : 0)) {
        return PD_BAD_ARGUMENT;
    }
    if (parameters.arguments_size > PD_ARGUMENTS_MAX || parameters.grant_count > PD_GRANTS_MAX) {
        return PD_TOO_LARGE;
    }
    return PD_OK;
}

Result<ChildDescription, pd_status> read_parameters(const pd_domain_parameters& parameters,
                                                    std::span<const std::uint8_t> arguments,
                                                    std::vector<pd_grant> grants)
{
    auto strings = split(arguments);
    const bool are_grants_sound = std::all_of(grants.begin(), grants.end(), [](const auto& grant) {
        return grant.reserved == 0 && bounded_text(grant.name);
    });
    if (!strings || !are_grants_sound) {
        return PD_BAD_ARGUMENT;
    }
    ChildDescription child;
    DomainDescription& description = child.description;
    description.name = std::string(*bounded_text(parameters.name));
    description.arguments = std::move(*strings);
    description.stack_commit = parameters.stack_commit;
    description.stack_limit =
        parameters.stack_limit == 0 ? parameters.stack_commit : parameters.stack_limit;
    description.on_fault = parameters.on_fault == PD_ON_FAULT_RESTART ? FaultPolicy::restart
                                                                      : FaultPolicy::stop_domain;
    description.max_restarts = parameters.max_restarts;
    description.quota_memory = parameters.quota_memory;
    description.quota_stacks = parameters.quota_stacks;
    description.quota_stack_bytes = parameters.quota_stack_bytes;
    description.quota_threads = parameters.quota_threads;
    description.quota_grants = parameters.quota_grants;
    description.quota_domains = parameters.quota_domains;
    child.is_handled = (parameters.flags & PD_DOMAIN_HANDLED) != 0;
    description.suspends_on_fault = (parameters.flags & PD_DOMAIN_SUSPENDED) != 0;
    if (parameters.handler_timeout != 0) {
        description.handler_timeout_ns = parameters.handler_timeout;
    }
    if (parameters.time_limit != 0) {
        description.time_limit_ns = parameters.time_limit;
    }
    child.grants = std::move(grants);
    return child;
}

} // namespace glacis
