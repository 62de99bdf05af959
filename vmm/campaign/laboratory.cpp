#include "campaign/laboratory.hpp"

#include <filesystem>

#include "description/files.hpp"
#include "description/load.hpp"
#include "fault/text.hpp"
#include "host/calls.hpp"
#include "machine/digest.hpp"

namespace glacis::campaign {

namespace {

std::vector<DescriptionError> refuse(const std::string& file, Position at, std::string message,
                                     std::string hint = {})
{
    return {{file, at, std::move(message), std::move(hint)}};
}

/// An undisturbed run that does not end by itself is no measure of anything.
std::optional<std::string> why_useless(const Observation& golden)
{
    if (golden.host_failure) {
        return *golden.host_failure;
    }
    switch (golden.end) {
    case SystemEnd::time_limit:
        return "the system does not end by itself within the campaign's time limit";
    case SystemEnd::stuck:
        return "the system gets stuck: " + golden.explanation;
    case SystemEnd::interrupted:
        return "interrupted";
    case SystemEnd::completed:
    case SystemEnd::stopped:
        break;
    }
    return std::nullopt;
}

/// Far more than a fault that does not make the system go round in circles can ask for. What goes
/// on for ever by exits ends at the same one each time; only what does not exit ends by time.
std::uint64_t most_exits(const Observation& golden)
{
    constexpr std::uint64_t factor = 50;
    constexpr std::uint64_t besides = 2000;
    return factor * golden.calls + besides;
}

} // namespace

std::vector<DescriptionError> Laboratory::load(Laboratory& laboratory)
{
    const RecordContext& context = laboratory.context_;
    auto system = load_description(context.system, host_limits());
    if (!system) {
        return system.error();
    }
    const auto text = read_file(context.system, max_description_size);
    laboratory.description_ = digest_text(text ? digest(std::as_bytes(std::span(*text))) : 0);
    Setting& setting = laboratory.setting_;
    setting.system = std::move(*system);
    setting.system.vcpus = 1;
    setting.arguments = context.arguments;
    setting.patience = {context.hang_ns, context.time_limit_ns};
    setting.seed = context.seed;
    laboratory.baseline_setting_ = setting;
    laboratory.baseline_setting_.protection = Protection::none;
    for (const DomainDescription& domain : setting.system.domains) {
        laboratory.targets_.emplace_back(domain);
    }
    laboratory.golden_ = run_golden(setting);
    if (const auto why = why_useless(laboratory.golden_)) {
        return refuse(context.system, {}, "undisturbed: " + *why);
    }
    setting.patience.exits = most_exits(laboratory.golden_);
    if (laboratory.has_baseline_) {
        laboratory.baseline_golden_ = run_golden(laboratory.baseline_setting_);
        if (const auto why = why_useless(laboratory.baseline_golden_)) {
            return refuse(context.system, {}, "undisturbed, without protection: " + *why);
        }
        laboratory.baseline_setting_.patience.exits = most_exits(laboratory.baseline_golden_);
    }
    return {};
}

Result<std::unique_ptr<Laboratory>, std::vector<DescriptionError>>
Laboratory::open(const Campaign& campaign)
{
    std::unique_ptr<Laboratory> laboratory(new Laboratory);
    laboratory->campaign_ = campaign;
    laboratory->has_baseline_ = campaign.has_baseline;
    RecordContext& context = laboratory->context_;
    context.system = campaign.system;
    context.arguments = campaign.arguments;
    context.time_limit_ns = campaign.time_limit_ns;
    context.hang_ns = campaign.hang_ns;
    context.seed = campaign.seed;
    if (auto errors = load(*laboratory); !errors.empty()) {
        const bool is_unread =
            errors.size() == 1 && errors[0].position.line == 0 && errors[0].file == campaign.system;
        return is_unread ? refuse(campaign.path, campaign.system_at,
                                  "campaign: system: " + errors[0].text(), {})
                         : errors;
    }
    context.description = laboratory->description_;
    std::error_code ignored;
    const auto absolute = std::filesystem::absolute(campaign.system, ignored);
    context.system = absolute.empty() ? campaign.system : absolute.lexically_normal().string();
    std::uint64_t identity = digest(campaign.text + context.description);
    for (const Target& target : laboratory->targets_) {
        context.builds.push_back(target.build());
        identity = digest(target.build(), identity);
    }
    context.campaign = digest_text(identity);

    const auto before = host::counts();
    const Observation again = run_golden(laboratory->setting_);
    std::array<std::uint64_t, host::call_kinds> calls = host::counts();
    for (std::size_t kind = 0; kind < calls.size(); ++kind) {
        calls[kind] -= before[kind];
    }
    if (!is_alike(laboratory->golden_, again)) {
        return refuse(campaign.path, campaign.system_at,
                      "campaign: system: two undisturbed runs of it differ, so that no fault's "
                      "effect could be told");
    }
    find_executed(laboratory->setting_, laboratory->golden_, laboratory->targets_);
    laboratory->plan_.emplace(*laboratory->campaign_, laboratory->setting_.system,
                              laboratory->targets_, calls);
    if (auto errors = laboratory->plan_->check(); !errors.empty()) {
        return errors;
    }
    return laboratory;
}

Result<std::unique_ptr<Laboratory>, std::vector<DescriptionError>>
Laboratory::open(const RecordContext& context, bool has_baseline)
{
    std::unique_ptr<Laboratory> laboratory(new Laboratory);
    laboratory->context_ = context;
    laboratory->has_baseline_ = has_baseline;
    if (auto errors = load(*laboratory); !errors.empty()) {
        return errors;
    }
    if (laboratory->description_ != context.description) {
        return refuse(context.system, {}, "the record is of another version of this description");
    }
    const auto& targets = laboratory->targets_;
    if (targets.size() != context.builds.size()) {
        return refuse(context.system, {}, "the record is of a system with other domains");
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (targets[i].build() != context.builds[i]) {
            return refuse(context.system, {},
                          "the record is of another build of the program of domain '" +
                              targets[i].name() + "'");
        }
    }
    return laboratory;
}

Side Laboratory::judged(const Fault& fault, const Observation& golden,
                        const Experiment& experiment) const
{
    Side side;
    side.verdict = judge(setting_.system, fault, golden, experiment);
    side.deed = experiment.injection.deed;
    const auto& faults = experiment.observation.faults;
    if (faults.size() > golden.faults.size()) {
        side.fault_text = fault::to_text(faults[golden.faults.size()]);
    }
    return side;
}

Laboratory::Beds Laboratory::beds(bool is_anew) const
{
    return {TestBed(setting_, is_anew), TestBed(baseline_setting_, is_anew)};
}

Record Laboratory::run(std::uint64_t run, Beds& beds) const
{
    return this->run(run, plan_->draw(run), beds);
}

Record Laboratory::describe(std::uint64_t run, const Fault& fault) const
{
    Record record;
    record.run = run;
    record.fault = fault;
    for (const Target& target : targets_) {
        if (target.name() == fault.domain && fault.trigger.kind == Trigger::Kind::execution) {
            record.place = place_text(target, fault.trigger.offset);
        }
    }
    return record;
}

Record Laboratory::draw(std::uint64_t run) const
{
    return describe(run, plan_->draw(run));
}

Record Laboratory::run(std::uint64_t run, const Fault& fault, Beds& beds) const
{
    Record record = describe(run, fault);
    record.with = judged(fault, golden_, beds.with.run(fault));
    if (has_baseline_) {
        record.without = judged(fault, baseline_golden_, beds.without.run(fault));
    }
    return record;
}

} // namespace glacis::campaign
