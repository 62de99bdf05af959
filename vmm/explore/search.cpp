#include "explore/search.hpp"

#include <algorithm>
#include <utility>

namespace glacis::explore {

Search::Search(Run run, const SearchLimits& limits, Progress progress)
    : run_(std::move(run)), limits_(limits), progress_(std::move(progress)),
      refinements_left_(limits.refinements)
{
}

/// Each schedule is made from exactly one other, by its last preemption; so none is run twice.
Result<SearchResult> Search::run()
{
    auto next = try_one({});
    if (!next) {
        return next.error();
    }
    if (*next == Next::stop) {
        return result_;
    }
    while (!result_.find) {
        result_.complete_bound = bound_;
        if (bound_ == limits_.preemptions || next_.empty()) {
            result_.complete_bound = limits_.preemptions;
            return result_;
        }
        ++bound_;
        for (const Parent& parent : std::exchange(next_, {})) {
            next = try_children(parent);
            if (!next) {
                return next.error();
            }
            if (*next == Next::stop) {
                return result_;
            }
        }
    }
    return result_;
}

Result<Search::Next> Search::try_children(const Parent& parent)
{
    for (const std::uint32_t point : parent.alternatives) {
        if (result_.find && point >= result_.find->seen.points) {
            break; // it would be longer
        }
        Schedule schedule = parent.schedule;
        schedule.push_back(point);
        auto next = try_one(std::move(schedule));
        if (!next || *next == Next::stop) {
            return next;
        }
    }
    return Next::go_on;
}

Result<Search::Next> Search::try_one(Schedule schedule)
{
    if (result_.find && refinements_left_-- == 0) {
        return Next::stop;
    }
    if (result_.schedules == limits_.schedules) {
        result_.end = result_.find ? SearchResult::End::found : SearchResult::End::limit;
        return Next::stop;
    }
    auto seen = run_(schedule);
    if (!seen) {
        return seen.error();
    }
    if (seen->verdict == Verdict::abandoned) {
        result_.end = result_.find ? SearchResult::End::found : SearchResult::End::interrupted;
        return Next::stop;
    }
    note(std::move(schedule), std::move(*seen));
    if (progress_) {
        progress_(result_, bound_);
    }
    const bool is_done = result_.find && (bound_ == 0 || limits_.refinements == 0);
    return is_done ? Next::stop : Next::go_on;
}

void Search::note(Schedule schedule, Observation seen)
{
    ++result_.schedules;
    result_.most_points = std::max(result_.most_points, seen.points);
    result_.cut += seen.verdict == Verdict::cut ? 1 : 0;
    const bool is_new = traces_.insert(seen.trace).second;
    result_.duplicates += is_new ? 0 : 1;
    if (seen.verdict == Verdict::bad) {
        if (!result_.find || seen.points < result_.find->seen.points) {
            result_.end = SearchResult::End::found;
            result_.find = Find{std::move(schedule), std::move(seen)};
        }
        return;
    }
    // What follows another run in which the same has happened follows this one too.
    if (is_new && bound_ < limits_.preemptions) {
        keep(std::move(schedule), std::move(seen));
    }
}

void Search::keep(Schedule schedule, Observation seen)
{
    auto& points = seen.alternatives;
    if (!schedule.empty()) {
        points.erase(points.begin(),
                     std::upper_bound(points.begin(), points.end(), schedule.back()));
    }
    if (!points.empty()) {
        points.shrink_to_fit();
        next_.push_back({std::move(schedule), std::move(points)});
    }
}

} // namespace glacis::explore
