#include "cli/output_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.hpp"

namespace glacis::cli {

namespace {

HostError cannot_write(const std::string& what, const std::string& path)
{
    return host_error("cannot write " + what, path);
}

/// The file that `path` leads to, symbolic links followed; `path` itself when there is none yet.
std::string followed(const std::string& path)
{
    const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                           &std::free);
    return real ? real.get() : path;
}

} // namespace

OutputFile::OutputFile(Descriptor descriptor, std::string temporary, std::string path,
                       std::string what)
    : descriptor_(std::move(descriptor)), temporary_(std::move(temporary)), path_(std::move(path)),
      what_(std::move(what))
{
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : descriptor_(std::move(other.descriptor_)), temporary_(std::exchange(other.temporary_, {})),
      path_(std::move(other.path_)), what_(std::move(other.what_))
{
}

OutputFile::~OutputFile()
{
    if (!temporary_.empty()) {
        unlink(temporary_.c_str());
    }
}

Result<std::optional<OutputFile>> OutputFile::open(const std::optional<std::string>& path,
                                                   const std::string& what)
{
    if (!path) {
        return std::optional<OutputFile>{};
    }
    auto file = open(*path, what);
    if (!file) {
        return file.error();
    }
    return std::optional<OutputFile>(std::move(file).value());
}

Result<OutputFile> OutputFile::open(const std::string& path, const std::string& what)
{
    constexpr int flags = O_WRONLY | O_CLOEXEC;
    struct stat facts {};
    const bool exists = stat(path.c_str(), &facts) == 0;
    if (exists && !S_ISREG(facts.st_mode)) {
        Descriptor direct(::open(path.c_str(), flags)); // a folder refuses
        if (!direct.is_open()) {
            return cannot_write(what, path);
        }
        return OutputFile(std::move(direct), {}, path, what);
    }
    if (exists && access(path.c_str(), W_OK) != 0) {
        return cannot_write(what, path);
    }
    const std::string target = followed(path);
    std::string temporary = target + ".part-" + std::to_string(getpid());
    Descriptor descriptor(::open(temporary.c_str(), flags | O_CREAT | O_EXCL, 0666));
    if (!descriptor.is_open()) {
        return cannot_write(what, path);
    }
    return OutputFile(std::move(descriptor), std::move(temporary), target, what);
}

HostError OutputFile::failure() const
{
    return cannot_write(what_, path_);
}

Status OutputFile::commit(std::string_view content)
{
    if (!write_all(descriptor_.get(), content)) {
        return failure();
    }
    if (temporary_.empty()) {
        return Done{};
    }
    if (rename(temporary_.c_str(), path_.c_str()) != 0) {
        return failure();
    }
    temporary_.clear();
    return Done{};
}

} // namespace glacis::cli
