// AArch64 stage 1 tables of the EL1&0 regime, 4 KiB granule, 39-bit addresses (Arm ARM, D8.3).
//
// With T0SZ = 25 a walk starts at level 1, one table of 1 GiB entries: guest addresses end at 2^39,
// and a fourth level would cost each root a page and each walk a read. (Levels are counted here
// from the leaf upwards, 1 to 3; the manual's numbers go the other way, 3 to 1.)
//
//   63..59         58..55  54   53   52..48  47..12         11  10  9..8  7..6  5   4..2  1  0
//   table: 0       (0)     (0)  (0)  (0)     next table     (0) (0) (0)   (0)   (0) (0)   1  1
//   page:  0       (0)     UXN  PXN  (0)     physical page  nG  AF  SH    AP    0   Attr  1  1
//
// A table entry restricts nothing (APTable, UXNTable, PXNTable are 0). Pages are of memory type 0
// of MAIR_EL1 (normal write-back), inner shareable, with the access flag set: nothing is left for
// hardware to write. A page of a domain is never executable to EL1, and not global: its
// translations carry the ASID of the root.
#pragma once

#include <cstdint>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor::aarch64 {

struct PageTableFormat {
    /// Levels of tables: the root is of level 3.
    static constexpr unsigned levels = 3;

    static constexpr std::uint64_t valid = 1ULL << 0;
    static constexpr std::uint64_t table_or_page = 1ULL << 1;
    static constexpr std::uint64_t el0_access = 1ULL << 6; ///< AP[1]
    static constexpr std::uint64_t read_only = 1ULL << 7;  ///< AP[2]
    static constexpr std::uint64_t inner_shareable = 3ULL << 8;
    static constexpr std::uint64_t access_flag = 1ULL << 10;
    static constexpr std::uint64_t not_global = 1ULL << 11;
    static constexpr std::uint64_t privileged_execute_never = 1ULL << 53;
    static constexpr std::uint64_t unprivileged_execute_never = 1ULL << 54;
    static constexpr std::uint64_t table_read_only = 1ULL << 62;  ///< APTable[1]
    static constexpr std::uint64_t table_no_el0 = 1ULL << 61;     ///< APTable[0]
    static constexpr std::uint64_t table_no_execute = 1ULL << 60; ///< UXNTable
    static constexpr std::uint64_t address_mask = 0x0000'ffff'ffff'f000;

    /// Bits of a leaf that hardware sets and an edit keeps: none without hardware dirty state.
    static constexpr std::uint64_t hardware_bits = 0;

    [[nodiscard]] static constexpr std::uint64_t table(std::uint64_t physical)
    {
        return physical | table_or_page | valid;
    }

    /// Perm::none gives the empty entry.
    [[nodiscard]] static constexpr std::uint64_t leaf(std::uint64_t physical, Perm perm,
                                                      bool is_user)
    {
        if (perm == Perm::none) {
            return 0;
        }
        const bool is_executable = allows(perm, Perm::read_execute);
        const std::uint64_t execute =
            is_user ? privileged_execute_never | (is_executable ? 0 : unprivileged_execute_never)
                    : unprivileged_execute_never | (is_executable ? 0 : privileged_execute_never);
        return physical | table_or_page | valid | inner_shareable | access_flag | execute |
               (is_user ? el0_access | not_global : 0) |
               (allows(perm, Perm::read_write) ? 0 : read_only);
    }

    [[nodiscard]] static constexpr bool is_present(std::uint64_t entry)
    {
        return (entry & (table_or_page | valid)) == (table_or_page | valid);
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
        if (level > 1) {
            rights.is_user = rights.is_user && (entry & table_no_el0) == 0;
            rights.is_writable = rights.is_writable && (entry & table_read_only) == 0;
            rights.is_executable = rights.is_executable && (entry & table_no_execute) == 0;
            return;
        }
        rights.is_user = rights.is_user && (entry & el0_access) != 0;
        rights.is_writable = rights.is_writable && (entry & read_only) == 0;
        const std::uint64_t never =
            rights.is_user ? unprivileged_execute_never : privileged_execute_never;
        rights.is_executable = rights.is_executable && (entry & never) == 0;
    }
};

} // namespace glacis::supervisor::aarch64
