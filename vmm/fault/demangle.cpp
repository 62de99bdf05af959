#include "fault/demangle.hpp"

#include <cctype>
#include <cstdlib>
#include <memory>

#include <cxxabi.h>

namespace glacis::fault {

namespace {

constexpr std::size_t longest_mangled = 512;
constexpr std::size_t longest_shown = 400;
constexpr int most_references = 24;

/// A name may refer back to parts of itself, and each reference may double the result. With so few
/// of them the result stays in the megabytes whatever they are.
bool is_cheap(std::string_view name)
{
    if (name.size() > longest_mangled)
        return false;
    int references = 0;
    for (std::size_t i = 0; i + 1 < name.size(); ++i) {
        const char next = name[i + 1];
        const bool is_reference =
            (name[i] == 'S' || name[i] == 'T') &&
            (next == '_' || std::isdigit(static_cast<unsigned char>(next)) != 0 ||
             std::isupper(static_cast<unsigned char>(next)) != 0);
        if (is_reference && ++references > most_references)
            return false;
    }
    return true;
}

struct Free {
    void operator()(char* text) const { std::free(text); }
};

} // namespace

std::string demangled(std::string_view name)
{
    std::string result{name};
    if (name.starts_with("_Z") && is_cheap(name)) {
        int status = 0;
        const std::unique_ptr<char, Free> text(
            abi::__cxa_demangle(result.c_str(), nullptr, nullptr, &status));
        if (status == 0 && text != nullptr)
            result = text.get();
    }
    if (result.size() > longest_shown) {
        result.resize(longest_shown);
        result += "...";
    }
    return result;
}

} // namespace glacis::fault
