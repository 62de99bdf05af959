#include "description/domain.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <glacis/abi/gate.h>
#include <glacis/abi/hypercall.h>

#include "description/nearest.hpp"
#include "description/units.hpp"
#include "description/value_check.hpp"

namespace glacis {

namespace {

constexpr std::uint64_t default_stack = 64 << 10;
constexpr std::uint64_t default_max_restarts = 3;
constexpr std::uint64_t most_restarts = 1'000'000;
constexpr std::uint64_t most_argument_bytes = 128 << 10;

struct PolicyName {
    std::string_view name;
    FaultPolicy policy = FaultPolicy::stop_domain;
};
constexpr std::array<PolicyName, 3> policies{{
    {"stop_domain", FaultPolicy::stop_domain},
    {"stop_system", FaultPolicy::stop_system},
    {"restart", FaultPolicy::restart},
}};

struct ScrubName {
    std::string_view name;
    Scrub scrub = Scrub::none;
};
constexpr std::array<ScrubName, 3> scrubs{{
    {"none", Scrub::none},
    {"return", Scrub::on_return},
    {"both", Scrub::both_ways},
}};

/// Checks one domain, value by value.
class DomainResolver {
public:
    DomainResolver(const DomainContext& context, std::size_t index, ErrorList& errors)
        : context_(context), raw_(context.raw.domains[index]), title_(raw_.title(index)),
          errors_(errors)
    {
    }

    DomainDescription resolve()
    {
        resolve_name();
        resolve_program();
        resolve_arguments();
        resolve_stack();
        resolve_policy();
        resolve_manager();
        resolve_handler();
        resolve_quota();
        resolve_regions();
        resolve_exports();
        resolve_calls();
        return std::move(domain_);
    }

private:
    void complain(Position at, const std::string& message, std::string hint = {})
    {
        errors_.add(at, title_ + ": " + message, std::move(hint));
    }

    void resolve_name()
    {
        if (!raw_.name) {
            complain(raw_.at, "name is missing");
        } else if (check_name(*raw_.name, title_ + ": name", errors_)) {
            domain_.name = raw_.name->value;
        }
    }

    void resolve_program()
    {
        if (!raw_.program) {
            complain(raw_.at, "program is missing");
        } else if (raw_.program->value.empty()) {
            complain(raw_.program->at, "program: expected a path, found \"\"");
        } else {
            domain_.program_path = raw_.program->value;
        }
    }

    void resolve_arguments()
    {
        std::uint64_t bytes = 0;
        for (const auto& argument : raw_.arguments) {
            if (argument.value.find('\0') != std::string::npos) {
                complain(argument.at,
                         "arguments: " + in_quotes(argument.value) + " contains a zero byte");
            }
            bytes += argument.value.size() + 1;
            domain_.arguments.push_back(argument.value);
        }
        if (bytes > most_argument_bytes) {
            complain(raw_.arguments.front().at,
                     "arguments: " + std::to_string(bytes) + " bytes in all; at most " +
                         size_text(most_argument_bytes) + " are possible");
        }
    }

    void resolve_stack()
    {
        domain_.stack_commit = value_or(raw_.stack, default_stack);
        domain_.stack_limit = value_or(raw_.stack_limit, domain_.stack_commit);
        const bool is_stack_sound = !raw_.stack || check_stack_size(*raw_.stack, "stack");
        const bool is_limit_sound =
            !raw_.stack_limit || check_stack_size(*raw_.stack_limit, "stack_limit");
        if (!is_stack_sound || !is_limit_sound) {
            return;
        }
        if (domain_.stack_limit < domain_.stack_commit) {
            complain(raw_.stack_limit->at, "stack_limit: " + size_text(domain_.stack_limit) +
                                               " is less than stack, " +
                                               size_text(domain_.stack_commit));
        } else if (!raw_.stack) {
            check_fits_slot({domain_.stack_commit, raw_.at}, "stack");
        }
    }

    bool check_stack_size(const Located<std::uint64_t>& size, const std::string& key)
    {
        return check_pages(size, title_ + ": " + key, errors_) && check_fits_slot(size, key);
    }

    bool check_fits_slot(const Located<std::uint64_t>& size, const std::string& key)
    {
        if (!context_.area) {
            return true;
        }
        const StackAreaDescription& area = *context_.area;
        const std::uint64_t room = area.slot - area.guard;
        if (size.value > room) {
            complain(size.at, key + ": " + size_text(size.value) +
                                  " does not fit into a slot, which has " + size_text(room) +
                                  " (slot " + size_text(area.slot) + " less guard " +
                                  size_text(area.guard) + ")");
            return false;
        }
        return true;
    }

    void resolve_policy()
    {
        if (raw_.on_fault) {
            const auto found =
                std::find_if(policies.begin(), policies.end(), [&](const auto& policy) {
                    return policy.name == raw_.on_fault->value;
                });
            if (found == policies.end()) {
                complain(
                    raw_.on_fault->at,
                    "on_fault: expected \"stop_domain\", \"stop_system\" or \"restart\", found " +
                        in_quotes(raw_.on_fault->value),
                    did_you_mean(raw_.on_fault->value,
                                 {policies[0].name, policies[1].name, policies[2].name}));
            } else {
                domain_.on_fault = found->policy;
            }
        }
        const std::uint64_t restarts = value_or(raw_.max_restarts, default_max_restarts);
        if (restarts > most_restarts) {
            complain(raw_.max_restarts->at, "max_restarts: expected 0 to " +
                                                std::to_string(most_restarts) + ", found " +
                                                std::to_string(restarts));
        } else {
            domain_.max_restarts = static_cast<std::uint32_t>(restarts);
        }
        if (raw_.time_limit) {
            domain_.time_limit_ns = raw_.time_limit->value;
            if (raw_.time_limit->value == 0) {
                complain(raw_.time_limit->at, "time_limit: must not be 0");
            }
        }
    }

    void resolve_manager()
    {
        if (!raw_.thread_manager) {
            return;
        }
        const auto manager = find_domain(*raw_.thread_manager, "thread_manager");
        if (!manager) {
            return;
        }
        const RawDomain& its = context_.raw.domains[*manager];
        if (&its == &raw_) {
            complain(raw_.thread_manager->at,
                     "thread_manager: a domain cannot manage its own threads");
        } else if (its.thread_manager) {
            complain(raw_.thread_manager->at,
                     "thread_manager: domain " + named(raw_.thread_manager->value) +
                         " has a thread manager itself; managers run by themselves");
        } else {
            domain_.thread_manager = manager;
        }
    }

    void resolve_handler()
    {
        if (!raw_.fault_handler) {
            complain_without_handler(raw_.fault_timeout, "fault_timeout");
            complain_without_handler(raw_.fault_suspends, "fault_suspends");
            return;
        }
        if (const auto handler = find_domain(*raw_.fault_handler, "fault_handler")) {
            domain_.fault_handler = handler;
            check_circle(*handler);
        }
        domain_.handler_timeout_ns = value_or(raw_.fault_timeout, default_handler_timeout);
        if (domain_.handler_timeout_ns == 0) {
            complain(raw_.fault_timeout->at, "fault_timeout: must not be 0");
        }
        const std::string suspends = value_or(raw_.fault_suspends, std::string("thread"));
        domain_.suspends_on_fault = suspends == "domain";
        if (suspends != "thread" && suspends != "domain") {
            complain(raw_.fault_suspends->at,
                     "fault_suspends: expected \"thread\" or \"domain\", found " +
                         in_quotes(suspends),
                     did_you_mean(suspends, {"thread", "domain"}));
        }
    }

    template <class T>
    void complain_without_handler(const Optional<T>& value, const std::string& key)
    {
        if (value) {
            complain(value->at, key + ": means nothing without fault_handler");
        }
    }

    std::optional<std::size_t> find_domain(const Located<std::string>& name, const std::string& key)
    {
        std::vector<std::string_view> names;
        for (std::size_t i = 0; i < context_.raw.domains.size(); ++i) {
            const auto& candidate = context_.raw.domains[i].name;
            if (!candidate) {
                continue;
            }
            if (candidate->value == name.value) {
                return i;
            }
            names.push_back(candidate->value);
        }
        complain(name.at, key + ": there is no domain " + named(name.value),
                 did_you_mean(name.value, names));
        return std::nullopt;
    }

    /// Domains that wait for each other's answers would all wait until their times are over.
    void check_circle(std::size_t handler)
    {
        const auto& domains = context_.raw.domains;
        std::string way = named(raw_.fault_handler->value);
        for (std::size_t steps = 0; steps < domains.size(); ++steps) {
            const RawDomain& next = domains[handler];
            if (&next == &raw_) {
                complain(raw_.fault_handler->at,
                         steps == 0 ? "fault_handler: a domain cannot handle its own faults"
                                    : "fault_handler: leads back to this domain, by way of " + way);
                return;
            }
            const auto found =
                std::find_if(domains.begin(), domains.end(), [&next](const RawDomain& candidate) {
                    return next.fault_handler && candidate.name &&
                           candidate.name->value == next.fault_handler->value;
                });
            if (found == domains.end()) {
                return;
            }
            handler = static_cast<std::size_t>(found - domains.begin());
            if (&*found != &raw_) {
                way += ", " + named(found->name->value);
            }
        }
    }

    /// A quota must leave room for the first thread and its stack.
    void resolve_quota()
    {
        constexpr std::uint64_t unlimited = UINT64_MAX;
        const RawQuota& quota = raw_.quota;
        domain_.quota_memory = value_or(quota.memory, unlimited);
        domain_.quota_stacks = value_or(quota.stacks, unlimited);
        domain_.quota_stack_bytes = value_or(quota.stack_bytes, unlimited);
        domain_.quota_threads = value_or(quota.threads, unlimited);
        domain_.quota_grants = value_or(quota.grants, unlimited);
        domain_.quota_domains = value_or(quota.domains, unlimited);
        if (domain_.quota_stacks == 0) {
            complain(quota.stacks->at, "quota: stacks: the first thread needs one");
        }
        if (domain_.quota_threads == 0) {
            complain(quota.threads->at, "quota: threads: the first thread is one");
        }
        if (domain_.quota_stack_bytes < domain_.stack_commit) {
            complain(quota.stack_bytes->at,
                     "quota: stack_bytes: " + size_text(domain_.quota_stack_bytes) +
                         " is less than stack, " + size_text(domain_.stack_commit));
        }
    }

    void resolve_regions()
    {
        for (const RawRegionUse& raw : raw_.regions) {
            if (!raw.name) {
                complain(raw.at, "regions: name is missing");
                continue;
            }
            const std::optional<std::size_t> region = find_region(*raw.name);
            const std::optional<std::uint32_t> perm = permission(raw);
            if (!region || !perm) {
                continue;
            }
            const bool is_again =
                std::any_of(domain_.regions.begin(), domain_.regions.end(),
                            [&](const RegionUse& use) { return use.region == *region; });
            if (is_again) {
                complain(raw.name->at, "regions: " + named(raw.name->value) + " is given twice");
                continue;
            }
            domain_.regions.push_back({*region, *perm});
        }
    }

    std::optional<std::size_t> find_region(const Located<std::string>& name)
    {
        std::vector<std::string_view> names;
        for (std::size_t i = 0; i < context_.raw.regions.size(); ++i) {
            const auto& candidate = context_.raw.regions[i].name;
            if (!candidate) {
                continue;
            }
            if (candidate->value == name.value) {
                return i;
            }
            names.push_back(candidate->value);
        }
        complain(name.at, "regions: there is no region " + named(name.value),
                 did_you_mean(name.value, names));
        return std::nullopt;
    }

    std::optional<std::uint32_t> permission(const RawRegionUse& raw)
    {
        if (!raw.perm || raw.perm->value == "r") {
            return PD_PERM_READ;
        }
        if (raw.perm->value == "rw") {
            return PD_PERM_READ | PD_PERM_WRITE;
        }
        complain(raw.perm->at,
                 "regions: perm: expected \"r\" or \"rw\", found " + in_quotes(raw.perm->value));
        return std::nullopt;
    }

    void resolve_exports()
    {
        for (const RawExport& exported : raw_.exports) {
            const auto& known = domain_.exports;
            const bool is_again = std::any_of(known.begin(), known.end(), [&](const auto& other) {
                return other.name == exported.name.value;
            });
            if (is_again) {
                complain(exported.name.at,
                         "exports: " + named(exported.name.value) + " is given twice");
                continue;
            }
            domain_.exports.push_back({exported.name.value, scrub(exported)});
        }
    }

    Scrub scrub(const RawExport& exported)
    {
        if (!exported.scrub) {
            return Scrub::none;
        }
        const auto found = std::find_if(scrubs.begin(), scrubs.end(), [&](const auto& scrub) {
            return scrub.name == exported.scrub->value;
        });
        if (found == scrubs.end()) {
            complain(exported.scrub->at,
                     "exports: scrub: expected \"none\", \"return\" or \"both\", found " +
                         in_quotes(exported.scrub->value),
                     did_you_mean(exported.scrub->value,
                                  {scrubs[0].name, scrubs[1].name, scrubs[2].name}));
            return Scrub::none;
        }
        return found->scrub;
    }

    void resolve_calls()
    {
        for (const RawCall& call : raw_.calls) {
            const std::string& text = call.name.value;
            const std::size_t dot = text.find('.');
            if (dot == std::string::npos) {
                complain(call.name.at,
                         "calls: expected \"domain.export\", found " + in_quotes(text));
                continue;
            }
            GateDescription gate;
            gate.callee = text.substr(0, dot);
            gate.name = text.substr(dot + 1);
            if (check_call(call.name.at, gate.callee, gate.name) && check_new(call, gate) &&
                check_limit(call, gate)) {
                domain_.gates.push_back(std::move(gate));
            }
        }
    }

    bool check_new(const RawCall& call, const GateDescription& gate)
    {
        const bool is_again =
            std::any_of(domain_.gates.begin(), domain_.gates.end(), [&](const auto& other) {
                return other.callee == gate.callee && other.name == gate.name;
            });
        if (is_again) {
            complain(call.name.at, "calls: " + named(call.name.value) + " is given twice");
        } else if (domain_.gates.size() == GLACIS_GATES_MAX) {
            complain(call.name.at, "calls: more than " + std::to_string(GLACIS_GATES_MAX));
            return false;
        }
        return !is_again;
    }

    bool check_limit(const RawCall& call, GateDescription& gate)
    {
        if (call.time_limit) {
            gate.time_limit_ns = call.time_limit->value;
            if (call.time_limit->value == 0) {
                complain(call.time_limit->at, "calls: time_limit: must not be 0");
                return false;
            }
        }
        return true;
    }

    bool check_call(Position at, std::string_view target, std::string_view exported)
    {
        std::vector<std::string_view> names;
        for (const RawDomain& domain : context_.raw.domains) {
            if (!domain.name) {
                continue;
            }
            if (domain.name->value == target) {
                return check_export(at, domain, exported);
            }
            names.push_back(domain.name->value);
        }
        complain(at, "calls: there is no domain " + named(target), did_you_mean(target, names));
        return false;
    }

    bool check_export(Position at, const RawDomain& domain, std::string_view exported)
    {
        std::vector<std::string_view> names;
        for (const RawExport& candidate : domain.exports) {
            if (candidate.name.value == exported) {
                return true;
            }
            names.push_back(candidate.name.value);
        }
        complain(at,
                 "calls: domain " + named(domain.name->value) + " does not export " +
                     named(exported),
                 did_you_mean(exported, names));
        return false;
    }

    const DomainContext& context_;
    const RawDomain& raw_;
    std::string title_;
    ErrorList& errors_;
    DomainDescription domain_;
};

} // namespace

DomainDescription resolve_domain(const DomainContext& context, std::size_t index, ErrorList& errors)
{
    return DomainResolver(context, index, errors).resolve();
}

} // namespace glacis
