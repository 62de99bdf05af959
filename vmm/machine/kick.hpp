// Getting a vCPU's thread out of wherever it is: the guest, the way into it, or its sleep.
//
// No kick is lost (promise G13): the flag is set before the signal is sent; the signal's handler,
// which runs on the vCPU's own thread, makes the current or the next KVM_RUN return at once; and
// the thread forgets that request before it looks at the flag, never after. tests/model/kick.pml
// goes through all interleavings, with VcpuLoop::step() and the idle wait.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <optional>
#include <pthread.h>

#include "host/descriptor.hpp"
#include "host/result.hpp"
#include "kvm/kvm.hpp"

namespace glacis {

/// Nanoseconds of CLOCK_MONOTONIC.
[[nodiscard]] std::uint64_t monotonic_now();

class Kick {
public:
    Kick() = default;
    ~Kick();
    Kick(const Kick&) = delete;
    Kick& operator=(const Kick&) = delete;

    /// Once, before any other function; from any thread.
    Status open();
    /// On the thread that runs `vcpu`, before it enters the guest; kicks work from here on.
    Status bind(kvm::Vcpu& vcpu);
    /// On the same thread, at its end. No kick may come after, until it is bound again.
    void unbind();

    /// From any thread: the vCPU leaves the guest, or does not enter it.
    void send();
    /// From any thread: ends the idle wait, the current or the next.
    void wake();
    /// A signal handler's send() and wake() to its own thread. Nothing where the thread runs no
    /// vCPU.
    static void send_to_self();

    // The rest is for the vCPU's own thread.

    /// Forgets the request to leave, then says whether a kick has come since the last call.
    [[nodiscard]] bool take();
    /// A kick at this time; replaces an earlier one. Nothing: none.
    Status arm(std::optional<std::uint64_t> deadline);
    /// Sleeps until woken, kicked, or past the deadline.
    void wait(std::optional<std::uint64_t> deadline);

private:
    static void on_signal(int signal);

    Descriptor event_;
    std::atomic<bool> is_pending_{false};
    kvm::Vcpu* vcpu_ = nullptr;
    pthread_t thread_{};
    timer_t timer_{};
    bool has_timer_ = false;
    std::optional<std::uint64_t> armed_;
};

} // namespace glacis
