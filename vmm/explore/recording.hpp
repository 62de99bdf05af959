// What happened in one run, for people: thread by thread, in the order of time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glacis::explore {

/// Of a step, in the program's source; empty and 0 where unknown.
struct Place {
    std::string function;
    std::string file;
    int line = 0;
};

struct Step {
    enum class Kind {
        call,        ///< a hypercall, or a call into another domain
        instruction, ///< of a marked function
        output,      ///< a line on the console
        preempted,   ///< the thread gave way, at the point that comes next in it
    };
    Kind kind = Kind::call;
    std::size_t thread = 0; ///< index into Recording::threads
    std::string what;       ///< "stack_alloc", "mov %rax,(%rdx)", the line
    Place place;
    std::string refusal;     ///< of a call that did not succeed: what it was answered
    std::uint32_t point = 0; ///< preempted: the number of the point
};

struct Recording {
    struct Thread {
        std::string domain;
        std::string name;         ///< may be empty
        std::uint64_t number = 0; ///< in the system
    };
    std::vector<Thread> threads; ///< in the order in which they came up
    std::vector<Step> steps;
};

} // namespace glacis::explore
