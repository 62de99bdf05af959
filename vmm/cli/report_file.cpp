#include "cli/report_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.hpp"
#include "cli/report.hpp"

namespace glacis::cli {

namespace {

HostError failure(const std::string& path)
{
    return host_error("cannot write the report", path);
}

/// The file that `path` leads to, symbolic links followed; `path` itself when there is none yet.
std::string followed(const std::string& path)
{
    const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                           &std::free);
    return real ? real.get() : path;
}

} // namespace

ReportFile::ReportFile(Descriptor descriptor, std::string temporary, std::string path)
    : descriptor_(std::move(descriptor)), temporary_(std::move(temporary)), path_(std::move(path))
{
}

ReportFile::ReportFile(ReportFile&& other) noexcept
    : descriptor_(std::move(other.descriptor_)), temporary_(std::exchange(other.temporary_, {})),
      path_(std::move(other.path_))
{
}

ReportFile::~ReportFile()
{
    if (!temporary_.empty()) {
        unlink(temporary_.c_str());
    }
}

Result<ReportFile> ReportFile::open(const std::optional<std::string>& path)
{
    return path ? open_at(*path) : ReportFile({}, {}, {});
}

Result<ReportFile> ReportFile::open_at(const std::string& path)
{
    constexpr int flags = O_WRONLY | O_CLOEXEC;
    struct stat facts {};
    const bool exists = stat(path.c_str(), &facts) == 0;
    if (exists && !S_ISREG(facts.st_mode)) {
        Descriptor direct(::open(path.c_str(), flags)); // a folder refuses
        if (!direct.is_open()) {
            return failure(path);
        }
        return ReportFile(std::move(direct), {}, path);
    }
    if (exists && access(path.c_str(), W_OK) != 0) {
        return failure(path);
    }
    const std::string target = followed(path);
    std::string temporary = target + ".part-" + std::to_string(getpid());
    Descriptor descriptor(::open(temporary.c_str(), flags | O_CREAT | O_EXCL, 0666));
    if (!descriptor.is_open()) {
        return failure(path);
    }
    return ReportFile(std::move(descriptor), std::move(temporary), target);
}

Status ReportFile::commit(const SystemDescription& system, const RunCommand& command,
                          const RunReport& report)
{
    if (!descriptor_.is_open()) {
        return Done{};
    }
    if (!write_all(descriptor_.get(), report_text(system, command, report))) {
        return failure(path_);
    }
    if (temporary_.empty()) {
        return Done{};
    }
    if (rename(temporary_.c_str(), path_.c_str()) != 0) {
        return failure(path_);
    }
    temporary_.clear();
    return Done{};
}

} // namespace glacis::cli
