// The file of a report: known to be writable before the run, complete or absent after it.
#pragma once

#include <optional>
#include <string>

#include "cli/command.hpp"
#include "description/system.hpp"
#include "host/descriptor.hpp"
#include "host/result.hpp"

namespace glacis::cli {

/// The place for the report, if one is wanted. A regular file is written beside its final place and
/// then renamed; whoever reads the final place finds the old report or the new one, whole. Pipes
/// and devices are written directly. What was not committed leaves no trace.
class ReportFile {
public:
    /// Without a path nothing is opened, and commit() does nothing.
    static Result<ReportFile> open(const std::optional<std::string>& path);
    ~ReportFile();
    ReportFile(ReportFile&& other) noexcept;
    ReportFile& operator=(ReportFile&&) = delete;

    /// Once.
    Status commit(const SystemDescription& system, const RunCommand& command,
                  const RunReport& report);

private:
    static Result<ReportFile> open_at(const std::string& path);
    ReportFile(Descriptor descriptor, std::string temporary, std::string path);

    Descriptor descriptor_;
    std::string temporary_; ///< empty when nothing is left to be removed
    std::string path_;
};

} // namespace glacis::cli
