// Makes the recording of a run while it goes on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explore/recording.hpp"
#include "explore/traps.hpp"
#include "fault/symbols.hpp"
#include "machine/intervention.hpp"

namespace glacis::explore {

class Recorder {
public:
    /// `recording` outlives it.
    explicit Recorder(Recording& recording) : recording_(recording) {}

    void call(RunningThread& thread, const CpuEvent& event);
    void instruction(RunningThread& thread, const Traps& traps, std::uint64_t address);
    void preempted(RunningThread& thread, std::uint32_t point);
    /// The thread is about to go on: if it has made a call, that has been answered by now.
    void goes_on(RunningThread& thread);
    /// The thread that has last done something has written it.
    void output(std::string_view line);

private:
    Step& add(RunningThread& thread, Step::Kind kind);
    std::size_t place_of(RunningThread& thread);
    [[nodiscard]] Place caller(RunningThread& thread);
    [[nodiscard]] static std::optional<fault::Symbol> symbol(RunningThread& thread,
                                                             std::uint64_t address);

    Recording& recording_;
    std::map<supervisor::ThreadId, std::size_t> threads_;
    std::map<supervisor::ThreadId, std::size_t> unanswered_; ///< the step of the call
    std::size_t last_ = 0;
    bool is_any_ = false;
};

} // namespace glacis::explore
