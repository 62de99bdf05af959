// Requests of every kind with arguments that often make sense, for tests that try many.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "world.hpp"

namespace glacis::supervisor::test {

/// For the domains of a test: one with small quotas, one with some, one without.
[[nodiscard]] std::vector<Quota> various_quotas();

/// What was given out, so that requests meet; also when it is gone by now.
struct GivenOut {
    struct Value {
        DomainId domain{}; ///< that got it
        std::uint64_t value = 0;
    };
    std::vector<Value> memory; ///< addresses, the latest last
    std::vector<Value> stacks;
    std::vector<Value> threads;
    std::vector<Value> groups;
    std::vector<std::uint64_t> told;                        ///< to managers: handles of threads
    std::vector<Value> children;                            ///< handles of domains
    std::vector<std::pair<std::uint64_t, DomainId>> faults; ///< by handle, the latest last

    void note(DomainId domain, const Request& request, const Reply& reply);
    /// What a reply tells a thread manager, at once or when it is dispatched.
    void note_event(const Reply& reply);
};

/// One vCPU's source of requests. Several may share a world and what was given out; whoever uses
/// them from several threads holds the supervisor's lock meanwhile.
class RandomRequests {
public:
    RandomRequests(World& world, const GivenOut& given, std::uint64_t seed)
        : world_(world), given_(given), random_(seed)
    {
    }

    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    [[nodiscard]] bool chance(std::uint64_t in) { return below(in) == 0; }

    [[nodiscard]] Request next(const Caller& caller);
    /// A page near the top of the caller's active stack.
    [[nodiscard]] std::uint64_t on_stack(const Caller& caller);
    /// The guest's access to a stack's page somewhere, with the VMM's handling of the fault.
    void touch(const Caller& caller);

private:
    [[nodiscard]] std::uint64_t stack(const Caller& caller);
    [[nodiscard]] std::uint64_t memory(const Caller& caller);
    [[nodiscard]] std::uint64_t length();
    [[nodiscard]] std::uint64_t perm();
    [[nodiscard]] std::uint64_t domain();
    [[nodiscard]] std::uint64_t timeout();
    /// Mostly the caller's own.
    [[nodiscard]] std::uint64_t one_of(const std::vector<GivenOut::Value>& given,
                                       const Caller& caller);
    [[nodiscard]] Request memory_request(const Caller& caller);
    [[nodiscard]] Request group_request(const Caller& caller);
    [[nodiscard]] Request manager_request(const Caller& caller);
    [[nodiscard]] Request stack_request(const Caller& caller);
    [[nodiscard]] Request domain_request(const Caller& caller);
    [[nodiscard]] Request create_domain(const Caller& caller);
    [[nodiscard]] Request gate_request();
    [[nodiscard]] Request fault_request(const Caller& caller);
    [[nodiscard]] std::uint64_t fault(const Caller& caller);
    [[nodiscard]] Request thread_request(const Caller& caller);

    World& world_;
    const GivenOut& given_;
    std::mt19937_64 random_;
};

/// Domains with the quotas above: the first has no handler of its faults, and all stop with the
/// last when that faults.
void add_domains(World& world);

/// What the VMM does with a request that was answered: a domain that was made is started, one whose
/// fault was to end it is stopped.
void follow_up(World& world, GivenOut& given, const Caller& caller, const Request& request,
               const Reply& reply, const std::function<Plan(Plan)>& perform);
/// Its first image, stack, thread and what it is granted; or it is gone again.
void start_child(World& world, DomainId child, const std::function<Plan(Plan)>& perform);
/// Of a domain that has been released: a child may begin anew, or has ended for good.
void conclude(World& world, DomainId domain, bool begins_anew,
              const std::function<Plan(Plan)>& perform);
/// The thread on the vCPU faults, and its handler is asked. Whether it has left.
[[nodiscard]] bool suspend_faulting(World& world, GivenOut& given, const Caller& caller,
                                    std::uint64_t timeout);

/// Gives a new life to a domain that was released, when there is room for its image and its stack.
/// Each plan is performed by `perform`.
void restart(World& world, DomainId domain, const std::function<Plan(Plan)>& perform);

/// Names of requests in the order of the variant's alternatives, for messages.
[[nodiscard]] std::string request_name(std::size_t index);

} // namespace glacis::supervisor::test
