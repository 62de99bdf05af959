#include "fault/whereabouts.hpp"

#include "fault/text.hpp"

namespace glacis::fault {

namespace {

std::string thread_text(const supervisor::SlotFacts& slot, const FaultContext& context)
{
    return context.thread_text ? context.thread_text(*slot.thread) : "another thread";
}

/// "of the same domain", "of domain 'store'"
std::string owner_text(const supervisor::SlotFacts& slot, const FaultContext& context)
{
    return slot.creator == context.viewer ? "of the same domain"
                                          : "of " + domain_text(slot.creator, context);
}

} // namespace

std::string count_text(std::uint64_t bytes)
{
    constexpr std::uint64_t exactly_worth_telling = std::uint64_t{64} * 1024;
    if (bytes == 1)
        return "1 byte";
    if (bytes < exactly_worth_telling || bytes % 1024 == 0)
        return size_text(bytes);
    return "about " + size_text(bytes / 1024 * 1024);
}

std::string range_text(const supervisor::Range& range)
{
    return "[" + address_text(range.begin) + ", " + address_text(range.end) + ")";
}

std::string domain_text(supervisor::DomainId domain, const FaultContext& context)
{
    if (domain == supervisor::supervisor_domain)
        return "the supervisor";
    if (!context.domain_name)
        return "domain " + std::to_string(static_cast<std::uint32_t>(domain));
    return "domain '" + context.domain_name(domain) + "'";
}

std::string stack_text(const supervisor::SlotFacts& slot, const FaultContext& context)
{
    if (!slot.thread)
        return "a stack " + owner_text(slot, context) + " that no thread uses";
    return "the stack of " + thread_text(slot, context) + " " + owner_text(slot, context);
}

std::string in_stack_text(const supervisor::SlotFacts& slot, const FaultContext& context)
{
    return "in " + stack_text(slot, context) + " " + range_text(slot.committed);
}

std::string vacant_slot_text(const supervisor::SlotFacts& slot, const FaultContext& context)
{
    const std::string where = "in stack slot " + range_text(slot.slot);
    if (slot.state == supervisor::SlotFacts::State::changing)
        return where + ", whose stack is being allocated or freed";
    return where + ", whose stack " + owner_text(slot, context) + " was freed";
}

const char* permission_text(supervisor::Perm perm)
{
    switch (perm) {
    case supervisor::Perm::none:
        return "not use";
    case supervisor::Perm::read:
        return "only read";
    case supervisor::Perm::read_write:
        return "only read and write";
    case supervisor::Perm::read_execute:
        return "only read and execute";
    }
    return "not use";
}

} // namespace glacis::fault
