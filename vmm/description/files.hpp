// Reading the files that a description names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/descriptor.hpp"
#include "host/result.hpp"

namespace glacis {

/// Why a file cannot be used: "No such file or directory", "is a directory".
struct FileError {
    std::string reason;
};

/// A regular file that can be read. Nothing here waits for a writer.
class RegularFile {
public:
    /// Larger files than `limit` bytes are refused, and so is anything that is no regular file.
    static Result<RegularFile, FileError> open(const std::string& path, std::uint64_t limit);

    /// As it was when the file was opened.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// The first `count` bytes, at most size().
    Result<std::vector<std::byte>, FileError> read(std::uint64_t count) const;

private:
    RegularFile(Descriptor descriptor, std::uint64_t size)
        : descriptor_(std::move(descriptor)), size_(size)
    {
    }
    Descriptor descriptor_;
    std::uint64_t size_ = 0;
};

/// The whole of a regular file, as large as it was when it was opened. Larger ones than `limit`
/// bytes are refused, and so is anything that is no regular file: nothing here waits for a writer.
Result<std::vector<std::byte>, FileError> read_file(const std::string& path, std::uint64_t limit);

/// Size of a regular file that can be read.
Result<std::uint64_t, FileError> readable_size(const std::string& path);

/// `path` as the description's reader can open it: relative paths are relative to the folder of
/// `description`.
[[nodiscard]] std::string resolve_path(const std::string& description, const std::string& path);

} // namespace glacis
