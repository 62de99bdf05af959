// A file that is written at the end of a run: known to be writable before, complete or absent
// after.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/descriptor.hpp"
#include "host/result.hpp"

namespace glacis::cli {

/// A regular file is written beside its final place and then renamed; whoever reads the final place
/// finds the old content or the new one, whole. Pipes and devices are written directly. What was
/// not committed leaves no trace.
class OutputFile {
public:
    /// `what` is for errors: "the report".
    static Result<OutputFile> open(const std::string& path, const std::string& what);
    /// Nothing is opened without a path.
    static Result<std::optional<OutputFile>> open(const std::optional<std::string>& path,
                                                  const std::string& what);
    ~OutputFile();
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;

    /// Once.
    Status commit(std::string_view content);

private:
    OutputFile(Descriptor descriptor, std::string temporary, std::string path, std::string what);
    [[nodiscard]] HostError failure() const;

    Descriptor descriptor_;
    std::string temporary_; ///< empty when nothing is left to be removed
    std::string path_;
    std::string what_;
};

} // namespace glacis::cli
