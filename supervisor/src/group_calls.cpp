// group_create, group_delete, group_add, group_remove.

#include "calls.hpp"

namespace glacis::supervisor {

pd_status check_group(const Core& core, const Caller& caller, std::optional<GroupIndex> group)
{
    if (!group) {
        return PD_BAD_HANDLE;
    }
    return core.groups[*group].owner == caller.domain ? PD_OK : PD_NOT_OWNER;
}

Plan call(Core& core, const Caller& caller, const GroupCreate&, Nanoseconds)
{
    if (core.groups.count(caller.domain) >= PD_GROUPS_MAX) {
        return refuse(PD_QUOTA);
    }
    const std::optional<GroupId> group = core.groups.create(caller.domain);
    if (!group) {
        return refuse(PD_QUOTA);
    }
    return answer(Reply{PD_OK, static_cast<std::uint64_t>(*group), {}});
}

Plan call(Core& core, const Caller& caller, const GroupDelete& request, Nanoseconds)
{
    const std::optional<GroupIndex> group = core.groups.find(request.group);
    if (const pd_status status = check_group(core, caller, group); status != PD_OK) {
        return refuse(status);
    }
    core.groups.destroy(*group);
    return answer(Reply{});
}

Plan call(Core& core, const Caller& caller, const GroupAdd& request, Nanoseconds)
{
    const std::optional<GroupIndex> group = core.groups.find(request.group);
    const std::optional<DomainId> domain = core.find_domain(request.domain, caller.domain);
    if (!domain) {
        return refuse(PD_BAD_HANDLE);
    }
    if (const pd_status status = check_group(core, caller, group); status != PD_OK) {
        return refuse(status);
    }
    core.groups.add(*group, *domain);
    return answer(Reply{});
}

Plan call(Core& core, const Caller& caller, const GroupRemove& request, Nanoseconds)
{
    const std::optional<GroupIndex> group = core.groups.find(request.group);
    const std::optional<DomainId> domain = core.find_domain(request.domain, caller.domain);
    if (!domain) {
        return refuse(PD_BAD_HANDLE);
    }
    if (const pd_status status = check_group(core, caller, group); status != PD_OK) {
        return refuse(status);
    }
    core.groups.remove(*group, *domain);
    return answer(Reply{});
}

} // namespace glacis::supervisor
