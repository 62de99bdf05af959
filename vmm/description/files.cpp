#include "description/files.hpp"

#include <cassert>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "description/units.hpp"

namespace glacis {

namespace {

FileError system_error()
{
    return {std::strerror(errno)};
}

/// Empty for regular files.
std::string kind_complaint(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return {};
    case S_IFDIR:
        return "is a directory";
    case S_IFIFO:
        return "is a pipe, not a regular file";
    default:
        return "is not a regular file";
    }
}

} // namespace

Result<RegularFile, FileError> RegularFile::open(const std::string& path, std::uint64_t limit)
{
    if (path.find('\0') != std::string::npos) {
        return FileError{"its path contains a zero byte"};
    }
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!descriptor.is_open()) {
        return system_error();
    }
    struct stat facts {};
    if (fstat(descriptor.get(), &facts) != 0) {
        return system_error();
    }
    if (std::string complaint = kind_complaint(facts.st_mode); !complaint.empty()) {
        return FileError{std::move(complaint)};
    }
    const auto size = static_cast<std::uint64_t>(facts.st_size);
    if (size > limit) {
        return FileError{"is larger than " + size_text(limit)};
    }
    return RegularFile(std::move(descriptor), size);
}

Result<std::vector<std::byte>, FileError> RegularFile::read(std::uint64_t count) const
{
    assert(count <= size_);
    std::vector<std::byte> bytes(count);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::pread(descriptor_.get(), bytes.data() + done, bytes.size() - done,
                                    static_cast<off_t>(done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return system_error();
        }
        if (got == 0) {
            return FileError{"became shorter while it was being read"};
        }
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

Result<std::vector<std::byte>, FileError> read_file(const std::string& path, std::uint64_t limit)
{
    const auto file = RegularFile::open(path, limit);
    if (!file) {
        return file.error();
    }
    return file->read(file->size());
}

Result<std::uint64_t, FileError> readable_size(const std::string& path)
{
    const auto file = RegularFile::open(path, UINT64_MAX);
    if (!file) {
        return file.error();
    }
    return file->size();
}

std::string resolve_path(const std::string& description, const std::string& path)
{
    const std::size_t slash = description.rfind('/');
    if (slash == std::string::npos || path.empty() || path.front() == '/') {
        return path;
    }
    return description.substr(0, slash + 1) + path;
}

} // namespace glacis
