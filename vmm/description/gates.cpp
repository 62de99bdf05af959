#include "description/gates.hpp"

#include <algorithm>
#include <cassert>

namespace glacis {

namespace {

template <class Named> std::size_t index_of(const std::vector<Named>& all, const std::string& name)
{
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
    assert(found != all.end());
    return static_cast<std::size_t>(found - all.begin());
}

} // namespace

void link_gates(SystemDescription& system)
{
    for (DomainDescription& domain : system.domains) {
        for (GateDescription& gate : domain.gates) {
            gate.domain = index_of(system.domains, gate.callee);
            const DomainDescription& callee = system.domains[gate.domain];
            gate.exported = index_of(callee.program.exports(), gate.name);
            gate.scrub = callee.exports[index_of(callee.exports, gate.name)].scrub;
        }
    }
}

} // namespace glacis
