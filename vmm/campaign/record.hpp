// What is kept of a run: enough to tell what happened, and to make it happen again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "campaign/fault.hpp"
#include "campaign/judge.hpp"

namespace glacis::campaign {

/// One side of a run: with protection or without.
struct Side {
    Verdict verdict;
    std::string deed;       ///< what was done, with the values of the run
    std::string fault_text; ///< the first fault record, for people; empty for none
    bool operator==(const Side&) const = default;
};

struct Record {
    std::uint64_t run = 0;
    Fault fault;
    std::string place; ///< of the fault in the program; empty where it has none
    Side with;
    std::optional<Side> without; ///< the unprotected baseline's
    bool operator==(const Record&) const = default;
};

/// What is needed beside a record to repeat it.
struct RecordContext {
    std::string campaign; ///< its identity
    std::string system;   ///< path of the description, absolute
    std::vector<std::string> arguments;
    std::uint64_t time_limit_ns = 0;
    std::uint64_t hang_ns = 0;
    std::uint64_t seed = 0;
    std::vector<std::string> builds; ///< digests of the domains' programs, in their order
    std::string description;         ///< digest of the system's
    bool operator==(const RecordContext&) const = default;
};

/// A line of runs.jsonl, without its newline.
[[nodiscard]] std::string record_line(const Record& record);
[[nodiscard]] nlohmann::ordered_json to_json(const Record& record);
[[nodiscard]] nlohmann::ordered_json to_json(const RecordContext& context);

/// Why something is no record: "fault: trigger: nth: expected a number".
struct RecordError {
    std::string reason;
};
Result<Record, RecordError> read_record(const std::string& line);
Result<RecordContext, RecordError> read_context(const nlohmann::json& document);

/// "the 3rd time that it executes parser!descend+0x11 (parser.c:88)"
[[nodiscard]] std::string trigger_text(const Fault& fault, const std::string& place);

} // namespace glacis::campaign
