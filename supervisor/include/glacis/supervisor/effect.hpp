// Effects: what the VMM must do to the machine for a request, one host-visible act each.
//
// A plan lists effects in the order in which they must be done. The VMM performs them without
// holding the supervisor's lock, stops at the first that fails, and reports how far it came; the
// supervisor answers with the next plan (the undoing, for instance) or with the reply.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include <glacis/supervisor/request.hpp>
#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// Stage 2: the pages become accessible to the guest. Their content is zero (promise G12: either
/// never used or released before).
struct Commit {
    Range pages;
};

/// Stage 2: the pages are unmapped, no translation of them is left on any vCPU, their content is
/// gone. Must not fail half-way: the VMM treats a host failure here as fatal for the system.
struct Release {
    Range pages;
};

/// Tables of a domain: sets what all threads of `domain` may do with pages of domain memory.
/// Perm::none removes. A grant needs no flush; a removal is followed by a Flush in the same plan.
struct SetDomainPages {
    DomainId domain{};
    Range pages;
    Perm perm = Perm::none;
};

/// Tables of the root of (domain, stack): sets what code of `domain` running on that stack may do
/// with these pages of that same stack. A root that was never built is left alone: it is built with
/// what Supervisor::stack_pages() says when the stack first becomes active.
struct SetStackPages {
    DomainId domain{};
    StackId stack{};
    Range pages;
    Perm perm = Perm::none;
};

/// Tables of a domain: removes a foreign stack's pages from every root of `domain`, where they were
/// filled in on demand.
struct DropStackPages {
    DomainId domain{};
    Range pages;
};

/// Discards the root of a stack that is no longer active anywhere.
struct CloseRoot {
    DomainId domain{};
    StackId stack{};
};

/// At return no vCPU holds a translation of these pages that is older than the call.
struct Flush {
    Range pages;
};

using Effect =
    std::variant<Commit, Release, SetDomainPages, SetStackPages, DropStackPages, CloseRoot, Flush>;

/// Why an effect failed, as the supervisor must tell apart (promise G3).
enum class EffectFailure {
    host_no_memory, ///< ENOMEM, EAGAIN, or no page left for tables
    host_conflict,  ///< EEXIST
    host_failed,    ///< anything else
};

/// What became of a plan: all done, or the first `done` effects and then a failure.
struct PlanOutcome {
    std::size_t done = 0;
    bool failed = false;
    EffectFailure failure = EffectFailure::host_failed;
};

/// What the calling thread does next.
enum class Disposition {
    resume,     ///< goes on with the reply
    reschedule, ///< has left its vCPU (waits, yielded, ended): dispatch another
};

/// Names a request in progress between begin() and the finish() that ends it.
enum class Ticket : std::uint64_t {};

struct Plan {
    Ticket ticket{};             ///< for finish(); meaningless when is_final
    std::vector<Effect> effects; ///< empty when is_final
    bool is_final = true;        ///< reply and disposition hold; nothing more to perform
    Reply reply;
    Disposition disposition = Disposition::resume;
};

} // namespace glacis::supervisor
