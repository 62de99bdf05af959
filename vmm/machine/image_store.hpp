// The programs of domains made at run time: parsed once, kept while a domain runs one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <glacis/abi/status.h>
#include <memory>
#include <mutex>
#include <vector>

#include "host/result.hpp"
#include "loader/program.hpp"
#include "machine/program_symbols.hpp"

namespace glacis {

/// A program and its names. Immutable but for what the names read on demand.
struct Image {
    Program program;
    std::shared_ptr<ProgramSymbols> symbols = std::make_shared<ProgramSymbols>();
};
using ImagePointer = std::shared_ptr<const Image>;

/// Thread-safe. Images take the host's memory, not the guest's, so that no quota bounds them: the
/// store does.
class ImageStore {
public:
    /// At most `budget` bytes of files are kept at a time.
    explicit ImageStore(std::uint64_t budget) : budget_(budget) {}

    /// The image of these bytes: one that somebody runs already, or a new one. They come from a
    /// guest; parsing takes long, so call it without any lock. BAD_PROGRAM, NO_MEMORY.
    [[nodiscard]] Result<ImagePointer, pd_status> get(std::vector<std::byte> file);

    /// Bytes of files that are kept.
    [[nodiscard]] std::uint64_t size();

private:
    [[nodiscard]] std::vector<ImagePointer> live();
    [[nodiscard]] std::uint64_t size_of(const std::vector<ImagePointer>& images) const;

    std::uint64_t budget_;
    std::mutex mutex_;
    std::vector<std::weak_ptr<const Image>> images_;
};

} // namespace glacis
