#include "campaign/target.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <glacis/abi/hypercall.h>
#include <native/fault_architecture.hpp>

#include "fault/instruction.hpp"
#include "machine/digest.hpp"

namespace glacis::campaign {

namespace {

/// As it lies in memory before it is relocated, which changes no instruction.
std::vector<std::uint8_t> image_of(const Program& program)
{
    std::vector<std::uint8_t> image(program.content_size());
    for (const Program::Part& part : program.parts()) {
        std::memcpy(image.data() + part.offset, part.bytes.data(), part.bytes.size());
    }
    return image;
}

void list_instructions(const inject::Code& code, std::vector<std::uint64_t>& offsets)
{
    for (std::size_t at = 0; at < code.bytes.size();) {
        const auto decoded =
            fault::decode(code.bytes.subspan(at), code.address + at, code.architecture);
        if (decoded) {
            offsets.push_back(code.address + at);
        }
        at += decoded ? decoded->length : 1;
    }
}

} // namespace

Target::Target(const DomainDescription& domain)
    : domain_(&domain), image_(image_of(domain.program)), file_(domain.program.whole_file()),
      symbols_(std::make_unique<fault::SymbolTable>(file_)), functions_(symbols_->functions())
{
    build_ = digest_text(digest(file_));
    for (const ProgramSegment& segment : domain.program.segments()) {
        if ((segment.perm & PD_PERM_EXECUTE) == 0 || segment.offset >= image_.size()) {
            continue;
        }
        const std::uint64_t size =
            std::min<std::uint64_t>(segment.size, image_.size() - segment.offset);
        code_.push_back({std::span(image_).subspan(segment.offset, size), segment.offset,
                         fault::native_architecture});
        list_instructions(code_.back(), instructions_);
    }
}

std::optional<std::uint64_t> Target::heap() const
{
    const auto section = symbols_->section(".glacis_heap"); // the runtime's heap.c
    return section ? std::optional(section->first) : std::nullopt;
}

const inject::Code* Target::code_at(std::uint64_t offset) const
{
    for (const inject::Code& code : code_) {
        if (offset >= code.address && offset - code.address < code.bytes.size()) {
            return &code;
        }
    }
    return nullptr;
}

const fault::SymbolTable::Function* Target::function(const std::string& name) const
{
    const auto found = std::find_if(functions_.begin(), functions_.end(),
                                    [&name](const auto& each) { return each.name == name; });
    return found != functions_.end() ? &*found : nullptr;
}

const std::vector<inject::Site>& Target::sites(inject::FaultClass fault_class) const
{
    const auto [entry, is_new] = sites_.try_emplace(fault_class);
    if (is_new) {
        for (const inject::Code& code : code_) {
            const auto found = inject::find_sites(code, fault_class);
            entry->second.insert(entry->second.end(), found.begin(), found.end());
        }
    }
    return entry->second;
}

std::string place_text(const Target& target, std::uint64_t offset)
{
    std::array<char, 24> number{};
    std::snprintf(number.data(), number.size(), "+0x%llx", static_cast<unsigned long long>(offset));
    const auto symbol = target.symbol(offset);
    if (!symbol || symbol->function.empty()) {
        return target.name() + number.data();
    }
    std::snprintf(number.data(), number.size(), "+0x%llx",
                  static_cast<unsigned long long>(symbol->offset));
    std::string text = target.name() + "!" + symbol->function + number.data();
    if (!symbol->file.empty()) {
        const std::size_t slash = symbol->file.find_last_of('/');
        text += " (" + symbol->file.substr(slash == std::string::npos ? 0 : slash + 1) + ":" +
                std::to_string(symbol->line) + ")";
    }
    return text;
}

} // namespace glacis::campaign
