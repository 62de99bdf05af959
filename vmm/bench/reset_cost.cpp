// Bringing a system back to its start, as fault injection does between runs.

#include <cstring>
#include <optional>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/benchmarks.hpp"
#include "bench/process_time.hpp"
#include "bench/programs.hpp"
#include "bench/samples.hpp"
#include "host/descriptor.hpp"
#include "machine/kick.hpp"
#include "machine/resettable_system.hpp"

namespace glacis::bench {

namespace {

constexpr std::uint64_t mib = 1 << 20;

/// Nothing, for a console.
void ignore(std::string_view, std::string_view) {}

RunOptions repeatable()
{
    RunOptions options;
    options.repeatable = Repeatable{};
    return options;
}

template <class Work> double time_of(Work work)
{
    const std::uint64_t begin = monotonic_now();
    work();
    return static_cast<double>(monotonic_now() - begin);
}

/// A system that is run and reset.
class Resetter {
public:
    static Result<Resetter> build(const SystemDescription& system)
    {
        auto built = ResettableSystem::build(system, repeatable());
        if (!built) {
            return built.error();
        }
        return Resetter(std::move(*built));
    }

    /// Runs the system; the time of the reset, in nanoseconds.
    Result<double> time()
    {
        const auto report = system_->run(&ignore, nullptr);
        if (!report) {
            return report.error();
        }
        if (report->exit_status() != 0) {
            return HostError{"", 0, "the guest did not end well"};
        }
        Status done = Done{};
        const double taken = time_of([&] { done = system_->reset(); });
        if (!done) {
            return done.error();
        }
        return taken;
    }

private:
    explicit Resetter(std::unique_ptr<ResettableSystem> system) : system_(std::move(system)) {}
    std::unique_ptr<ResettableSystem> system_;
};

/// Building it and throwing it away, without a run.
Result<double> time_of_start(const SystemDescription& system)
{
    const RunOptions options = repeatable();
    Status built = Done{};
    const double taken = time_of([&] {
        Core core(system, options);
        built = core.build();
    });
    if (!built) {
        return built.error();
    }
    return taken;
}

/// The system of dirty_pages, which writes to `pages` of a region that has a file in it.
Result<SystemDescription> dirtying(std::uint64_t pages, std::uint64_t region_size,
                                   const std::string& file)
{
    auto system = describe("dirty_pages", {"field", std::to_string(pages)});
    if (!system) {
        return system;
    }
    RegionDescription region;
    region.name = "field";
    region.size = region.content_size = region_size;
    region.file = file;
    system->regions.push_back(region);
    system->memory = 16 * mib + region_size;
    system->domains.front().regions.push_back({0, PD_PERM_READ | PD_PERM_WRITE});
    return system;
}

/// A file whose every page has content, and its path.
class FullFile {
public:
    explicit FullFile(std::uint64_t size) : file_(::memfd_create("full", MFD_CLOEXEC))
    {
        const std::vector<char> content(mib, 'x');
        for (std::uint64_t done = 0; is_good_ && done < size; done += mib) {
            is_good_ = ::write(file_.get(), content.data(), mib) == static_cast<ssize_t>(mib);
        }
    }
    [[nodiscard]] bool is_good() const { return is_good_; }
    [[nodiscard]] std::string path() const
    {
        return "/proc/self/fd/" + std::to_string(file_.get());
    }

private:
    Descriptor file_;
    bool is_good_ = true;
};

BenchResult result_of(const std::string& name, const std::string& floor,
                      const std::vector<Pair>& pairs, std::optional<double> at_most)
{
    BenchResult result;
    result.name = name;
    result.unit = "ns";
    result.floor = floor;
    if (at_most) {
        result.targets = {{Target::Kind::ratio_at_most, *at_most}};
    }
    set_from_pairs(result, pairs);
    return result;
}

/// hello: beside its start, and beside a process.
Result<Done> measure_hello(std::size_t samples, std::vector<BenchResult>& results)
{
    const auto process = file_path("nothing");
    const auto system = describe("hello", {});
    if (!process || !system) {
        return process ? system.error() : process.error();
    }
    auto hello = Resetter::build(*system);
    if (!hello) {
        return hello.error();
    }
    std::vector<Pair> starts;
    std::vector<Pair> processes;
    for (std::size_t index = 0; index < samples + 1; ++index) {
        const auto start = time_of_start(*system);
        const auto other = time_process({*process});
        const auto reset = hello->time();
        if (!start || !other || !reset) {
            return !start ? start.error() : !other ? other.error() : reset.error();
        }
        if (index > 0) {
            starts.push_back({*start, *reset});
            processes.push_back({*other, *reset});
        }
    }
    results.push_back(
        result_of("inject.reset", "a start of the same system, and its end", starts, 1.0 / 10));
    results.push_back(
        result_of("inject.reset_process", "a process that does nothing", processes, 1.0 / 10));
    return Done{};
}

/// By pages that were written, and by what there is besides.
Result<Done> measure_pages(std::size_t samples, std::vector<BenchResult>& results)
{
    constexpr std::uint64_t few = 16;
    constexpr std::uint64_t many = 1024;
    constexpr std::uint64_t small = 4 * mib;
    constexpr std::uint64_t large = 256 * mib;
    const FullFile file(large);
    if (!file.is_good()) {
        return host_error("write", "filling a region");
    }
    const auto few_in_small = dirtying(few, small, file.path());
    const auto few_in_large = dirtying(few, large, file.path());
    const auto many_in_small = dirtying(many, small, file.path());
    for (const auto* system : {&few_in_small, &few_in_large, &many_in_small}) {
        if (!*system) {
            return system->error();
        }
    }
    auto base = Resetter::build(*few_in_small);
    auto beside = Resetter::build(*few_in_large);
    auto more = Resetter::build(*many_in_small);
    if (!base || !beside || !more) {
        return !base ? base.error() : !beside ? beside.error() : more.error();
    }
    std::vector<std::uint8_t> from(many * supervisor::page_size, 1);
    std::vector<std::uint8_t> to(from.size());
    std::vector<Pair> sizes;
    std::vector<Pair> pages;
    for (std::size_t index = 0; index < samples + 1; ++index) {
        const auto floor = base->time();
        const auto in_large = beside->time();
        const auto with_many = more->time();
        if (!floor || !in_large || !with_many) {
            return !floor ? floor.error() : !in_large ? in_large.error() : with_many.error();
        }
        const double copy = time_of([&] { std::memcpy(to.data(), from.data(), from.size()); });
        if (index > 0) {
            sizes.push_back({*floor, *in_large});
            pages.push_back({copy / static_cast<double>(many),
                             (*with_many - *floor) / static_cast<double>(many - few)});
        }
    }
    results.push_back(result_of("inject.reset_in_256_mib",
                                "16 pages written, where memory has 4 MiB of content", sizes, 1.3));
    results.push_back(result_of("inject.reset_page", "copying a page", pages, std::nullopt));
    return Done{};
}

} // namespace

Measured measure_resets(std::size_t samples)
{
    std::vector<BenchResult> results;
    if (auto done = measure_hello(samples, results); !done) {
        return done.error();
    }
    if (auto done = measure_pages(samples, results); !done) {
        return done.error();
    }
    return results;
}

} // namespace glacis::bench
