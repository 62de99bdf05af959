// From a raw fault to the finished record.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fault/backtrace.hpp"
#include "fault/classify.hpp"
#include "fault/record.hpp"
#include "fault/symbols.hpp"

namespace glacis::fault {

/// A program in the faulting domain's memory.
struct FaultModule {
    std::string name;                     ///< the domain's name
    const SymbolTable* symbols = nullptr; ///< null: no names
    std::uint64_t base = 0;               ///< guest address of the image
    std::uint64_t size = 0;               ///< bytes
};

/// Who faulted, and how to look around.
struct FaultSubject {
    std::string domain;
    std::uint64_t thread = 0; ///< number for people
    std::string thread_name;
    std::uint32_t vcpu = 0;
    std::vector<std::string> callers; ///< domains, the thread's own first, when it is in calls
    std::uint64_t stack_peak = 0;     ///< bytes
    std::vector<FaultModule> modules;
    /// Reads 8 bytes of guest memory that the domain may read, code included; false otherwise. The
    /// walk of the stack stays in the committed range by itself.
    WordReader read;
    /// Facts; context.viewer is the faulting domain, context.stack its active stack.
    FaultContext context;
    /// Runs `ask` while the answers of the context's callables cannot change; they are called
    /// nowhere else. Names, disassembly and backtrace, which take long, are made outside. May be
    /// empty.
    std::function<void(const std::function<void()>& ask)> steadily;
};

/// Everything except `action`, which the caller knows.
[[nodiscard]] FaultRecord build_record(const RawFault& fault, const FaultSubject& subject);

} // namespace glacis::fault
