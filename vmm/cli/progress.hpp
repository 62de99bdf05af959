// What a campaign tells while it goes on.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "campaign/record.hpp"

namespace glacis::cli {

/// On a terminal a line that is written over, otherwise a line at each tenth.
class Progress {
public:
    /// `all`: runs of the campaign `name`; `done`: those that were done before.
    Progress(std::string name, std::uint64_t all, std::uint64_t done);

    void add(const campaign::Record& record);
    /// Several times a second.
    void show();
    void end() const;

private:
    [[nodiscard]] std::string line() const;

    std::string name_;
    std::uint64_t all_;
    std::uint64_t done_;
    std::uint64_t done_before_;
    bool is_terminal_;
    std::uint64_t start_; ///< monotonic time in ns
    std::uint64_t shown_ = 0;
    std::array<std::uint64_t, campaign::all_outcomes.size()> outcomes_{};
};

} // namespace glacis::cli
