#include "campaign/plan.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <glacis/abi/hypercall.h>

#include "campaign/class_options.hpp"
#include "description/nearest.hpp"

namespace glacis::campaign {

namespace {

using inject::FaultGroup;
using inject::Random;

/// A number of its own for each run: neighbouring seeds give unrelated sequences.
std::uint64_t seed_of_run(std::uint64_t seed, std::uint64_t run)
{
    Random first(seed);
    Random second(first.next() ^ run);
    return second.next();
}

template <class T> const T& pick(const std::vector<T>& from, Random& random)
{
    return from[random.below(from.size())];
}

/// 1 half of the time, rarely large.
std::uint64_t draw_nth(Random& random)
{
    std::uint64_t bound = 1;
    constexpr std::uint64_t most = 64;
    while (bound < most && random.below(2) == 0) {
        bound *= 2;
    }
    return 1 + random.below(bound);
}

/// The distribution of Rio (Chen et al., ASPLOS 1996): half by one byte, 44 % up to a kibibyte, 6 %
/// two to four.
std::uint64_t draw_overrun(Random& random)
{
    const std::uint64_t percent = random.below(100);
    if (percent < 50) {
        return 1;
    }
    return percent < 94 ? 2 + random.below(1023) : 2048 + random.below(2049);
}

std::uint64_t draw_distance(Random& random, std::uint64_t most)
{
    constexpr std::uint64_t near = 64;
    return random.below(2) == 0 ? 1 + random.below(std::min(near, most)) : 1 + random.below(most);
}

bool is_in_function(const Target& target, const std::vector<Located<std::string>>& functions,
                    std::uint64_t offset)
{
    return functions.empty() ||
           std::any_of(functions.begin(), functions.end(), [&](const auto& name) {
               const auto* function = target.function(name.value);
               return function != nullptr && offset >= function->begin && offset < function->end;
           });
}

bool is_wanted(const FaultEntry& entry, const Target& target, std::uint64_t offset)
{
    const bool is_reached =
        entry.is_anywhere || !target.executed || target.executed->count(offset) != 0;
    return is_reached && is_in_function(target, entry.functions, offset);
}

/// An instruction for a fault that can be injected anywhere.
std::optional<std::uint64_t> draw_place(const FaultEntry& entry, const Target& target,
                                        Random& random)
{
    std::vector<std::uint64_t> places;
    for (const std::uint64_t offset : target.instructions()) {
        if (is_wanted(entry, target, offset)) {
            places.push_back(offset);
        }
    }
    return places.empty() ? std::nullopt : std::optional(pick(places, random));
}

/// The start of one of these functions, or of any.
std::optional<std::uint64_t> draw_start(const FaultEntry& entry, const Target& target,
                                        std::initializer_list<const char*> names, Random& random)
{
    std::vector<std::uint64_t> starts;
    for (const auto& function : target.functions()) {
        const bool is_named = names.size() == 0 ||
                              std::any_of(names.begin(), names.end(),
                                          [&](const char* name) { return function.name == name; });
        const bool is_code = target.code_at(function.begin) != nullptr;
        // What is named is asked for wherever it is called from.
        const bool is_here = names.size() != 0 ? entry.is_anywhere || !target.executed ||
                                                     target.executed->count(function.begin) != 0
                                               : is_wanted(entry, target, function.begin);
        if (is_named && is_code && is_here) {
            starts.push_back(function.begin);
        }
    }
    return starts.empty() ? std::nullopt : std::optional(pick(starts, random));
}

std::optional<Fault> draw_mutation(const FaultEntry& entry, const Target& target, Fault fault,
                                   Random& random)
{
    std::optional<std::uint64_t> only;
    if (entry.place) {
        only = find_place(target, entry.place->value);
    }
    std::vector<inject::Site> sites;
    for (const inject::Site& site : target.sites(fault.fault_class)) {
        if (only ? site.address == *only : is_wanted(entry, target, site.address)) {
            sites.push_back(site);
        }
    }
    if (sites.empty()) {
        return std::nullopt;
    }
    const inject::Site site = pick(sites, random);
    fault.mutation = inject::mutate(*target.code_at(site.address), site, fault.fault_class, random);
    fault.trigger.offset = site.address;
    fault.trigger.times = entry.times.value_or(0);
    return fault.mutation ? std::optional(fault) : std::nullopt;
}

} // namespace

std::optional<std::uint64_t> find_place(const Target& target, const std::string& place)
{
    const std::size_t plus = place.find('+');
    const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
        if (text.size() < 3 || text.substr(0, 2) != "0x") {
            return std::nullopt;
        }
        std::uint64_t value = 0;
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + 2, end, value, 16);
        return read.ec == std::errc{} && read.ptr == end ? std::optional(value) : std::nullopt;
    };
    std::optional<std::uint64_t> offset = number(place);
    if (!offset) {
        const auto* function = target.function(place.substr(0, plus));
        const auto distance = plus == std::string::npos
                                  ? std::optional<std::uint64_t>(0)
                                  : number(std::string_view(place).substr(plus + 1));
        if (function == nullptr || !distance) {
            return std::nullopt;
        }
        offset = function->begin + *distance;
    }
    const auto& instructions = target.instructions();
    return std::binary_search(instructions.begin(), instructions.end(), *offset) ? offset
                                                                                 : std::nullopt;
}

Plan::Plan(const Campaign& campaign, const SystemDescription& system,
           const std::vector<Target>& targets,
           const std::array<std::uint64_t, host::call_kinds>& host_calls)
    : campaign_(campaign), system_(system), targets_(targets), host_calls_(host_calls)
{
}

std::vector<const Target*> Plan::targets_of(const FaultEntry& entry) const
{
    std::vector<const Target*> chosen;
    for (const Target& target : targets_) {
        const bool is_named =
            entry.domains.empty() ||
            std::any_of(entry.domains.begin(), entry.domains.end(),
                        [&target](const auto& name) { return name.value == target.name(); });
        if (is_named) {
            chosen.push_back(&target);
        }
    }
    return chosen;
}

std::optional<Fault> Plan::draw_host(const FaultEntry& entry, Random& random) const
{
    constexpr std::array<int, 5> errors{ENOMEM, EINTR, EFAULT, EEXIST, EIO};
    std::vector<std::size_t> kinds;
    for (std::size_t kind = 0; kind < host_calls_.size(); ++kind) {
        if (host_calls_[kind] != 0) {
            kinds.push_back(kind);
        }
    }
    if (kinds.empty()) {
        return std::nullopt;
    }
    Fault fault;
    fault.fault_class = FaultClass::host_failure;
    fault.trigger.kind = Trigger::Kind::host_call;
    const std::size_t kind = pick(kinds, random);
    fault.trigger.host_call = static_cast<host::Call>(kind);
    fault.trigger.nth = entry.nth.value_or(1 + random.below(host_calls_[kind]));
    fault.error_number = errors[random.below(errors.size())];
    return fault;
}

std::optional<Fault> Plan::draw_of(const FaultEntry& entry, FaultClass fault_class,
                                   const Target& target, Random& random) const
{
    Fault fault;
    fault.fault_class = fault_class;
    fault.domain = target.name();
    fault.seed = random.next();
    fault.trigger.nth = entry.nth.value_or(draw_nth(random));
    fault.trigger.times = entry.times.value_or(1);
    const auto at_start = [&](std::initializer_list<const char*> names) -> std::optional<Fault> {
        const auto start = draw_start(entry, target, names, random);
        fault.trigger.offset = start.value_or(0);
        return start ? std::optional(fault) : std::nullopt;
    };
    const auto at_call = [&](std::optional<std::uint64_t> number) {
        fault.trigger.kind = Trigger::Kind::call;
        fault.trigger.call = entry.call ? std::optional(entry.call->value) : number;
        return fault;
    };
    const StackAreaDescription& area = system_.stack_area;
    switch (fault_class) {
    case FaultClass::copy_overrun:
        fault.amount = entry.amount.value_or(draw_overrun(random));
        return at_start({"memcpy", "memmove"});
    case FaultClass::failed_allocation:
        if (entry.call || target.function("malloc") == nullptr) {
            return at_call(GLACIS_CALL_MEMORY_ALLOC);
        }
        return at_start({"malloc"});
    case FaultClass::premature_free:
        if (const auto* release = target.function("free")) {
            fault.helper = release->begin;
            return at_start({"malloc"});
        }
        return std::nullopt;
    case FaultClass::use_after_free:
        return at_start({"free"});
    case FaultClass::heap_bit_flip:
    case FaultClass::global_bit_flip:
        fault.helper = target.heap().value_or(target.domain().program.image_size());
        break;
    case FaultClass::forged_return:
        return at_start({});
    case FaultClass::hypercall_noise:
        return at_call(std::nullopt);
    case FaultClass::lost_wake_up:
    case FaultClass::doubled_wake_up:
        return at_call(GLACIS_CALL_THREAD_WAKE);
    case FaultClass::exhausted_quota:
        if (target.domain().quota_memory == UINT64_MAX) {
            return std::nullopt; // it would take from others what they are not promised
        }
        break;
    case FaultClass::stack_overflow:
    case FaultClass::stack_underflow:
        fault.amount = entry.amount.value_or(draw_distance(random, area.guard));
        break;
    case FaultClass::frame_beyond_guard:
        fault.amount = entry.amount.value_or(draw_distance(random, area.slot));
        break;
    case FaultClass::delay: {
        constexpr std::uint64_t longest = 100'000'000;
        fault.amount = entry.amount.value_or(1 + random.below(longest));
        break;
    }
    default:
        if (inject::group_of(fault_class) == FaultGroup::code) {
            return draw_mutation(entry, target, fault, random);
        }
        break;
    }
    if (entry.call) {
        return at_call(std::nullopt);
    }
    if (entry.after_ns) {
        fault.trigger.kind = Trigger::Kind::time;
        fault.trigger.time_ns = entry.after_ns->value;
        return fault;
    }
    const auto place =
        entry.place ? find_place(target, entry.place->value) : draw_place(entry, target, random);
    fault.trigger.offset = place.value_or(0);
    return place ? std::optional(fault) : std::nullopt;
}

/// In some domain; one after the other from a random one on.
std::optional<Fault> Plan::try_all(const FaultEntry& entry, FaultClass fault_class,
                                   Random& random) const
{
    if (misfit(entry, fault_class)) {
        return std::nullopt;
    }
    if (fault_class == FaultClass::host_failure) {
        return draw_host(entry, random);
    }
    const auto targets = targets_of(entry);
    const std::uint64_t first = targets.empty() ? 0 : random.below(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const Target& target = *targets[(first + i) % targets.size()];
        if (auto fault = draw_of(entry, fault_class, target, random)) {
            return fault;
        }
    }
    return std::nullopt;
}

bool Plan::is_possible(const FaultEntry& entry, FaultClass fault_class) const
{
    Random any(0);
    return try_all(entry, fault_class, any).has_value();
}

Fault Plan::draw(std::uint64_t run) const
{
    Random random(seed_of_run(campaign_.seed, run));
    std::uint64_t weights = 0;
    for (const FaultEntry& entry : campaign_.entries) {
        weights += entry.weight;
    }
    for (;;) {
        std::uint64_t ticket = random.below(weights);
        const FaultEntry* chosen = campaign_.entries.data();
        while (ticket >= chosen->weight) {
            ticket -= chosen->weight;
            ++chosen;
        }
        // Of a group, classes that this system has no place for are left out.
        if (auto fault = try_all(*chosen, pick(chosen->classes, random).value, random)) {
            return *fault;
        }
    }
}

void Plan::check_names(const FaultEntry& entry, ErrorList& errors) const
{
    std::vector<std::string_view> domains;
    for (const Target& target : targets_) {
        domains.push_back(target.name());
    }
    for (const auto& name : entry.domains) {
        if (std::find(domains.begin(), domains.end(), name.value) == domains.end()) {
            errors.add(name.at, "domains: the system has no domain " + named(name.value),
                       did_you_mean(name.value, domains));
        }
    }
    const auto targets = targets_of(entry);
    for (const auto& name : entry.functions) {
        std::vector<std::string_view> functions;
        bool is_known = targets.empty();
        for (const Target* target : targets) {
            is_known = is_known || target->function(name.value) != nullptr;
            for (const auto& function : target->functions()) {
                functions.push_back(function.name);
            }
        }
        if (!is_known) {
            errors.add(name.at,
                       "functions: no program of these domains has a function " + named(name.value),
                       did_you_mean(name.value, functions));
        }
    }
    const bool is_place = !entry.place || targets.empty() ||
                          std::any_of(targets.begin(), targets.end(), [&](const Target* target) {
                              return find_place(*target, entry.place->value).has_value();
                          });
    if (!is_place) {
        errors.add(entry.place->at,
                   "at: expected a function, a function and an offset such as \"main+0x1c\", or an "
                   "offset in the program such as \"0x1240\", where an instruction begins; found " +
                       in_quotes(entry.place->value));
    }
}

std::vector<DescriptionError> Plan::check() const
{
    ErrorList errors(campaign_.path);
    for (const FaultEntry& entry : campaign_.entries) {
        check_names(entry, errors);
    }
    if (!errors.is_empty()) {
        return errors.take();
    }
    for (const FaultEntry& entry : campaign_.entries) {
        std::string impossible;
        bool is_any_possible = false;
        for (const auto& each : entry.classes) {
            const bool is_here = is_possible(entry, each.value);
            is_any_possible = is_any_possible || is_here;
            if (!is_here) {
                impossible +=
                    (impossible.empty() ? "" : ", ") + in_quotes(inject::name_of(each.value));
            }
        }
        if (!is_any_possible) {
            errors.add(entry.at, "fault: this system has no place for " + impossible +
                                     " under these conditions");
        }
    }
    return errors.take();
}

} // namespace glacis::campaign
