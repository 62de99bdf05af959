#include "loader/program.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include <glacis/abi/layout.h>

#include "loader/elf_file.hpp"
#include "loader/notes.hpp"
#include "loader/relocations.hpp"

namespace glacis {

/// A part of the image that the file gives.
struct Program::Content {
    struct Load {
        std::uint64_t image_offset = 0;
        std::uint64_t file_offset = 0;
        std::uint64_t file_size = 0;
    };

    std::vector<std::byte> file;
    Source source;
    std::uint64_t image_size = 0;
    std::uint64_t content_size = 0;
    std::uint64_t entry = 0;
    std::uint64_t link_base = 0;
    std::vector<ProgramSegment> segments;
    std::vector<Load> loads;
    std::vector<Relocation> relocations;
    std::vector<ProgramExport> exports;
};

namespace {

/// The whole pages that a segment takes.
ProgramSegment pages_of(const LoadedSegment& segment)
{
    constexpr std::uint64_t mask = GLACIS_PAGE_SIZE - 1;
    const std::uint64_t begin = segment.image_offset & ~mask;
    const std::uint64_t end = (segment.image_offset + segment.memory_size + mask) & ~mask;
    return {begin, end - begin, segment.perm};
}

} // namespace

Program::Program() : Program(std::make_shared<const Content>()) {}

Program::Program(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

Result<Program, ProgramError> Program::parse(std::vector<std::byte> file, std::uint16_t machine,
                                             Source source)
{
    const auto elf = read_elf(file, machine);
    if (!elf) {
        return elf.error();
    }
    auto relocations = read_relocations(*elf, machine);
    if (!relocations) {
        return relocations.error();
    }
    auto exports = read_notes(*elf, *relocations);
    if (!exports) {
        return exports.error();
    }
    auto content = std::make_shared<Content>();
    content->image_size = elf->image_size;
    content->entry = elf->entry;
    content->link_base = elf->link_base;
    for (const LoadedSegment& segment : elf->segments) {
        content->segments.push_back(pages_of(segment));
        content->loads.push_back({segment.image_offset, segment.file_offset, segment.file_size});
        content->content_size = segment.image_offset + segment.file_size; // segments are sorted
    }
    content->relocations = std::move(relocations).value();
    content->exports = std::move(exports).value();
    content->file = std::move(file);
    content->source = std::move(source);
    return Program(std::move(content));
}

std::uint64_t Program::image_size() const
{
    return content_->image_size;
}
std::uint64_t Program::content_size() const
{
    return content_->content_size;
}
std::uint64_t Program::entry() const
{
    return content_->entry;
}
const std::vector<ProgramSegment>& Program::segments() const
{
    return content_->segments;
}
const std::vector<ProgramExport>& Program::exports() const
{
    return content_->exports;
}
std::span<const std::byte> Program::file() const
{
    return content_->file;
}
std::vector<std::byte> Program::whole_file() const
{
    const std::vector<std::byte>& loaded = content_->file;
    std::vector<std::byte> whole = content_->source ? content_->source() : loaded;
    const bool is_same =
        whole.size() >= loaded.size() && std::equal(loaded.begin(), loaded.end(), whole.begin());
    return is_same ? whole : loaded;
}
std::uint64_t Program::link_base() const
{
    return content_->link_base;
}

std::vector<Program::Part> Program::parts() const
{
    std::vector<Part> result;
    for (const Content::Load& load : content_->loads) {
        if (load.file_size != 0) {
            result.push_back({load.image_offset, file().subspan(load.file_offset, load.file_size)});
        }
    }
    return result;
}

void Program::relocate(std::uint64_t base, std::span<std::byte> image) const
{
    assert(image.size() == content_->image_size);
    for (const Relocation& relocation : content_->relocations) {
        const std::uint64_t value = base + relocation.addend;
        std::memcpy(image.data() + relocation.image_offset, &value, sizeof(value));
    }
}

} // namespace glacis
