// The search through schedules: those without a preemption first, then those with one, two, ...
//
// What a run is, is not known here: it is a function from a schedule to what was seen. The same
// schedule always gives the same.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_set>
#include <vector>

#include "host/result.hpp"

namespace glacis::explore {

/// The points at which the running thread gives way, in ascending order. Points are numbered as
/// they come in a run, so that a number means the same in every run that was alike until then.
using Schedule = std::vector<std::uint32_t>;

enum class Verdict {
    good,
    bad,       ///< what is searched for
    cut,       ///< ended because it was too long; nothing bad until then
    abandoned, ///< ended because the search was interrupted: says nothing
};

/// What a run was like.
struct Observation {
    Verdict verdict = Verdict::good;
    std::uint32_t points = 0;                ///< how many there were
    std::vector<std::uint32_t> alternatives; ///< points at which another thread could have gone on
    std::uint64_t trace = 0;                 ///< equal when the same happened in the same order
};

struct SearchLimits {
    std::uint32_t preemptions = 2;    ///< most of one schedule
    std::uint64_t schedules = 10'000; ///< most that are run
    /// Runs that are spent, after the first bad one, on finding one with as many preemptions and
    /// fewer points.
    std::uint64_t refinements = 200;
};

struct Find {
    Schedule schedule;
    Observation seen;
};

struct SearchResult {
    enum class End {
        found,
        exhausted, ///< every schedule within the bound was run
        limit,     ///< as many as were allowed
        interrupted,
    };
    End end = End::exhausted;
    std::optional<Find> find; ///< fewest preemptions, then fewest points
    std::uint64_t schedules = 0;
    std::uint64_t duplicates = 0; ///< of them, those in which the same happened as in another
    std::uint64_t cut = 0;        ///< of them
    std::uint32_t most_points = 0;
    /// All schedules with at most so many preemptions were run; nothing: not even the one without.
    std::optional<std::uint32_t> complete_bound;
};

class Search {
public:
    using Run = std::function<Result<Observation>(const Schedule&)>;
    /// Told after each run how far the search is: which number of preemptions it is at.
    using Progress = std::function<void(const SearchResult&, std::uint32_t preemptions)>;

    Search(Run run, const SearchLimits& limits, Progress progress = {});

    /// Once. A HostError of a run ends the search.
    Result<SearchResult> run();

private:
    /// A schedule from which others are made, by one more preemption behind its last.
    struct Parent {
        Schedule schedule;
        std::vector<std::uint32_t> alternatives;
    };

    enum class Next { go_on, stop };

    Result<Next> try_one(Schedule schedule);
    Result<Next> try_children(const Parent& parent);
    void note(Schedule schedule, Observation seen);
    void keep(Schedule schedule, Observation seen);

    Run run_;
    SearchLimits limits_;
    Progress progress_;
    SearchResult result_;
    std::uint32_t bound_ = 0;
    std::uint64_t refinements_left_ = 0;
    std::vector<Parent> next_; ///< parents of the next bound
    std::unordered_set<std::uint64_t> traces_;
};

} // namespace glacis::explore
