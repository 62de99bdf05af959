// Wrong calls about memory and groups.

#include "bad_input.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t w = PD_PERM_WRITE;
constexpr std::uint64_t x = PD_PERM_EXECUTE;
constexpr std::uint64_t rw = r | w;
constexpr std::uint64_t last_page = ~std::uint64_t{0} - page + 1;
constexpr std::uint64_t above_32_bits = std::uint64_t{1} << 32;

using Scene = BadScene;

/// The pages of a wrong call, for the calls of an owner that have a range.
struct BadPages {
    const char* wrong;
    pd_status status;
    Range (*pages)(Scene& scene); ///< begin and length, in spite of the name
};

constexpr BadPages bad_pages[] = {
    {"address not of a page", PD_MISALIGNED,
     [](Scene& scene) {
         return Range{scene.own + 1, page};
     }},
    {"length not of pages", PD_MISALIGNED,
     [](Scene& scene) {
         return Range{scene.own, page + 1};
     }},
    {"no page", PD_EMPTY_RANGE,
     [](Scene& scene) {
         return Range{scene.own, 0};
     }},
    {"range wraps around", PD_RANGE_OVERFLOW,
     [](Scene& scene) {
         return Range{scene.own, last_page};
     }},
    {"range ends past the address space", PD_RANGE_OVERFLOW,
     [](Scene&) {
         return Range{GLACIS_ADDRESS_LIMIT - page, 2 * page};
     }},
    {"address 0", PD_NOT_COMMITTED,
     [](Scene&) {
         return Range{0, page};
     }},
    {"pages of the supervisor", PD_NOT_COMMITTED,
     [](Scene&) {
         return Range{GLACIS_SHIM_BASE, page};
     }},
    {"pages of a stack", PD_NOT_COMMITTED,
     [](Scene& scene) {
         return Range{scene.page_of(scene.home, 1), page};
     }},
    {"freed pages", PD_NOT_COMMITTED,
     [](Scene& scene) {
         return Range{scene.freed, page};
     }},
    {"pages of which some are freed", PD_NOT_COMMITTED,
     [](Scene& scene) {
         EXPECT_EQ(scene.world.status(scene.caller, MemoryFree{scene.own + 6 * page, page}), PD_OK);
         return Range{scene.own + 5 * page, 3 * page};
     }},
    {"another domain's pages", PD_NOT_OWNER,
     [](Scene& scene) {
         return Range{scene.foreign, page};
     }},
    {"pages of which some are another domain's", PD_NOT_OWNER,
     [](Scene& scene) {
         return Range{scene.own + 6 * page, 3 * page};
     }},
    {"pages that the caller has passed on", PD_NOT_OWNER,
     [](Scene& scene) {
         return Range{scene.passed_on, page};
     }},
    {"pages of a shared region", PD_NOT_OWNER,
     [](Scene& scene) {
         return Range{scene.region, page};
     }},
    {"pages that another call works on", PD_IN_USE,
     [](Scene& scene) {
         scene.meanwhile(scene.worker, MemorySetPerm{scene.own + 7 * page, page, r, PD_SELF, 0});
         return Range{scene.own + 6 * page, 2 * page};
     }},
    {"pages that are being freed", PD_IN_USE,
     [](Scene& scene) {
         scene.meanwhile(scene.worker, MemoryFree{scene.own + 7 * page, page});
         return Range{scene.own + 6 * page, 2 * page};
     }},
};

/// One of `bad_pages`, as a case of a call whose request `Make` makes of the pages.
template <Request (*Make)(Scene& scene, const Range& pages), std::size_t Index>
Request request_of(Scene& scene)
{
    return Make(scene, bad_pages[Index].pages(scene));
}

template <Request (*Make)(Scene& scene, const Range& pages), std::size_t... Index>
void append_bad_pages(std::vector<BadCall>& calls, const char* call, std::index_sequence<Index...>)
{
    (calls.push_back(
         {call, bad_pages[Index].wrong, bad_pages[Index].status, &request_of<Make, Index>}),
     ...);
}

template <Request (*Make)(Scene& scene, const Range& pages)>
void append_bad_pages(std::vector<BadCall>& calls, const char* call)
{
    append_bad_pages<Make>(calls, call, std::make_index_sequence<std::size(bad_pages)>());
}

Request free_request(Scene&, const Range& pages)
{
    return MemoryFree{pages.begin, pages.end};
}
Request set_request(Scene&, const Range& pages)
{
    return MemorySetPerm{pages.begin, pages.end, rw, 1, 0};
}
Request transfer_request(Scene&, const Range& pages)
{
    return MemoryTransfer{pages.begin, pages.end, 3};
}
Request set_group_request(Scene& scene, const Range& pages)
{
    return MemorySetGroupPerm{pages.begin, pages.end, rw, scene.group, 0};
}

/// On a page of which nothing is granted.
Request set(Scene& scene, std::uint64_t perm, std::uint64_t domain, std::uint64_t flags = 0)
{
    return MemorySetPerm{scene.own + 6 * page, page, perm, domain, flags};
}
Request set_group(Scene& scene, std::uint64_t perm, std::uint64_t group, std::uint64_t flags = 0)
{
    return MemorySetGroupPerm{scene.own + 6 * page, page, perm, group, flags};
}
Request transfer(Scene& scene, std::uint64_t first, std::uint64_t pages, std::uint64_t domain)
{
    return MemoryTransfer{scene.own + first * page, pages * page, domain};
}

const BadCall alloc_calls[] = {
    {"pd_memory_alloc", "length not of pages", PD_MISALIGNED,
     [](Scene&) -> Request {
         return MemoryAlloc{page - 1, rw};
     }},
    {"pd_memory_alloc", "no page", PD_EMPTY_RANGE,
     [](Scene&) -> Request {
         return MemoryAlloc{0, rw};
     }},
    {"pd_memory_alloc", "write and execute together", PD_BAD_ARGUMENT,
     [](Scene&) -> Request {
         return MemoryAlloc{page, r | w | x};
     }},
    {"pd_memory_alloc", "write or execute without read", PD_BAD_ARGUMENT,
     [](Scene&) -> Request {
         return MemoryAlloc{page, w};
     }},
    {"pd_memory_alloc", "undefined permission bits", PD_BAD_ARGUMENT,
     [](Scene&) -> Request {
         return MemoryAlloc{page, r | above_32_bits};
     }},
    {"pd_memory_alloc", "more than the quota of memory", PD_QUOTA_MEMORY,
     [](Scene&) -> Request {
         return MemoryAlloc{last_page, rw};
     }},
    {"pd_memory_alloc", "more than is free in one piece", PD_NO_MEMORY,
     [](Scene& scene) -> Request {
         scene.who = scene.rich;
         return MemoryAlloc{last_page, rw};
     }},
};

const BadCall free_calls[] = {
    {"pd_memory_free", "cuts a stretch that others may use, without room for the pieces",
     PD_QUOTA_GRANTS,
     [](Scene& scene) -> Request {
         return MemoryFree{scene.own + page, page};
     }},
};

const BadCall set_calls[] = {
    {"pd_memory_set_permission", "write and execute together", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set(scene, r | w | x, 1);
     }},
    {"pd_memory_set_permission", "write or execute without read", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set(scene, x, 1);
     }},
    {"pd_memory_set_permission", "undefined permission bits", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set(scene, 8, 1);
     }},
    {"pd_memory_set_permission", "undefined flags", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set(scene, r, 1, PD_EXCLUSIVE | 2);
     }},
    {"pd_memory_set_permission", "a domain that never was", PD_BAD_HANDLE,
     [](Scene& scene) {
         return set(scene, r, 4);
     }},
    {"pd_memory_set_permission", "a domain's number with more in its upper half", PD_BAD_HANDLE,
     [](Scene& scene) {
         return set(scene, r, above_32_bits | 1);
     }},
    {"pd_memory_set_permission", "a domain that has ended", PD_BAD_HANDLE,
     [](Scene& scene) {
         return set(scene, r, 2);
     }},
    {"pd_memory_set_permission", "a domain that is ending", PD_BAD_HANDLE,
     [](Scene& scene) {
         scene.world.supervisor.stop_domain(scene.neighbour.domain);
         return set(scene, r, 1);
     }},
    {"pd_memory_set_permission", "a group in place of a domain", PD_BAD_HANDLE,
     [](Scene& scene) {
         return set(scene, r, scene.group);
     }},
    {"pd_memory_set_permission", "one grant too many", PD_QUOTA_GRANTS,
     [](Scene& scene) {
         return set(scene, r, 1);
     }},
    {"pd_memory_set_permission", "cuts a stretch that others may use, without room for the pieces",
     PD_QUOTA_GRANTS,
     [](Scene& scene) -> Request {
         return MemorySetPerm{scene.own + page, page, 0, 1, 0};
     }},
};

const BadCall transfer_calls[] = {
    {"pd_memory_transfer", "a domain that never was", PD_BAD_HANDLE,
     [](Scene& scene) {
         return transfer(scene, 6, 1, 4);
     }},
    {"pd_memory_transfer", "a domain that has ended", PD_BAD_HANDLE,
     [](Scene& scene) {
         return transfer(scene, 6, 1, 2);
     }},
    {"pd_memory_transfer", "more than the new owner's quota of memory", PD_QUOTA_MEMORY,
     [](Scene& scene) {
         return transfer(scene, 6, 2, 1);
     }},
    {"pd_memory_transfer", "more grants on it than the new owner's quota", PD_QUOTA_GRANTS,
     [](Scene& scene) {
         return transfer(scene, 4, 1, 1);
     }},
    {"pd_memory_transfer", "cuts a stretch that others may use, without room for the pieces",
     PD_QUOTA_GRANTS,
     [](Scene& scene) {
         return transfer(scene, 1, 1, 3);
     }},
};

const BadCall query_calls[] = {
    {"pd_memory_query", "address outside domain memory", PD_NOT_COMMITTED,
     [](Scene& scene) -> Request {
         return MemoryQuery{scene.page_of(scene.home, 1)};
     }},
    {"pd_memory_query", "freed page", PD_NOT_COMMITTED,
     [](Scene& scene) -> Request {
         return MemoryQuery{scene.freed};
     }},
    {"pd_memory_query", "page that is being freed", PD_NOT_COMMITTED,
     [](Scene& scene) -> Request {
         scene.meanwhile(scene.worker, MemoryFree{scene.own + 7 * page, page});
         return MemoryQuery{scene.own + 7 * page};
     }},
    {"pd_memory_query", "page that is being allocated", PD_NOT_COMMITTED,
     [](Scene& scene) -> Request {
         scene.meanwhile(scene.worker, MemoryAlloc{page, rw});
         return MemoryQuery{scene.freed};
     }},
    {"pd_memory_query", "page of another domain that the caller may not use", PD_NOT_COMMITTED,
     [](Scene& scene) -> Request {
         return MemoryQuery{scene.foreign};
     }},
};

const BadCall group_calls[] = {
    {"pd_group_create", "one group too many", PD_QUOTA,
     [](Scene& scene) -> Request {
         for (std::uint64_t more = 1; more < PD_GROUPS_MAX; ++more) {
             scene.world.value(scene.caller, GroupCreate{});
         }
         return GroupCreate{};
     }},
    {"pd_group_delete", "handle 0", PD_BAD_HANDLE,
     [](Scene&) -> Request {
         return GroupDelete{0};
     }},
    {"pd_group_delete", "a group that was deleted", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return GroupDelete{scene.deleted_group};
     }},
    {"pd_group_delete", "a thread in place of a group", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return GroupDelete{static_cast<std::uint64_t>(scene.caller.thread)};
     }},
    {"pd_group_delete", "another domain's group", PD_NOT_OWNER,
     [](Scene& scene) -> Request {
         return GroupDelete{scene.foreign_group};
     }},
    {"pd_group_add", "a group that was deleted", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return GroupAdd{scene.deleted_group, 1};
     }},
    {"pd_group_add", "another domain's group", PD_NOT_OWNER,
     [](Scene& scene) -> Request {
         return GroupAdd{scene.foreign_group, PD_SELF};
     }},
    {"pd_group_add", "a domain that never was", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return GroupAdd{scene.group, 4};
     }},
    {"pd_group_add", "a domain that has ended", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return GroupAdd{scene.group, 2};
     }},
    {"pd_group_remove", "a group that was deleted", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         return GroupRemove{scene.deleted_group, 1};
     }},
    {"pd_group_remove", "another domain's group", PD_NOT_OWNER,
     [](Scene& scene) -> Request {
         return GroupRemove{scene.foreign_group, 1};
     }},
    {"pd_group_remove", "a domain that has ended, and so has left", PD_BAD_HANDLE,
     [](Scene& scene) -> Request {
         scene.world.supervisor.stop_domain(scene.neighbour.domain);
         return GroupRemove{scene.group, 1};
     }},
    {"pd_memory_set_group_permission", "write and execute together", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set_group(scene, r | w | x, scene.group);
     }},
    {"pd_memory_set_group_permission", "write or execute without read", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set_group(scene, w, scene.group);
     }},
    {"pd_memory_set_group_permission", "undefined permission bits", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set_group(scene, above_32_bits, scene.group);
     }},
    {"pd_memory_set_group_permission", "undefined flags", PD_BAD_ARGUMENT,
     [](Scene& scene) {
         return set_group(scene, r, scene.group, 2);
     }},
    {"pd_memory_set_group_permission", "a group that was deleted", PD_BAD_HANDLE,
     [](Scene& scene) {
         return set_group(scene, r, scene.deleted_group);
     }},
    {"pd_memory_set_group_permission", "a domain in place of a group", PD_BAD_HANDLE,
     [](Scene& scene) {
         return set_group(scene, r, 1);
     }},
    {"pd_memory_set_group_permission", "another domain's group", PD_NOT_OWNER,
     [](Scene& scene) {
         return set_group(scene, r, scene.foreign_group);
     }},
    {"pd_memory_set_group_permission", "more grants than the quota, for one member at least",
     PD_QUOTA_GRANTS,
     [](Scene& scene) {
         EXPECT_EQ(
             scene.world.status(scene.caller, MemorySetPerm{scene.own + 4 * page, page, 0, 1, 0}),
             PD_OK);
         return set_group(scene, r, scene.group);
     }},
};

template <std::size_t Size> void append(std::vector<BadCall>& calls, const BadCall (&more)[Size])
{
    calls.insert(calls.end(), std::begin(more), std::end(more));
}

} // namespace

std::vector<BadCall> bad_memory_calls()
{
    std::vector<BadCall> calls;
    append(calls, alloc_calls);
    append_bad_pages<free_request>(calls, "pd_memory_free");
    append(calls, free_calls);
    append_bad_pages<set_request>(calls, "pd_memory_set_permission");
    append(calls, set_calls);
    append_bad_pages<transfer_request>(calls, "pd_memory_transfer");
    append(calls, transfer_calls);
    append(calls, query_calls);
    return calls;
}

std::vector<BadCall> bad_group_calls()
{
    std::vector<BadCall> calls;
    append(calls, group_calls);
    append_bad_pages<set_group_request>(calls, "pd_memory_set_group_permission");
    return calls;
}

} // namespace glacis::supervisor::test
