// Programs: any file is refused, or can be placed without touching anything but its image.
//
// The first byte of an input says what follows: 0 the file itself, anything else changes to a sound
// program, three bytes each (where, what), so that most inputs come past the first checks.
#include <algorithm>
#include <glacis/abi/hypercall.h>
#include <glacis/abi/version.h>

#include "elf_builder.hpp"
#include "fuzz.hpp"
#include "loader/program.hpp"

namespace {

using namespace glacis;
using fuzz::require;

const std::vector<std::byte>& sound_program()
{
    static const std::vector<std::byte> bytes = [] {
        test::ElfBuilder elf;
        elf.notes.push_back(test::export_note("put", 0x1020, 2));
        elf.notes.push_back(test::export_note("get", 0x1040, 1));
        elf.add_relative(0x2000, 0x1010).add_relative(0x3000, 0x4000).add_relative(0x37f8, 0);
        elf.packed_relocations = {0x2040, 0b1011};
        return elf.build();
    }();
    return bytes;
}

std::vector<std::byte> file_of(fuzz::Input input)
{
    if (input.byte() == 0) {
        const auto rest = std::as_bytes(input.rest());
        return {rest.begin(), rest.end()};
    }
    std::vector<std::byte> file = sound_program();
    while (!input.is_empty()) {
        const std::uint64_t offset = input.number(2);
        const std::byte value{input.byte()};
        if (offset == 0xffff) { // cut short
            file.resize(file.size() * static_cast<std::size_t>(value) / 256);
        } else if (!file.empty()) {
            // Most of the file is code and data; what the loader reads lies in a few places.
            constexpr std::uint64_t places[] = {0x0, 0x300, 0x600, 0xc00, 0x2100};
            const std::uint64_t place = places[offset % 5] + offset / 5 % 0x200;
            file[place % file.size()] = value;
        }
    }
    return file;
}

void check_segments(const Program& program)
{
    std::uint64_t end = 0;
    bool is_entry_executable = false;
    for (const ProgramSegment& segment : program.segments()) {
        require(segment.offset >= end, "segments overlap or are not sorted");
        require(segment.offset % 4096 == 0 && segment.size % 4096 == 0 && segment.size != 0,
                "a segment is not whole pages");
        require((segment.perm & PD_PERM_WRITE) == 0 || (segment.perm & PD_PERM_EXECUTE) == 0,
                "W^X");
        end = segment.offset + segment.size;
        is_entry_executable |= (segment.perm & PD_PERM_EXECUTE) != 0 &&
                               program.entry() >= segment.offset && program.entry() < end;
    }
    require(end <= program.image_size(), "a segment lies behind the image");
    require(is_entry_executable, "the entry point is not executable");
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto program = Program::parse(file_of({data, size}), EM_X86_64);
    if (!program) {
        require(!program.error().reason.empty(), "refused without a reason");
        return 0;
    }
    require(program->image_size() % 4096 == 0 && program->image_size() <= max_image_size,
            "image size");
    check_segments(*program);
    for (const ProgramExport& exported : program->exports()) {
        require(!exported.name.empty() && exported.arguments <= 6, "an export");
    }
    constexpr std::uint64_t placed_limit = 1 << 20;
    if (program->image_size() <= placed_limit) {
        std::vector<std::byte> image(program->image_size());
        for (const Program::Part& part : program->parts()) {
            require(part.offset <= image.size() && part.bytes.size() <= image.size() - part.offset,
                    "a part lies behind the image");
            std::copy(part.bytes.begin(), part.bytes.end(), image.begin() + part.offset);
        }
        program->relocate(0x1'0000'0000, image);
    }
    return 0;
}
