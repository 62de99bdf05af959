#include "description/load.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_map>

#include <sys/sysinfo.h>

#include "description/builtin.hpp"
#include "description/files.hpp"
#include "description/gates.hpp"
#include "description/layout.hpp"
#include "description/nearest.hpp"
#include "description/parse.hpp"
#include "description/units.hpp"
#include "loader/elf_file.hpp"
#include "loader/machine.hpp"

namespace glacis {

namespace {

/// Loads programs, each file once however many domains run it.
class Programs {
public:
    explicit Programs(std::uint16_t machine) : machine_(machine) {}

    const Result<Program, FileError>& load(const std::string& path)
    {
        const auto known = loaded_.find(path);
        return known != loaded_.end() ? known->second
                                      : loaded_.emplace(path, read(path)).first->second;
    }

private:
    Result<Program, FileError> read(const std::string& path) const
    {
        if (path.starts_with(builtin_prefix)) {
            return take_builtin(path.substr(builtin_prefix.size()));
        }
        auto opened = RegularFile::open(path, max_program_file_size);
        if (!opened) {
            return opened.error();
        }
        const auto file = std::make_shared<const RegularFile>(std::move(opened).value());
        auto bytes = read_loaded(*file);
        if (!bytes) {
            return bytes.error();
        }
        auto program = Program::parse(std::move(bytes).value(), machine_, [file] {
            auto whole = file->read(file->size());
            return whole ? std::move(whole).value() : std::vector<std::byte>{};
        });
        if (!program) {
            return FileError{program.error().reason};
        }
        return std::move(program).value();
    }

    Result<Program, FileError> take_builtin(const std::string& name) const
    {
        const auto image = builtin_program(name);
        if (!image) {
            const std::string hint =
                did_you_mean(name, {builtin_names.begin(), builtin_names.end()});
            return FileError{"the tool comes with no such program" +
                             (hint.empty() ? hint : "; " + hint)};
        }
        const std::vector<std::byte> bytes(image->begin(), image->end());
        auto program = Program::parse(bytes, machine_, [bytes] { return bytes; });
        if (!program) {
            return FileError{program.error().reason};
        }
        return std::move(program).value();
    }

    /// What loading takes: debug information may be many times as large.
    static Result<std::vector<std::byte>, FileError> read_loaded(const RegularFile& file)
    {
        constexpr std::uint64_t beginning = GLACIS_PAGE_SIZE;
        auto bytes = file.read(std::min(beginning, file.size()));
        if (!bytes || bytes->size() == file.size()) {
            return bytes;
        }
        const std::uint64_t needed = std::min(loaded_size(*bytes), file.size());
        return needed > bytes->size() ? file.read(needed) : std::move(bytes);
    }

    std::uint16_t machine_;
    std::unordered_map<std::string, Result<Program, FileError>> loaded_;
};

/// The description's exports must be the program's.
void check_exports(const RawDomain& raw, const std::string& title, const Program& program,
                   ErrorList& errors)
{
    std::vector<std::string_view> names;
    for (const ProgramExport& exported : program.exports()) {
        names.push_back(exported.name);
    }
    for (const auto& wanted : raw.exports) {
        if (std::find(names.begin(), names.end(), wanted.name.value) == names.end()) {
            errors.add(wanted.name.at,
                       title + ": exports: its program does not export " + named(wanted.name.value),
                       did_you_mean(wanted.name.value, names));
        }
    }
}

void load_program(const RawDomain& raw, std::size_t index, Programs& programs,
                  DomainDescription& domain, ErrorList& errors)
{
    if (!raw.program || domain.program_path.empty()) {
        return;
    }
    const std::string title = raw.title(index);
    if (!domain.program_path.starts_with(builtin_prefix)) {
        domain.program_path = resolve_path(errors.file(), domain.program_path);
    }
    const auto& program = programs.load(domain.program_path);
    if (!program) {
        errors.add(raw.program->at, title + ": program " + named(raw.program->value) + ": " +
                                        program.error().reason);
        return;
    }
    domain.program = program.value();
    check_exports(raw, title, domain.program, errors);
    if (raw.quota.memory && raw.quota.memory->value < domain.program.image_size()) {
        errors.add(raw.quota.memory->at,
                   title + ": quota: memory: " + size_text(raw.quota.memory->value) +
                       " is less than the image of its program, " +
                       size_text(domain.program.image_size()));
    }
}

void load_region(const RawRegion& raw, std::uint64_t memory, RegionDescription& region,
                 ErrorList& errors)
{
    if (region.output && !raw.given_output) {
        region.output = resolve_path(errors.file(), *region.output);
    }
    if (!region.file) {
        return;
    }
    const std::string title = "region " + named(region.name) + ": file " + named(*region.file);
    const Position at = raw.given_file ? Position{} : raw.file->at;
    if (!raw.given_file) {
        region.file = resolve_path(errors.file(), *region.file);
    }
    const auto size = readable_size(*region.file);
    if (!size) {
        errors.add(at, title + ": " + size.error().reason);
        return;
    }
    if (*size > memory) {
        errors.add(at, title + ": " + size_text(*size) +
                           " is more than the memory of the system, " + size_text(memory));
        return;
    }
    region.content_size = *size;
    // An empty file is a page without content: a region has at least one.
    region.size = std::max(supervisor::page_ceil(*size), supervisor::page_size);
}

void check_memory(const RawDescription& raw, const SystemDescription& system, ErrorList& errors)
{
    const std::uint64_t needed = memory_at_start(system);
    if (needed > system.memory) {
        errors.add(raw.memory ? raw.memory->at : Position{},
                   "system: memory: programs and regions need " + size_text(needed) +
                       ", there is " + size_text(system.memory));
    }
}

/// "pipeline" for "examples/pipeline.toml", as far as it is a name.
std::string name_from(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    name = name.substr(0, name.rfind('.'));
    constexpr std::size_t longest = 31;
    for (char& c : name) {
        const bool is_good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '_' || c == '-';
        c = is_good ? c : '_';
    }
    return name.empty() ? "system" : name.substr(0, longest);
}

} // namespace

HostLimits host_limits()
{
    struct sysinfo facts {};
    const bool is_known = sysinfo(&facts) == 0;
    return {.memory = is_known ? std::uint64_t{facts.totalram} * facts.mem_unit : UINT64_MAX,
            .machine = host_machine()};
}

Result<SystemDescription, std::vector<DescriptionError>>
load_description(const std::string& path, const HostLimits& host, const RegionFiles& files)
{
    ErrorList errors(path);
    const auto bytes = read_file(path, max_description_size);
    if (!bytes) {
        errors.add({}, bytes.error().reason);
        return errors.take();
    }
    const std::string_view text{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
    auto parsed = parse_description(text, errors);
    if (!parsed) {
        return errors.take();
    }
    apply(files, *parsed, errors);
    const RawDescription& raw = *parsed;
    SystemDescription system = resolve(raw, host, errors);
    if (system.name.empty()) {
        system.name = name_from(path);
    }
    for (std::size_t i = 0; i < system.regions.size(); ++i) {
        load_region(raw.regions[i], system.memory, system.regions[i], errors);
    }
    Programs programs(host.machine);
    for (std::size_t i = 0; i < system.domains.size(); ++i) {
        load_program(raw.domains[i], i, programs, system.domains[i], errors);
    }
    if (errors.is_empty()) {
        link_gates(system);
        check_memory(raw, system, errors);
    }
    if (!errors.is_empty()) {
        return errors.take();
    }
    return system;
}

} // namespace glacis
