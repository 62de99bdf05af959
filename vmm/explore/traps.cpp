#include "explore/traps.hpp"

#include <algorithm>
#include <native/fault_architecture.hpp>

#include "fault/instruction.hpp"

namespace glacis::explore {

namespace {

constexpr std::size_t longest_instruction = 16;

} // namespace

Status Traps::set(Core& core, const std::vector<MarkedFunction>& functions)
{
    const std::lock_guard guard(core.mutex);
    for (const MarkedFunction& function : functions) {
        const std::uint64_t base = core.domains[function.domain].image_base;
        if (auto done = set_in(core, function, base); !done) {
            return done;
        }
    }
    return Done{};
}

/// Goes from instruction to instruction; where the bytes are none, the rest has no traps.
Status Traps::set_in(Core& core, const MarkedFunction& function, std::uint64_t base)
{
    std::vector<std::uint8_t> code(function.end - function.begin);
    const std::uint64_t begin = base + function.begin;
    if (!core.space->peek(begin, code)) {
        return HostError{"peek", 0, "reading the code of " + function.name};
    }
    for (std::size_t at = 0; at < code.size();) {
        const std::size_t rest = std::min(code.size() - at, longest_instruction);
        const auto instruction = fault::decode(std::span(code).subspan(at, rest), begin + at,
                                               fault::native_architecture);
        if (!instruction || instruction->length < stepping::trap_code.size()) {
            break;
        }
        Bytes original{};
        std::copy_n(code.begin() + static_cast<std::ptrdiff_t>(at), original.size(),
                    original.begin());
        if (originals_.emplace(begin + at, original).second &&
            !core.space->copy_out(begin + at, stepping::trap_code)) {
            return HostError{"copy_out", 0, "marking the code of " + function.name};
        }
        at += instruction->length;
    }
    return Done{};
}

void Traps::lift(Core& core, std::uint64_t address)
{
    if (lifted_ != address) {
        put_back(core);
        (void)core.space->copy_out(address, originals_.at(address));
        lifted_ = address;
    }
}

void Traps::put_back(Core& core)
{
    if (lifted_) {
        (void)core.space->copy_out(*lifted_, stepping::trap_code);
        lifted_.reset();
    }
}

std::vector<std::uint8_t> Traps::code(const Core& core, std::uint64_t address) const
{
    std::vector<std::uint8_t> bytes(longest_instruction);
    if (!core.space->peek(address, bytes)) {
        return {};
    }
    const auto original = originals_.find(address);
    if (original != originals_.end()) {
        std::copy(original->second.begin(), original->second.end(), bytes.begin());
    }
    return bytes;
}

} // namespace glacis::explore
