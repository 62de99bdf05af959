// Checks of single values that several parts of a description share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "description/error.hpp"
#include "description/raw.hpp"

namespace glacis {

/// Names of systems, domains and regions: 1 to 31 letters, digits, '_' or '-'. `what` begins the
/// message: "domain 2: name".
bool check_name(const Located<std::string>& name, const std::string& what, ErrorList& errors);

/// A size must be a whole number of pages, and not 0. `what`: "domain 'parser': stack".
bool check_pages(const Located<std::uint64_t>& size, const std::string& what, ErrorList& errors);

/// The value, or `otherwise` where the description is silent.
template <class T> [[nodiscard]] T value_or(const Optional<T>& value, T otherwise)
{
    return value ? value->value : otherwise;
}

} // namespace glacis
