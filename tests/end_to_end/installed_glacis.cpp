#include "installed_glacis.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace glacis::end_to_end {
namespace fs = std::filesystem;

namespace {

struct Installation {
    fs::path prefix = fs::path(GLACIS_BUILD_DIRECTORY) / "tests" / "installed";
    ProcessResult result;

    Installation()
    {
        fs::remove_all(prefix);
        result = run_process(
            {"cmake", "--install", GLACIS_BUILD_DIRECTORY, "--prefix", prefix.string()});
    }
};

const Installation& installed()
{
    static const Installation once;
    return once;
}

} // namespace

const fs::path& install_prefix()
{
    return installed().prefix;
}

const ProcessResult& installation()
{
    return installed().result;
}

ProcessResult glacis(const std::vector<std::string>& arguments, const ProcessOptions& options)
{
    std::vector<std::string> command{(install_prefix() / "bin" / "glacis").string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_process(command, options);
}

std::string example(std::string_view path)
{
    return (fs::path(GLACIS_BUILD_DIRECTORY) / "examples" / path).string();
}

ScratchDirectory::ScratchDirectory()
{
    std::string pattern = (fs::temp_directory_path() / "glacis-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("no scratch directory");
    }
    path_ = pattern;
}

ScratchDirectory::~ScratchDirectory()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string ScratchDirectory::write(std::string_view name, std::string_view content) const
{
    const fs::path file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream << content;
    return file.string();
}

std::string content_of(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

ReportedRun run_with_report(const std::string& system, const std::vector<std::string>& more)
{
    const ScratchDirectory scratch;
    const fs::path file = scratch.path() / "report.json";
    std::vector<std::string> arguments{"run", system, "--report", file.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ReportedRun run;
    run.process = glacis(arguments);
    run.report = nlohmann::json::parse(content_of(file), nullptr, false);
    if (run.report.is_discarded()) {
        run.report = nullptr;
    }
    return run;
}

nlohmann::json domain_of(const nlohmann::json& report, std::string_view name)
{
    if (report.contains("domains")) {
        for (const nlohmann::json& domain : report["domains"]) {
            if (text_of(domain, "name") == name) {
                return domain;
            }
        }
    }
    return nullptr;
}

std::string text_of(const nlohmann::json& object, std::string_view member)
{
    const auto found = object.find(std::string(member));
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace glacis::end_to_end
