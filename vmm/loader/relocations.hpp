// The second layer of reading a program: what its dynamic section asks for.
#pragma once

#include <cstdint>
#include <vector>

#include "host/result.hpp"
#include "loader/elf_file.hpp"

namespace glacis {

/// "The word at image_offset is the guest address of image offset `addend`."
struct Relocation {
    std::uint64_t image_offset = 0;
    std::uint64_t addend = 0; ///< relative to the image
};

/// All relocations of the program, in the order in which they apply: every one is relative, changes
/// eight bytes inside one segment that is not executable, and points into the image or to its end.
///
/// Code is never relocated, although it could be before the program starts: what runs is then, byte
/// for byte, what the file holds, whatever address the image was placed at.
Result<std::vector<Relocation>, ProgramError> read_relocations(const ElfFile& elf,
                                                               std::uint16_t machine);

} // namespace glacis
