// The third layer of reading a program: the notes by which it says what it is (glacis/abi/note.h).
#pragma once

#include <vector>

#include "host/result.hpp"
#include "loader/elf_file.hpp"
#include "loader/relocations.hpp"

namespace glacis {

/// Checks the ABI note and gives the exports. `relocations` are needed because an entry point in a
/// position-independent file may be written by one of them.
Result<std::vector<ProgramExport>, ProgramError>
read_notes(const ElfFile& elf, const std::vector<Relocation>& relocations);

} // namespace glacis
