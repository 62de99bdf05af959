#include "explore/marks.hpp"

#include <optional>
#include <string_view>

#include "description/error.hpp"
#include "description/nearest.hpp"
#include "machine/program_symbols.hpp"

namespace glacis::explore {

namespace {

using Functions = std::vector<fault::SymbolTable::Function>;

constexpr std::uint64_t largest_function = std::uint64_t{1} << 20;

/// Of the piece of a function, the function.
std::string_view stem(std::string_view name)
{
    const std::size_t dot = name.find('.');
    return dot == 0 ? name : name.substr(0, dot);
}

/// "domain.function" as its two parts; nothing when no domain has that name.
struct Wanted {
    std::optional<std::size_t> domain;
    std::string_view function;
};

Wanted split(const SystemDescription& system, std::string_view name)
{
    const std::size_t dot = name.find('.');
    if (dot != std::string_view::npos) {
        for (std::size_t index = 0; index < system.domains.size(); ++index) {
            if (system.domains[index].name == name.substr(0, dot)) {
                return {index, name.substr(dot + 1)};
            }
        }
    }
    return {std::nullopt, name};
}

class Finder {
public:
    explicit Finder(const SystemDescription& system) : system_(system)
    {
        for (const DomainDescription& domain : system.domains) {
            functions_.push_back(ProgramSymbols{}.get(domain.program).functions());
        }
    }

    /// Whether there was one.
    bool find(const Wanted& wanted, std::vector<MarkedFunction>& found) const
    {
        bool has_found = false;
        for (std::size_t index = 0; index < functions_.size(); ++index) {
            if (wanted.domain && *wanted.domain != index) {
                continue;
            }
            for (const auto& function : functions_[index]) {
                const bool is_it =
                    function.name == wanted.function || stem(function.name) == wanted.function;
                if (is_it && function.end > function.begin &&
                    function.end - function.begin <= largest_function) {
                    found.push_back({index, function.name, function.begin, function.end});
                    has_found = true;
                }
            }
        }
        return has_found;
    }

    [[nodiscard]] std::string nothing_found(const std::string& name, const Wanted& wanted) const
    {
        std::vector<std::string_view> names;
        for (std::size_t index = 0; index < functions_.size(); ++index) {
            for (const auto& function : functions_[index]) {
                if (!wanted.domain || *wanted.domain == index) {
                    names.push_back(stem(function.name));
                }
            }
        }
        const std::string hint = did_you_mean(std::string(wanted.function), names);
        return "no " +
               (wanted.domain ? "function of domain " + named(system_.domains[*wanted.domain].name)
                              : std::string("domain's program")) +
               (wanted.domain ? " is called " : " has a function ") + named(name) +
               (hint.empty() ? "; a compiler leaves none of a function that it puts into its "
                               "callers (__attribute__((noinline)) keeps it apart)"
                             : "; " + hint);
    }

private:
    const SystemDescription& system_;
    std::vector<Functions> functions_; ///< by domain
};

} // namespace

Result<std::vector<MarkedFunction>, std::string>
find_functions(const SystemDescription& system, const std::vector<std::string>& names)
{
    std::vector<MarkedFunction> found;
    if (names.empty()) {
        return found;
    }
    const Finder finder(system);
    for (const std::string& name : names) {
        const Wanted wanted = split(system, name);
        if (!finder.find(wanted, found)) {
            return finder.nothing_found(name, wanted);
        }
    }
    return found;
}

} // namespace glacis::explore
