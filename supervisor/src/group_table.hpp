// Groups: sets of domains that their owner names in one call.
//
// A handle names a place in the table and the generation of its use, so that one that outlived its
// group is recognised; a mark keeps it apart from the handles of threads. A group holds domains
// that run, and none else: who stops leaves every group, and its own groups end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// A group's place in the table.
using GroupIndex = std::uint32_t;

struct Group {
    std::uint32_t generation = 0;
    bool exists = false;
    DomainId owner{};
    std::set<DomainId> members;
};

class GroupTable {
public:
    /// An empty group; its handle, or nothing when there are no more of them.
    [[nodiscard]] std::optional<GroupId> create(DomainId owner);
    /// The handle is stale from now on.
    void destroy(GroupIndex index);
    void add(GroupIndex index, DomainId domain);
    void remove(GroupIndex index, DomainId domain);

    /// Precondition: it exists.
    [[nodiscard]] GroupId id(GroupIndex index) const;
    /// The place of the group that a guest names by `raw`, if it is not stale.
    [[nodiscard]] std::optional<GroupIndex> find(std::uint64_t raw) const;
    /// Groups that `owner` has.
    [[nodiscard]] std::uint64_t count(DomainId owner) const;
    /// `domain` leaves every group, and its own end.
    void forget(DomainId domain);

    [[nodiscard]] const Group& operator[](GroupIndex index) const { return groups_[index]; }
    /// Places, used or not.
    [[nodiscard]] GroupIndex size() const { return static_cast<GroupIndex>(groups_.size()); }

private:
    using ByDomain = std::map<DomainId, std::set<GroupIndex>>; ///< no set is empty

    std::vector<Group> groups_;
    std::vector<GroupIndex> free_;
    ByDomain owned_;  ///< the groups that each domain has
    ByDomain joined_; ///< the groups that each domain is in
};

} // namespace glacis::supervisor
