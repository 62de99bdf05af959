#include "group_table.hpp"

#include <cassert>

namespace glacis::supervisor {
namespace {

/// In the low half of a handle, where a thread's has the number of its place in a table that never
/// becomes so long.
constexpr std::uint64_t mark = std::uint64_t{1} << 31;
constexpr std::size_t most_places = mark;

void erase(std::map<DomainId, std::set<GroupIndex>>& groups, DomainId domain, GroupIndex index)
{
    const auto entry = groups.find(domain);
    if (entry != groups.end()) {
        entry->second.erase(index);
        if (entry->second.empty()) {
            groups.erase(entry);
        }
    }
}

} // namespace

std::optional<GroupId> GroupTable::create(DomainId owner)
{
    GroupIndex index = 0;
    if (!free_.empty()) {
        index = free_.back();
        free_.pop_back();
    } else if (groups_.size() < most_places) {
        index = static_cast<GroupIndex>(groups_.size());
        groups_.emplace_back();
    } else {
        return std::nullopt;
    }
    Group& group = groups_[index];
    ++group.generation;
    group.exists = true;
    group.owner = owner;
    owned_[owner].insert(index);
    return id(index);
}

GroupId GroupTable::id(GroupIndex index) const
{
    return GroupId{(static_cast<std::uint64_t>(groups_[index].generation) << 32) | mark | index};
}

void GroupTable::destroy(GroupIndex index)
{
    Group& group = groups_[index];
    assert(group.exists);
    for (const DomainId member : group.members) {
        erase(joined_, member, index);
    }
    erase(owned_, group.owner, index);
    group.exists = false;
    group.members.clear();
    // A place whose generations are used up is never given out again.
    if (group.generation != UINT32_MAX) {
        free_.push_back(index);
    }
}

void GroupTable::add(GroupIndex index, DomainId domain)
{
    groups_[index].members.insert(domain);
    joined_[domain].insert(index);
}

void GroupTable::remove(GroupIndex index, DomainId domain)
{
    groups_[index].members.erase(domain);
    erase(joined_, domain, index);
}

std::optional<GroupIndex> GroupTable::find(std::uint64_t raw) const
{
    const auto index = static_cast<GroupIndex>(raw & (mark - 1));
    const auto generation = static_cast<std::uint32_t>(raw >> 32);
    if ((raw & mark) == 0 || index >= groups_.size() || groups_[index].generation != generation ||
        !groups_[index].exists) {
        return std::nullopt;
    }
    return index;
}

std::uint64_t GroupTable::count(DomainId owner) const
{
    const auto groups = owned_.find(owner);
    return groups == owned_.end() ? 0 : groups->second.size();
}

void GroupTable::forget(DomainId domain)
{
    while (owned_.contains(domain)) {
        destroy(*owned_.at(domain).begin());
    }
    while (joined_.contains(domain)) {
        remove(*joined_.at(domain).begin(), domain);
    }
}

} // namespace glacis::supervisor
