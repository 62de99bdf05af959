#include "doctor/watcher.hpp"

#include "doctor/arch_probes.hpp"

namespace glacis::doctor {

using namespace supervisor;

namespace {

constexpr std::uint64_t patience_ns = 200'000'000;

/// Polls, giving the processor away in between: on one processor the vCPU has to get its turn.
template <class Condition> bool wait_until(std::uint64_t limit_ns, Condition condition)
{
    const std::uint64_t end = monotonic_now() + limit_ns;
    while (!condition()) {
        if (monotonic_now() > end) {
            return condition();
        }
        std::this_thread::yield();
    }
    return true;
}

} // namespace

Result<std::unique_ptr<Watcher>> Watcher::start(ProbeMachine& machine)
{
    const Range both{watched.begin, watched.end + page_size};
    if (auto done = machine.area().commit(both); !done) {
        return done.error();
    }
    if (auto done = machine.map(both, Perm::read_write); !done) {
        return done.error();
    }
    if (auto done = machine.start(probe_code().watch, watched.begin); !done) {
        return done.error();
    }
    std::unique_ptr<Watcher> watcher(new Watcher(machine));
    if (auto done = watcher->kick_.open(); !done) {
        return done.error();
    }
    watcher->thread_ = std::thread([self = watcher.get()] { self->run(); });
    if (!wait_until(patience_ns, [&] { return watcher->is_bound_.load(); }) ||
        !watcher->moves(patience_ns)) {
        return HostError{"KVM_RUN", 0, "starting a guest that spins"};
    }
    return watcher;
}

Watcher::~Watcher()
{
    if (!thread_.joinable()) {
        return;
    }
    shall_leave_.store(true);
    if (is_bound_.load()) {
        kick_.send();
    }
    is_dismissed_.store(true); // no kick after this
    kick_.wake();
    thread_.join();
}

void Watcher::run()
{
    if (!kick_.bind(machine_.cpu().vcpu())) {
        has_ended_.store(true);
        return;
    }
    is_bound_.store(true);
    while (!shall_leave_.load()) {
        const CpuEvent event = machine_.cpu().run();
        if (!std::holds_alternative<KickEvent>(event)) {
            break;
        }
        kicked_out_at_.store(monotonic_now());
        (void)kick_.take();
    }
    has_ended_.store(true);
    while (!is_dismissed_.load()) {
        kick_.wait(std::nullopt);
    }
    kick_.unbind();
}

std::uint64_t Watcher::count() const
{
    auto* counter = reinterpret_cast<std::uint64_t*>(machine_.area().own(watched.end));
    return std::atomic_ref(*counter).load();
}

bool Watcher::moves(std::uint64_t limit_ns) const
{
    const std::uint64_t before = count();
    return wait_until(limit_ns, [&] { return count() != before; });
}

bool Watcher::has_ended(std::uint64_t limit_ns) const
{
    return wait_until(limit_ns, [&] { return has_ended_.load(); });
}

double Watcher::kick()
{
    if (!moves(patience_ns)) {
        return -1;
    }
    kicked_out_at_.store(0);
    const std::uint64_t start = monotonic_now();
    kick_.send();
    if (!wait_until(patience_ns, [&] { return kicked_out_at_.load() != 0; })) {
        return -1;
    }
    return static_cast<double>(kicked_out_at_.load() - start);
}

} // namespace glacis::doctor
