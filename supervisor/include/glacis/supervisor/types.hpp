// Vocabulary of the supervisor: identifiers, ranges, permissions.
#pragma once

#include <compare>
#include <cstdint>

#include <glacis/abi/hypercall.h>
#include <glacis/abi/layout.h>

namespace glacis::supervisor {

/// A protection domain: its place in the record. Described domains are numbered in order of
/// creation, from 0, and keep their places; those made at run time get places that others have
/// left. Guests know domains by handles, which also carry how often the place has been used.
enum class DomainId : std::uint32_t {};

/// The supervisor itself, where an owner or a manager is asked for.
constexpr DomainId supervisor_domain{PD_SELF};
/// A domain that was destroyed, where the record says whose something was.
constexpr DomainId no_domain{PD_SELF - 1};

/// A thread handle: slot number in the low half, generation in the high half, so that a handle that
/// outlived its thread is recognised. Never 0.
enum class ThreadId : std::uint64_t {};

/// A group handle, made as a thread handle is; none of one kind is ever one of the other.
enum class GroupId : std::uint64_t {};

enum class VcpuId : std::uint32_t {};
constexpr VcpuId no_vcpu{PD_THIS_VCPU};

/// Stack-ID: the guest address at which the stack's slot begins.
enum class StackId : std::uint64_t {};

/// The part of its stack that a thread uses: all of it or, in a call from one domain into another,
/// what lies below its callers' frames.
struct StackView {
    StackId stack{};
    std::uint64_t end = UINT64_MAX; ///< first address above it; UINT64_MAX: the stack's top
    std::uint32_t depth = 0;        ///< calls that the thread is in; 0: the view is the whole stack

    constexpr StackView() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a stack is the view of all of it
    constexpr StackView(StackId whole) : stack(whole) {}
    constexpr StackView(StackId of, std::uint64_t its_end, std::uint32_t its_depth)
        : stack(of), end(its_end), depth(its_depth)
    {
    }
    [[nodiscard]] constexpr bool is_whole() const { return depth == 0; }
    auto operator<=>(const StackView&) const = default;
};

/// Guest addresses [begin, end). Every range inside the supervisor is page-aligned and not empty
/// unless its name says otherwise.
struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    [[nodiscard]] constexpr std::uint64_t size() const { return end - begin; }
    [[nodiscard]] constexpr bool contains(std::uint64_t address) const
    {
        return begin <= address && address < end;
    }
    [[nodiscard]] constexpr bool contains(const Range& other) const
    {
        return begin <= other.begin && other.end <= end;
    }
    [[nodiscard]] constexpr bool overlaps(const Range& other) const
    {
        return begin < other.end && other.begin < end;
    }
    auto operator<=>(const Range&) const = default;
};

/// PD_PERM_* bits. Write and execute never come together (W^X).
enum class Perm : std::uint32_t {
    none = PD_PERM_NONE,
    read = PD_PERM_READ,
    read_write = PD_PERM_READ | PD_PERM_WRITE,
    read_execute = PD_PERM_READ | PD_PERM_EXECUTE,
};

/// Whether `have` allows everything that `want` asks.
[[nodiscard]] constexpr bool allows(Perm have, Perm want)
{
    return (static_cast<std::uint32_t>(have) & static_cast<std::uint32_t>(want)) ==
           static_cast<std::uint32_t>(want);
}

/// Nanoseconds of the host's monotonic clock.
using Nanoseconds = std::uint64_t;

constexpr std::uint64_t page_size = GLACIS_PAGE_SIZE;

[[nodiscard]] constexpr bool is_page_aligned(std::uint64_t value)
{
    return value % page_size == 0;
}
[[nodiscard]] constexpr std::uint64_t page_floor(std::uint64_t value)
{
    return value & ~(page_size - 1);
}
[[nodiscard]] constexpr std::uint64_t page_ceil(std::uint64_t value)
{
    return page_floor(value + page_size - 1);
}

/// Where things lie in one guest; checked by the description before a supervisor is made of it.
struct Layout {
    Range stack_area;              ///< aligned to stack_slot
    std::uint64_t stack_slot = 0;  ///< bytes, power of two
    std::uint64_t stack_guard = 0; ///< bytes never committed at the bottom of each slot
    Range memory;                  ///< domain memory
    std::uint32_t vcpus = 1;
    // Kept for the default thread manager, on top of what the description grants: bytes at the end
    // of the stack area, whole slots, and of domain memory, whole pages.
    std::uint64_t manager_stacks = 0;
    std::uint64_t manager_memory = 0;

    bool operator==(const Layout&) const = default;
    [[nodiscard]] constexpr Range described_stacks() const
    {
        return {stack_area.begin, stack_area.end - manager_stacks};
    }
    [[nodiscard]] constexpr Range described_memory() const
    {
        return {memory.begin, memory.end - manager_memory};
    }
};

/// Whose part of stack area and memory: that of the domains of the description and their children,
/// or the default thread manager's own.
enum class Part { described, managers };

/// What one domain may hold at most.
struct Quota {
    std::uint64_t memory = UINT64_MAX;      ///< bytes, image included
    std::uint64_t stacks = UINT64_MAX;      ///< count
    std::uint64_t stack_bytes = UINT64_MAX; ///< committed bytes of all its stacks
    std::uint64_t threads = UINT64_MAX;
    std::uint64_t grants = UINT64_MAX;  ///< what Usage::grants counts
    std::uint64_t domains = UINT64_MAX; ///< children, those that have ended and are kept included
};

} // namespace glacis::supervisor
