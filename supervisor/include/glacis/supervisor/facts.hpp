// Facts about a guest address: what the supervisor knows when a fault has to be named.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// A slot of the stack area and what is in it.
struct SlotFacts {
    enum class State {
        unused,   ///< never held a stack
        freed,    ///< held one, holds none now
        changing, ///< being allocated or freed
        live,
    };
    State state = State::unused;
    Range slot;
    Range committed;                ///< empty unless live
    std::uint64_t limit = 0;        ///< bytes it may grow to
    DomainId creator{};             ///< of the stack, or of the last one
    std::optional<ThreadId> thread; ///< that uses the stack
    VcpuId active_on = no_vcpu;
};

struct MemoryFacts {
    bool is_allocated = false;
    DomainId owner{};         ///< supervisor_domain for shared regions
    Perm perm = Perm::none;   ///< what the viewer may do
    bool has_execute = false; ///< somebody may execute it: it holds code
};

/// Pages that somebody owns.
struct OwnedPages {
    Range pages;
    DomainId owner{}; ///< supervisor_domain for shared regions
    bool is_stack = false;
};

/// A group of domains, as its owner made it.
struct GroupFacts {
    GroupId group{};
    std::vector<DomainId> members; ///< in order
};

struct AddressFacts {
    enum class Kind {
        low,        ///< below GLACIS_LOWEST_ADDRESS
        supervisor, ///< shim, vCPU blocks, page tables
        gate,       ///< the gate page
        stack_area,
        memory, ///< domain memory, allocated or not
        nothing,
    };
    Kind kind = Kind::nothing;
    SlotFacts slot;     ///< of kind stack_area
    MemoryFacts memory; ///< of kind memory
};

} // namespace glacis::supervisor
