#include "description/stack_area.hpp"

#include <glacis/abi/layout.h>

#include "description/units.hpp"
#include "description/value_check.hpp"

namespace glacis {

namespace {

constexpr std::uint64_t lowest_base = GLACIS_TABLES_BASE + GLACIS_TABLES_SIZE;
constexpr std::uint64_t smallest_slot = std::uint64_t{2} * GLACIS_PAGE_SIZE;
constexpr std::uint64_t largest_slot = std::uint64_t{1} << 30;
constexpr std::uint64_t most_slots = std::uint64_t{1} << 20;

std::string hex(std::uint64_t value)
{
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    do {
        text.insert(text.begin(), digits[value % 16]);
        value /= 16;
    } while (value != 0);
    return "0x" + text;
}

class Checker {
public:
    Checker(const RawStackArea& raw, ErrorList& errors) : raw_(raw), errors_(errors) {}

    /// False when the slot is wrong: then nothing else can be judged.
    bool check_slot(std::uint64_t slot)
    {
        const bool is_power_of_two = slot != 0 && (slot & (slot - 1)) == 0;
        if (!is_power_of_two || slot < smallest_slot || slot > largest_slot) {
            return complain(raw_.slot, "slot: expected a power of two from 8 KiB to 1 GiB, found " +
                                           size_text(slot));
        }
        return true;
    }

    bool check_guard(std::uint64_t guard, std::uint64_t slot)
    {
        const Located<std::uint64_t> located{guard, place(raw_.guard)};
        if (!check_pages(located, "stack_area: guard", errors_)) {
            return false;
        }
        if (guard >= slot) {
            return complain(raw_.guard, "guard: " + size_text(guard) +
                                            " leaves no room in a slot of " + size_text(slot));
        }
        return true;
    }

    bool check_size(std::uint64_t size, std::uint64_t slot)
    {
        if (size == 0 || size % slot != 0) {
            return complain(raw_.size, "size: " + size_text(size) +
                                           " is not a whole number of slots of " + size_text(slot));
        }
        if (size / slot > most_slots) {
            return complain(raw_.size, "size: " + size_text(size) + " is " +
                                           std::to_string(size / slot) + " slots; at most " +
                                           std::to_string(most_slots) + " are possible");
        }
        return true;
    }

    /// `size` has been checked.
    bool check_base(std::uint64_t base, std::uint64_t size, std::uint64_t slot, std::uint64_t guard)
    {
        if (base % slot != 0) {
            return complain(raw_.base, "base: " + hex(base) + " is not a multiple of the slot, " +
                                           size_text(slot));
        }
        if (base < lowest_base) {
            return complain(raw_.base, "base: " + hex(base) +
                                           " overlaps Glacis's own addresses, which end at " +
                                           hex(lowest_base));
        }
        if (base >= GLACIS_ADDRESS_LIMIT || size + guard > GLACIS_ADDRESS_LIMIT - base) {
            return complain(raw_.base, "the area of " + size_text(size) + " at " + hex(base) +
                                           " ends behind the last guest address, " +
                                           hex(GLACIS_ADDRESS_LIMIT - 1));
        }
        return true;
    }

private:
    /// Where the value is written, or else where the table is.
    [[nodiscard]] Position place(const Optional<std::uint64_t>& value) const
    {
        return value ? value->at : raw_.at;
    }
    bool complain(const Optional<std::uint64_t>& value, const std::string& message)
    {
        errors_.add(place(value), "stack_area: " + message);
        return false;
    }

    const RawStackArea& raw_;
    ErrorList& errors_;
};

} // namespace

std::optional<StackAreaDescription> resolve_stack_area(const RawStackArea& raw, ErrorList& errors)
{
    const StackAreaDescription area{
        .base = value_or<std::uint64_t>(raw.base, GLACIS_STACK_AREA_BASE_DEFAULT),
        .size = value_or<std::uint64_t>(raw.size, GLACIS_STACK_AREA_SIZE_DEFAULT),
        .slot = value_or<std::uint64_t>(raw.slot, GLACIS_STACK_SLOT_SIZE_DEFAULT),
        .guard = value_or<std::uint64_t>(raw.guard, GLACIS_STACK_GUARD_DEFAULT),
    };
    Checker checker(raw, errors);
    if (!checker.check_slot(area.slot)) {
        return std::nullopt;
    }
    const bool is_guard_sound = checker.check_guard(area.guard, area.slot);
    const bool is_size_sound = checker.check_size(area.size, area.slot);
    if (!is_guard_sound || !is_size_sound ||
        !checker.check_base(area.base, area.size, area.slot, area.guard)) {
        return std::nullopt;
    }
    return area;
}

} // namespace glacis
