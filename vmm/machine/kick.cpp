#include "machine/kick.hpp"

#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace glacis {

namespace {

constexpr std::uint64_t nanoseconds_in_second = 1'000'000'000;

thread_local Kick* kick_of_thread = nullptr;

int kick_signal()
{
    return SIGRTMIN + 3;
}

timespec to_timespec(std::uint64_t nanoseconds)
{
    timespec result{};
    result.tv_sec = static_cast<time_t>(nanoseconds / nanoseconds_in_second);
    result.tv_nsec = static_cast<long>(nanoseconds % nanoseconds_in_second);
    return result;
}

} // namespace

std::uint64_t monotonic_now()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * nanoseconds_in_second +
           static_cast<std::uint64_t>(now.tv_nsec);
}

Kick::~Kick()
{
    assert(vcpu_ == nullptr);
}

Status Kick::open()
{
    event_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event_.is_open()) {
        return host_error("eventfd", "setting up a vCPU thread");
    }
    return Done{};
}

Status Kick::bind(kvm::Vcpu& vcpu)
{
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action {};
        action.sa_handler = &Kick::on_signal;
        sigemptyset(&action.sa_mask);
        sigaction(kick_signal(), &action, nullptr); // no SA_RESTART: a sleep shall end as well
    });
    vcpu_ = &vcpu;
    thread_ = pthread_self();
    kick_of_thread = this;
    return Done{};
}

void Kick::unbind()
{
    if (has_timer_) {
        timer_delete(timer_);
        has_timer_ = false;
    }
    armed_.reset();
    kick_of_thread = nullptr;
    vcpu_ = nullptr;
    is_pending_.store(false); // it may be bound again
}

void Kick::on_signal(int)
{
    const int error_number = errno;
    if (kick_of_thread != nullptr) {
        // The timer's signal comes without a flag; set it here for both.
        kick_of_thread->is_pending_.store(true);
        kick_of_thread->vcpu_->request_exit();
    }
    errno = error_number;
}

void Kick::send()
{
    is_pending_.store(true);
    pthread_kill(thread_, kick_signal());
}

void Kick::wake()
{
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the thread is awake anyway.
    [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

void Kick::send_to_self()
{
    if (kick_of_thread != nullptr) {
        on_signal(0);
        kick_of_thread->wake();
    }
}

bool Kick::take()
{
    vcpu_->clear_exit_request();
    return is_pending_.exchange(false);
}

Status Kick::arm(std::optional<std::uint64_t> deadline)
{
    if (deadline == armed_) {
        return Done{};
    }
    if (!has_timer_) {
        sigevent event{};
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = kick_signal();
        event._sigev_un._tid = static_cast<pid_t>(::syscall(SYS_gettid));
        if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
            return host_error("timer_create", "setting up a vCPU's timer");
        }
        has_timer_ = true;
    }
    itimerspec time{};
    if (deadline) {
        time.it_value = to_timespec(*deadline == 0 ? 1 : *deadline);
    }
    if (timer_settime(timer_, TIMER_ABSTIME, &time, nullptr) != 0) {
        return host_error("timer_settime", "setting a vCPU's timer");
    }
    armed_ = deadline;
    return Done{};
}

void Kick::wait(std::optional<std::uint64_t> deadline)
{
    timespec left{};
    if (deadline) {
        const std::uint64_t now = monotonic_now();
        left = to_timespec(*deadline > now ? *deadline - now : 0);
    }
    pollfd descriptor{event_.get(), POLLIN, 0};
    ::ppoll(&descriptor, 1, deadline ? &left : nullptr, nullptr);
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(event_.get(), &count, sizeof count);
}

} // namespace glacis
