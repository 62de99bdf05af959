#include "at_rest.hpp"

#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>

#include "description/layout.hpp"
#include "machine/resettable_system.hpp"

namespace glacis::kvm_tests {

using namespace supervisor;

namespace {

std::string at(std::uint64_t address)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), " at 0x%llx", static_cast<unsigned long long>(address));
    return text.data();
}

/// Which the VMM changes, where ring 3 gets through it in another way than was meant.
std::string difference_in_gate_page(const BuiltSystem& one, const BuiltSystem& other)
{
    std::vector<std::uint8_t> content(GLACIS_GATE_SIZE);
    std::vector<std::uint8_t> expected(GLACIS_GATE_SIZE);
    const bool is_read =
        one.space->peek(GLACIS_GATE_BASE, content) && other.space->peek(GLACIS_GATE_BASE, expected);
    return is_read && content == expected ? "" : "the gate page";
}

std::string difference_in_memory(const BuiltSystem& one, const BuiltSystem& other)
{
    const auto owned = one.supervisor->owned_pages();
    const auto others = other.supervisor->owned_pages();
    if (owned.size() != others.size()) {
        return "number of ranges in use";
    }
    for (std::size_t i = 0; i < owned.size(); ++i) {
        const Range pages = owned[i].pages;
        if (pages != others[i].pages || owned[i].owner != others[i].owner) {
            return "who owns what" + at(pages.begin);
        }
        std::vector<std::uint8_t> content(pages.size());
        std::vector<std::uint8_t> expected(pages.size());
        if (!one.space->peek(pages.begin, content) || !other.space->peek(pages.begin, expected)) {
            return "memory that cannot be read" + at(pages.begin);
        }
        const auto [found, wanted] =
            std::mismatch(content.begin(), content.end(), expected.begin());
        if (found != content.end()) {
            return "memory" + at(pages.begin + static_cast<std::uint64_t>(found - content.begin()));
        }
        if (owned[i].is_stack &&
            one.space->touched_below_top(pages) != other.space->touched_below_top(pages)) {
            return "what was touched of the stack" + at(pages.begin);
        }
    }
    return {};
}

/// Of every page of an area, in the root of every stack.
std::string difference_in_tables(const BuiltSystem& one, const BuiltSystem& other,
                                 const Layout& layout)
{
    const auto root_in = [&layout](const BuiltSystem& system, const OwnedPages& stack) {
        const StackId id{stack.pages.begin / layout.stack_slot * layout.stack_slot};
        const auto root = system.space->root(
            stack.owner, id, [&] { return system.supervisor->stack_pages(stack.owner, id); });
        return root ? *root : 0;
    };
    for (const OwnedPages& stack : one.supervisor->owned_pages()) {
        if (!stack.is_stack) {
            continue;
        }
        const std::uint64_t root = root_in(one, stack);
        const std::uint64_t expected = root_in(other, stack);
        for (const Range& area : {layout.stack_area, layout.memory}) {
            for (std::uint64_t page = area.begin; page < area.end; page += page_size) {
                const auto found = one.space->walk(root, page);
                const auto wanted = other.space->walk(expected, page);
                if (found.has_value() != wanted.has_value() ||
                    (found && (found->physical != wanted->physical || found->perm != wanted->perm ||
                               found->is_user != wanted->is_user))) {
                    return "translation" + at(page) + " in the root of the stack" +
                           at(stack.pages.begin);
                }
            }
        }
    }
    return {};
}

} // namespace

std::string difference(const BuiltSystem& one, const BuiltSystem& other,
                       const SystemDescription& system)
{
    for (const BuiltSystem* each : {&one, &other}) {
        if (auto broken = each->supervisor->check_invariants(); !broken.empty()) {
            return broken;
        }
    }
    if (one.domains.size() != other.domains.size() || one.region_bases != other.region_bases) {
        return "domains or regions";
    }
    if (auto found = difference_in_gate_page(one, other); !found.empty()) {
        return found;
    }
    if (auto found = difference_in_memory(one, other); !found.empty()) {
        return found;
    }
    return difference_in_tables(one, other, layout_of(system));
}

Result<RunReport> run_after_reset(const SystemDescription& system, const RunOptions& options)
{
    const auto reused = ResettableSystem::build(system, options);
    if (!reused) {
        return reused.error();
    }
    const auto nowhere = [](std::string_view, std::string_view) {
    };
    (void)(*reused)->run(nowhere, options.intervention);
    if (auto done = (*reused)->reset(); !done) {
        return done.error();
    }
    const auto built = ResettableSystem::build(system, options);
    if (!built) {
        return built.error();
    }
    EXPECT_EQ(difference((*reused)->at_rest(), (*built)->at_rest(), system), "");
    return (*reused)->run(options.console, options.intervention);
}

} // namespace glacis::kvm_tests
