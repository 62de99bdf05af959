// The installed tool, as a user has it: its commands, the examples and the reports it writes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "process.hpp"

namespace glacis::end_to_end {

/// Where `cmake --install` has put everything; done once for the executable.
const std::filesystem::path& install_prefix();

/// The outcome of the installation itself.
const ProcessResult& installation();

/// `glacis ARGUMENTS...`
ProcessResult glacis(const std::vector<std::string>& arguments, const ProcessOptions& options = {});

/// A file of the built examples, "stack_faults/overflow.toml".
std::string example(std::string_view path);

/// A directory of its own for each test, empty at first and gone at the end.
class ScratchDirectory {
public:
    ScratchDirectory();
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Writes a file below it, with its directories; returns the file's path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view content) const;

private:
    std::filesystem::path path_;
};

std::string content_of(const std::filesystem::path& file);

/// `glacis run --report`: the outcome and the report, null where none was written.
struct ReportedRun {
    ProcessResult process;
    nlohmann::json report;
};
ReportedRun run_with_report(const std::string& system, const std::vector<std::string>& more = {});

/// The entry of a domain in a report; null where it has none.
nlohmann::json domain_of(const nlohmann::json& report, std::string_view name);

/// A member that is a string; empty where it is missing, null or something else.
std::string text_of(const nlohmann::json& object, std::string_view member);

} // namespace glacis::end_to_end
