#include "description/files.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "description/units.hpp"
#include "host/descriptor.hpp"

namespace glacis {

namespace {

struct OpenFile {
    Descriptor descriptor;
    std::uint64_t size = 0;
};

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

Result<OpenFile, FileError> open_regular(const std::string& path)
{
    if (path.find('\0') != std::string::npos) {
        return FileError{"its path contains a zero byte"};
    }
    OpenFile file{Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)), 0};
    if (!file.descriptor.is_open()) {
        return system_error();
    }
    struct stat facts {};
    if (fstat(file.descriptor.get(), &facts) != 0) {
        return system_error();
    }
    if (std::string complaint = kind_complaint(facts.st_mode); !complaint.empty()) {
        return FileError{std::move(complaint)};
    }
    file.size = static_cast<std::uint64_t>(facts.st_size);
    return file;
}

} // namespace

Result<std::vector<std::byte>, FileError> read_file(const std::string& path, std::uint64_t limit)
{
    const auto file = open_regular(path);
    if (!file) {
        return file.error();
    }
    if (file->size > limit) {
        return FileError{"is larger than " + size_text(limit)};
    }
    std::vector<std::byte> bytes(file->size);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = read(file->descriptor.get(), bytes.data() + done, bytes.size() - done);
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

Result<std::uint64_t, FileError> readable_size(const std::string& path)
{
    const auto file = open_regular(path);
    if (!file) {
        return file.error();
    }
    return file->size;
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
