// Asserting why a program is refused.
#pragma once

#include <string>

#include "elf_builder.hpp"
#include "loader/program.hpp"

namespace glacis::test {

/// The reason for which x86-64 refuses the bytes; "accepted" when it does not.
inline std::string refusal(std::vector<std::byte> bytes)
{
    const auto program = Program::parse(std::move(bytes), EM_X86_64);
    return program ? "accepted" : program.error().reason;
}

inline std::string refusal(const ElfBuilder& elf)
{
    return refusal(elf.build());
}

} // namespace glacis::test
