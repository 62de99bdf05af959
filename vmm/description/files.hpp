// Reading the files that a description names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/result.hpp"

namespace glacis {

/// Why a file cannot be used: "No such file or directory", "is a directory".
struct FileError {
    std::string reason;
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
