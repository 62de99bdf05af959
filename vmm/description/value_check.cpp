#include "description/value_check.hpp"

#include <algorithm>

#include <glacis/abi/boot.h>
#include <glacis/supervisor/types.hpp>

#include "description/units.hpp"

namespace glacis {

namespace {

bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

} // namespace

bool check_name(const Located<std::string>& name, const std::string& what, ErrorList& errors)
{
    static_assert(PD_NAME_MAX == 32, "the message below says so");
    const bool is_good = !name.value.empty() && name.value.size() < PD_NAME_MAX &&
                         std::all_of(name.value.begin(), name.value.end(), is_name_character);
    if (!is_good) {
        errors.add(name.at, what + ": expected 1 to 31 letters, digits, '_' or '-', found " +
                                in_quotes(name.value));
    }
    return is_good;
}

bool check_pages(const Located<std::uint64_t>& size, const std::string& what, ErrorList& errors)
{
    if (size.value == 0) {
        errors.add(size.at, what + ": must not be 0");
        return false;
    }
    if (!supervisor::is_page_aligned(size.value)) {
        const std::uint64_t floor = supervisor::page_floor(size.value);
        const bool has_next = floor <= UINT64_MAX - supervisor::page_size;
        errors.add(size.at,
                   what + ": " + size_text(size.value) + " is not a whole number of pages of 4 KiB",
                   has_next ? "the next one is \"" + size_text(floor + supervisor::page_size) + "\""
                            : std::string{});
        return false;
    }
    return true;
}

} // namespace glacis
