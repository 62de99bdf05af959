#include "inject/mutation.hpp"

#include "fault/instruction.hpp"
#include "inject/arch/x86_64/alternatives.hpp"
#include "inject/arch/x86_64/sites.hpp"

namespace glacis::inject {

namespace {

/// The instructions that begin in the first `length` bytes.
std::string text_of(const Code& code, std::size_t length)
{
    std::string text;
    for (std::size_t at = 0; at < length;) {
        const auto decoded =
            fault::decode(code.bytes.subspan(at), code.address + at, code.architecture);
        if (!decoded) {
            break;
        }
        text += (text.empty() ? "" : "; ") + decoded->text;
        at += decoded->length;
    }
    return text;
}

} // namespace

std::vector<Site> find_sites(const Code& code, FaultClass fault_class)
{
    if (code.architecture != fault::Architecture::x86_64) {
        return {};
    }
    return x86_64::find_sites(code, fault_class);
}

std::optional<Mutation> mutate(const Code& code, const Site& site, FaultClass fault_class,
                               Random& random)
{
    if (code.architecture != fault::Architecture::x86_64 ||
        site.address - code.address >= code.bytes.size()) {
        return std::nullopt;
    }
    const auto rest = code.bytes.subspan(site.address - code.address);
    const auto alternatives = x86_64::alternatives(rest, site, fault_class);
    if (alternatives.empty()) {
        return std::nullopt;
    }
    Mutation mutation;
    mutation.fault_class = fault_class;
    mutation.address = site.address;
    mutation.before.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(site.length));
    mutation.after = alternatives[random.below(alternatives.size())];

    Code here{rest, site.address, code.architecture};
    mutation.text_before = text_of(here, site.length);
    // As it will be, with what follows: a bit flip can make an instruction longer.
    std::vector<std::uint8_t> changed = mutation.after;
    const auto behind = rest.subspan(site.length);
    constexpr std::size_t longest = 15;
    const auto seen = behind.first(std::min(behind.size(), longest));
    changed.insert(changed.end(), seen.begin(), seen.end());
    here.bytes = changed;
    mutation.text_after = text_of(here, site.length);
    return mutation;
}

} // namespace glacis::inject
