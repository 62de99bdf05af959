// Grants: what the record holds because a domain lets others use its pages and stacks.
//
// A domain pays for an entry for as long as the record has it. A plan in progress has already taken
// away what it takes away, and has not yet given what it gives; if it fails, what it took comes
// back. So it holds room for the larger of both ends, and nobody else can take that meanwhile.

#include <algorithm>
#include <cassert>

#include "core.hpp"

namespace glacis::supervisor {

std::uint64_t Core::grants(DomainId id) const
{
    const Domain& it = domain(id);
    return memory.grants(id) + it.stack_grants + it.promised_grants;
}

bool Core::has_room_for_grants(DomainId id, std::uint64_t more) const
{
    return more == 0 || fits({grants(id), 0}, domain(id).quota.grants, more);
}

std::uint64_t Core::promise_grants(DomainId id, std::uint64_t before, std::uint64_t now,
                                   std::uint64_t after)
{
    if (id == supervisor_domain) {
        return 0;
    }
    assert(now <= std::max(before, after));
    const std::uint64_t room = std::max(before, after) - now;
    domain(id).promised_grants += room;
    return room;
}

void Core::settle_grants(DomainId id, std::uint64_t promised)
{
    if (id != supervisor_domain) {
        assert(promised <= domain(id).promised_grants);
        domain(id).promised_grants -= promised;
    }
}

void Core::note_grants(DomainId id)
{
    if (id != supervisor_domain) {
        Amount& amount = domain(id).usage.grants;
        amount.peak = std::max(amount.peak, grants(id));
    }
}

void Core::charge_stack_grants(SlotNumber slot)
{
    Stack& stack = stacks[slot];
    const std::uint64_t count = stack.grants();
    std::uint64_t& all = domain(stack.creator).stack_grants;
    all = all - stack.charged_grants + count;
    stack.charged_grants = count;
}

} // namespace glacis::supervisor
