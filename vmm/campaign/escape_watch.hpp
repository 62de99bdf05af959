// Whether a domain has changed what it must not: everything it may not write is kept before it runs
// and compared when it has run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/core.hpp"

namespace glacis::campaign {

/// A byte that has changed although nobody was allowed to change it.
struct Escape {
    std::string owner; ///< a domain's name, or "the VMM"
    std::string what;  ///< "0x4010f8: 0x00 became 0x41", "output", "crash"
    bool operator==(const Escape&) const = default;
};

class EscapeWatch {
public:
    /// Before code of `domain` runs in `view`. Takes the monitor's lock.
    void keep(Core& core, supervisor::DomainId domain, supervisor::StackView view);
    [[nodiscard]] bool is_keeping() const { return is_keeping_; }
    /// After it has run: the first difference of each range.
    [[nodiscard]] std::vector<Escape> compare(Core& core);
    /// What was kept is no longer what should be there.
    void forget() { is_keeping_ = false; }

private:
    struct Kept {
        supervisor::OwnedPages pages;
        std::vector<std::uint8_t> content;
    };
    bool is_keeping_ = false;
    std::vector<Kept> kept_;
};

} // namespace glacis::campaign
