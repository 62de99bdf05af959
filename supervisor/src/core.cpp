#include "core.hpp"

#include <cassert>

namespace glacis::supervisor {
namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

void assert_layout([[maybe_unused]] const Layout& layout)
{
    assert(layout.stack_slot >= 2 * page_size);
    assert((layout.stack_slot & (layout.stack_slot - 1)) == 0);
    assert(is_page_aligned(layout.stack_guard) && layout.stack_guard < layout.stack_slot);
    assert(layout.stack_area.begin >= gib && layout.stack_area.begin < layout.stack_area.end);
    assert(layout.stack_area.begin % layout.stack_slot == 0);
    assert(layout.stack_area.end % layout.stack_slot == 0);
    assert(layout.memory.begin >= GLACIS_MEMORY_BASE_MIN);
    assert(layout.memory.begin >= (layout.stack_area.end + gib - 1) / gib * gib);
    assert(is_page_aligned(layout.memory.begin) && is_page_aligned(layout.memory.end));
    assert(layout.memory.begin <= layout.memory.end && layout.memory.end <= GLACIS_ADDRESS_LIMIT);
    assert(layout.manager_stacks % layout.stack_slot == 0);
    assert(layout.manager_stacks < layout.stack_area.size());
    assert(is_page_aligned(layout.manager_memory));
    assert(layout.manager_memory <= layout.memory.size());
    assert(layout.vcpus >= 1 && layout.vcpus <= GLACIS_VCPU_MAX);
}

} // namespace

Core::Core(const Layout& its_layout, const GuestWords& its_words)
    : layout((assert_layout(its_layout), its_layout)), words(its_words), stacks(its_layout),
      memory(its_layout.described_memory(),
             {its_layout.described_memory().end, its_layout.memory.end}),
      scheduler(threads), on_vcpu(its_layout.vcpus), turns(its_layout.vcpus)
{
}

std::optional<Nanoseconds> deadline_after(Nanoseconds now, std::uint64_t timeout)
{
    // What would lie behind the end of time is never, as PD_FOREVER is.
    if (timeout == PD_FOREVER || timeout > UINT64_MAX - now) {
        return std::nullopt;
    }
    return now + timeout;
}

bool fits(const Amount& amount, std::uint64_t quota, std::uint64_t more)
{
    // What the VMM reserves may exceed a quota: nothing fits any more then. Without a quota it is
    // the memory itself that has to say no.
    return quota == UINT64_MAX || (amount.current <= quota && more <= quota - amount.current);
}

void charge(Amount& amount, std::uint64_t more)
{
    amount.current += more;
}

void refund(Amount& amount, std::uint64_t less)
{
    assert(less <= amount.current);
    amount.current -= less;
}

void note_peak(Amount& amount)
{
    if (amount.peak < amount.current) {
        amount.peak = amount.current;
    }
}

} // namespace glacis::supervisor
