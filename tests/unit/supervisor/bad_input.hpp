// Every wrong call that docs/hypercalls.md lists, with what makes it: one table a group of calls.
#pragma once

#include <vector>

#include "world.hpp"

namespace glacis::supervisor::test {

/// Domains and what they have, so that each wrong call differs from a right one in one thing.
///
///   number  domain     vCPU   what it is for
///   0       caller     0, 3   makes the calls; all its quotas are used up but memory
///   1       neighbour  1      has room for one page, one grant, one child and 3 pages of stack
///   2       gone              has ended
///   3       rich       2      has no quotas
struct BadScene {
    BadScene();

    World world;
    Caller caller;
    Caller worker; ///< another thread of the caller's domain
    Caller neighbour;
    Caller rich;
    /// Who makes the call under test.
    Caller who;
    /// A call of somebody else that is in progress meanwhile.
    std::optional<Plan> pending;

    std::uint64_t own = 0;       ///< eight pages; others may read pages 0 to 2 and 4
    std::uint64_t foreign = 0;   ///< the neighbour's page, right above
    std::uint64_t passed_on = 0; ///< a page that the rich one owns now
    std::uint64_t region = 0;    ///< a shared region that the caller may read
    std::uint64_t freed = 0;     ///< a page that was freed

    std::uint64_t home = 0;         ///< the stack of `caller`
    std::uint64_t worker_stack = 0; ///< active on another vCPU
    std::uint64_t ready_stack = 0;  ///< its thread waits for a vCPU
    std::uint64_t idle = 0;         ///< two pages that may become six; the neighbour manages it
    std::uint64_t managed = 0;      ///< the neighbour's, managed by the caller
    std::uint64_t foreign_stack = 0;
    std::uint64_t freed_stack = 0;

    std::uint64_t joined = 0;   ///< a thread that has ended and was joined
    std::uint64_t detached = 0; ///< one on `ready_stack`
    std::uint64_t foreign_thread = 0;

    Caller manager;         ///< of add_manager(), on vCPU 4
    std::uint64_t held = 0; ///< the thread that it manages, and was told of

    std::uint64_t group = 0; ///< the neighbour and the rich one
    std::uint64_t foreign_group = 0;
    std::uint64_t deleted_group = 0;

    /// Adds a manager and a domain with one thread for it; the manager makes the call.
    void add_manager();
    /// The manager runs that thread, and another thread of it, on vCPU 6, makes the call.
    void run_held();
    /// The manager ran that thread, which sleeps now.
    void let_sleep();
    /// Another thread begins a call.
    void meanwhile(const Caller& other, const Request& request);
    [[nodiscard]] std::uint64_t page_of(std::uint64_t stack, std::uint64_t below_top) const
    {
        return stack + world.layout.stack_slot - below_top * page;
    }
};

struct BadCall {
    const char* call; ///< as docs/hypercalls.md names it
    const char* wrong;
    pd_status status;
    Request (*request)(BadScene& scene); ///< may set up more first
};

[[nodiscard]] std::vector<BadCall> bad_memory_calls();
[[nodiscard]] std::vector<BadCall> bad_group_calls();
[[nodiscard]] std::vector<BadCall> bad_stack_calls();
[[nodiscard]] std::vector<BadCall> bad_domain_calls();
[[nodiscard]] std::vector<BadCall> bad_thread_calls();
[[nodiscard]] std::vector<BadCall> bad_fault_calls();

} // namespace glacis::supervisor::test
