#include "doctor/behaviours.hpp"

#include "doctor/arch_probes.hpp"
#include "doctor/probe_machine.hpp"
#include "doctor/sample.hpp"
#include "doctor/statistics.hpp"
#include "doctor/watcher.hpp"

namespace glacis::doctor {

using namespace supervisor;

namespace {

constexpr Range probed{ProbeMachine::data, ProbeMachine::data + page_size};
constexpr Range hole{ProbeMachine::hole, ProbeMachine::hole + page_size};

/// What an access came to, in one of a few stable words.
std::string outcome_of(const CpuEvent& event)
{
    if (std::holds_alternative<HypercallEvent>(event)) {
        return "done";
    }
    const auto* fault = std::get_if<FaultEvent>(&event);
    if (fault == nullptr) {
        return "unknown";
    }
    switch (fault->fault.origin) {
    case FaultOrigin::page_fault:
        return "page fault";
    case FaultOrigin::exception:
        return exception_name(fault->fault.vector);
    case FaultOrigin::stage2_refused:
        return "EFAULT";
    case FaultOrigin::stage2_hole:
        return "MMIO";
    case FaultOrigin::memory_fault_exit:
        return "memory fault exit";
    case FaultOrigin::emulation_failure:
        return "emulation failure";
    case FaultOrigin::shutdown:
        return "shutdown";
    default:
        return "unknown";
    }
}

/// An access to `address` by code of a domain, whose tables allow it.
std::string try_access(const kvm::Kvm& kvm, ProbeCode::Bytes code, Range page)
{
    auto machine = ProbeMachine::create(kvm);
    if (!machine || !(*machine)->map(page, Perm::read_write) ||
        !(*machine)->start(code, page.begin)) {
        return "unknown";
    }
    return outcome_of((*machine)->cpu().run());
}

std::string meaning_of_hole(const std::string& answer)
{
    if (answer == "MMIO") {
        return "the exit tells the address";
    }
    return answer == "done" ? "nothing stopped it" : "the address is decoded from the instruction";
}

void examine_walls(const kvm::Kvm& kvm, Behaviours& found)
{
    struct Try {
        const char* key;
        const char* question;
        ProbeCode::Bytes code;
        Range page;
    };
    const ProbeCode& code = probe_code();
    for (const Try& each :
         {Try{"hole_read", "a read outside every slot gives", code.read, hole},
          Try{"hole_write", "a write outside every slot gives", code.write, hole},
          Try{"hole_float_write", "a floating-point write there gives", code.float_write, hole},
          Try{"closed_read", "a read in a slot that is not committed gives", code.read, probed},
          Try{"closed_write", "a write in a slot that is not committed gives", code.write, probed},
          Try{"closed_float_write", "a floating-point write there gives", code.float_write,
              probed}}) {
        const std::string answer = try_access(kvm, each.code, each.page);
        found.answers.push_back({each.key, each.question, answer, meaning_of_hole(answer)});
        if (answer == "done" && each.page == probed) {
            found.limits.push_back(
                "stage 2 does not hold: a guest reached a page that was not committed");
        }
    }
}

/// Runs the touching guest to its next hypercall; negative when it ended otherwise.
double touch(ProbeMachine& machine)
{
    bool is_done = false;
    const double time = time_of([&] {
        const CpuEvent event = machine.cpu().run();
        is_done = std::holds_alternative<HypercallEvent>(event);
    });
    if (is_done) {
        machine.cpu().reply(0, 0);
    }
    return is_done ? time : -1;
}

/// "yes", "no" or "unknown": counted in faults where KVM counts, judged by time where it doesn't.
std::string drops_all_on_deletion(const kvm::Kvm& kvm, bool keep_others)
{
    auto created = ProbeMachine::create(kvm);
    if (!created) {
        return "unknown";
    }
    ProbeMachine& machine = **created;
    constexpr Range touched{ProbeMachine::data, ProbeMachine::data + touched_pages * page_size};
    if ((keep_others && !keep_other_slots_on_deletion(machine.vm())) ||
        !machine.area().commit(touched) || !machine.map(touched, Perm::read_write) ||
        !machine.start(probe_code().touch, touched.begin) || touch(machine) < 0 ||
        touch(machine) < 0) {
        return "unknown";
    }
    const auto faults = Statistic::open(machine.cpu().vcpu(), "pf_fixed");
    std::vector<double> warm;
    std::vector<double> after;
    std::uint64_t refaults = 0;
    constexpr int rounds = 5;
    for (int round = 0; round < rounds; ++round) {
        warm.push_back(touch(machine));
        const auto before = faults ? faults->read() : std::nullopt;
        if (!machine.add_and_delete_slot()) {
            return "unknown";
        }
        after.push_back(touch(machine));
        const auto behind = faults ? faults->read() : std::nullopt;
        refaults += before && behind ? *behind - *before : 0;
        if (warm.back() < 0 || after.back() < 0) {
            return "unknown";
        }
    }
    if (refaults >= rounds) {
        return "yes";
    }
    const double ratio = median(after) / median(warm);
    if (faults || ratio < 1.3) {
        return "no";
    }
    return ratio > 2 ? "yes" : "unknown";
}

void examine_slots(const kvm::Kvm& kvm, Behaviours& found)
{
    const std::string answer = drops_all_on_deletion(kvm, false);
    found.answers.push_back(
        {"slot_delete_drops_all", "does a slot's deletion drop every translation?", answer,
         answer == "yes" ? "used to forget old tables, never on a hot path" : ""});
    const std::string kept = drops_all_on_deletion(kvm, true);
    found.answers.push_back({"slot_delete_drops_all_without_quirk",
                             "the same with that quirk turned off", kept,
                             kept == "unknown" ? "the quirk cannot be turned off here" : ""});
}

void examine_edits(const kvm::Kvm& kvm, Behaviours& found)
{
    constexpr std::uint64_t look_ns = 2'000'000;
    constexpr std::uint64_t patience_ns = 200'000'000;
    std::string edit = "unknown";
    std::string flush = "unknown";
    if (auto machine = ProbeMachine::create(kvm)) {
        auto watcher = Watcher::start(**machine);
        if (watcher && (*machine)->map(Watcher::watched, Perm::none)) {
            edit = (*watcher)->has_ended(look_ns) ? "yes" : "no";
            if ((*machine)->area().flush(Watcher::watched)) {
                flush = (*watcher)->has_ended(patience_ns) ? "yes" : "no";
            }
        }
    }
    found.answers.push_back({"table_edit_reaches_vcpu",
                             "does an edit of a guest's table reach a running vCPU?", edit,
                             "a flush follows each revocation"});
    found.answers.push_back({"flush_reaches_vcpu", "does it after the flush?", flush,
                             flush == "yes" ? "revocations are complete when they return" : ""});
    if (flush != "yes") {
        found.limits.push_back("a revocation may not reach a running vCPU (promise G8)");
    }
}

void examine_immediate_exit(ProbeMachine& machine, Behaviours& found)
{
    kvm::Vcpu& vcpu = machine.cpu().vcpu();
    vcpu.request_exit();
    const bool left = std::holds_alternative<kvm::Interrupted>(vcpu.run());
    vcpu.clear_exit_request();
    found.answers.push_back({"immediate_exit", "does immediate_exit keep a vCPU out of the guest?",
                             left ? "yes" : "no", left ? "kicks are never lost" : ""});
    if (!left) {
        found.limits.push_back("a kick can be lost (promise G13)");
    }
}

} // namespace

Result<Behaviours> examine_behaviours(const kvm::Kvm& kvm)
{
    Behaviours found;
    auto machine = ProbeMachine::create(kvm);
    if (!machine) {
        return machine.error();
    }
    if (auto started = (*machine)->start(probe_code().hypercalls, 0); !started) {
        return started.error();
    }
    const CpuEvent event = (*machine)->cpu().run();
    if (!std::holds_alternative<HypercallEvent>(event)) {
        const auto* broken = std::get_if<BrokenEvent>(&event);
        return broken != nullptr
                   ? broken->error
                   : HostError{"KVM_RUN", 0, "a guest's first hypercall: " + outcome_of(event)};
    }
    found.cpu_features = cpu_features((*machine)->cpu().vcpu());
    found.answers.push_back(entry_behaviour((*machine)->system()));
    examine_immediate_exit(**machine, found);
    examine_walls(kvm, found);
    examine_slots(kvm, found);
    examine_edits(kvm, found);
    return found;
}

} // namespace glacis::doctor
