// x86-64 page tables, 4 levels (Intel SDM vol. 3A, 4.5; AMD64 APM vol. 2, 5.3).
//
//   63  62..52  51..12          11..8  7   6  5  4    3    2    1    0
//   NX  (0)     physical page   (0)    0   D  A  (0)  (0)  U/S  R/W  P
//
// An entry that points to a table allows everything (P, R/W, U/S, no NX): the leaf alone decides,
// as rights are the AND over the levels. A leaf comes with accessed and, where it is writable,
// dirty: nothing is left for the hardware to set, and KVM's shadow paging looks ahead only to such
// leaves.
#pragma once

#include <cstdint>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor::x86_64 {

struct PageTableFormat {
    /// Levels of tables: the root is of level 4. Guest addresses use the lower 39 of its 48 bits,
    /// so entry 0 of the root is the only one.
    static constexpr unsigned levels = 4;

    static constexpr std::uint64_t present = 1ULL << 0;
    static constexpr std::uint64_t writable = 1ULL << 1;
    static constexpr std::uint64_t user = 1ULL << 2;
    static constexpr std::uint64_t accessed = 1ULL << 5;
    static constexpr std::uint64_t dirty = 1ULL << 6;
    static constexpr std::uint64_t large_page = 1ULL << 7;
    static constexpr std::uint64_t no_execute = 1ULL << 63;
    static constexpr std::uint64_t address_mask = 0x000f'ffff'ffff'f000;

    /// Bits of a leaf that hardware sets and an edit keeps.
    static constexpr std::uint64_t hardware_bits = accessed | dirty;

    [[nodiscard]] static constexpr std::uint64_t table(std::uint64_t physical)
    {
        return physical | present | writable | user;
    }

    /// Perm::none gives the empty entry.
    [[nodiscard]] static constexpr std::uint64_t leaf(std::uint64_t physical, Perm perm,
                                                      bool is_user)
    {
        if (perm == Perm::none) {
            return 0;
        }
        return physical | present | accessed | (is_user ? user : 0) |
               (allows(perm, Perm::read_write) ? writable | dirty : 0) |
               (allows(perm, Perm::read_execute) ? 0 : no_execute);
    }

    [[nodiscard]] static constexpr bool is_present(std::uint64_t entry)
    {
        return (entry & present) != 0;
    }
    [[nodiscard]] static constexpr std::uint64_t address_of(std::uint64_t entry)
    {
        return entry & address_mask;
    }

    /// What a walk has allowed so far; starts with everything.
    struct Rights {
        bool is_user = true;
        bool is_writable = true;
        bool is_executable = true;
    };
    /// `level` counts from 1, the leaf's.
    static constexpr void restrict_rights(Rights& rights, std::uint64_t entry, unsigned level)
    {
        static_cast<void>(level);
        rights.is_user = rights.is_user && (entry & user) != 0;
        rights.is_writable = rights.is_writable && (entry & writable) != 0;
        rights.is_executable = rights.is_executable && (entry & no_execute) == 0;
    }
};

} // namespace glacis::supervisor::x86_64
