// A valid domain program, built in memory, with every part open to be broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <elf.h>

namespace glacis::test {

struct NoteSpec {
    std::string owner = "Glacis"; ///< its zero byte is added
    std::uint32_t type = 0;
    std::vector<std::byte> descriptor;
};

NoteSpec abi_note(std::uint32_t version, std::uint32_t flags = 0);
NoteSpec export_note(const std::string& name, std::uint64_t entry, std::uint32_t arguments = 0,
                     std::uint32_t min_stack = 4096);

/// As they lie in a file.
std::vector<std::byte> encode(const std::vector<NoteSpec>& notes);

/// As made, it is a program of three pages and a bit that the loader accepts for x86-64:
///
///   segment 0  R    0x0000..0x1000   headers, notes at notes_at, relocations at rela_at and
///   relr_at segment 1  RX   0x1000..0x1100   code; the entry point is 0x1010 segment 2  RW
///   0x2000..0x3800   data, the file gives 0x200 bytes; dynamic section at 0x2100 segment 3
///   PT_DYNAMIC, segment 4  PT_NOTE, segment 5  PT_GNU_STACK
struct ElfBuilder {
    static constexpr std::uint64_t notes_at = 0x300;
    static constexpr std::uint64_t rela_at = 0x600;
    static constexpr std::uint64_t relr_at = 0xc00;
    static constexpr std::uint64_t dynamic_at = 0x2100;
    static constexpr std::uint64_t tail_at = 0x2200;
    static constexpr std::uint64_t entry = 0x1010;
    static constexpr std::uint64_t data = 0x2000;

    Elf64_Ehdr header{};
    std::vector<Elf64_Phdr> headers;
    std::vector<NoteSpec> notes;
    std::vector<Elf64_Rela> relocations;
    std::vector<std::uint64_t> packed_relocations;
    std::vector<Elf64_Dyn> more_dynamic; ///< before DT_NULL
    std::vector<std::byte> tail;         ///< behind the usual end of the file, at tail_at
    /// Bytes poked into the finished file.
    struct Patch {
        std::uint64_t offset = 0;
        std::vector<std::byte> bytes;
    };
    std::vector<Patch> patches;

    ElfBuilder();

    ElfBuilder& add_relative(std::uint64_t target, std::int64_t addend);
    ElfBuilder& poke(std::uint64_t offset, std::uint64_t word);
    [[nodiscard]] std::vector<std::byte> build() const;
};

} // namespace glacis::test
