#include "bench/pipes.hpp"

#include <array>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor/sample.hpp"

namespace glacis::bench {

namespace {

constexpr int batch = 20;

/// The child's whole life. Only what is allowed between fork and exec in a process with threads.
[[noreturn]] void echo(int from, int to)
{
    char byte = 0;
    while (::read(from, &byte, 1) == 1 && ::write(to, &byte, 1) == 1) {
    }
    ::_exit(0);
}

} // namespace

Result<std::unique_ptr<Pipes>> Pipes::create()
{
    std::array<int, 2> forth{};
    std::array<int, 2> back{};
    if (::pipe(forth.data()) != 0) {
        return host_error("pipe", "setting up a benchmark");
    }
    const Descriptor child_reads(forth[0]);
    std::unique_ptr<Pipes> pipes(new Pipes);
    pipes->to_child_ = Descriptor(forth[1]);
    if (::pipe(back.data()) != 0) {
        return host_error("pipe", "setting up a benchmark");
    }
    pipes->from_child_ = Descriptor(back[0]);
    const Descriptor child_writes(back[1]);
    pipes->child_ = ::fork();
    if (pipes->child_ < 0) {
        return host_error("fork", "setting up a benchmark");
    }
    if (pipes->child_ == 0) {
        ::close(forth[1]);
        ::close(back[0]);
        echo(forth[0], back[1]);
    }
    return pipes;
}

Pipes::~Pipes()
{
    to_child_ = Descriptor();
    if (child_ > 0) {
        ::waitpid(child_, nullptr, 0);
    }
}

double Pipes::round_trip_ns()
{
    bool is_done = true;
    const double time = doctor::time_of([&] {
        char byte = 1;
        for (int i = 0; i < batch; ++i) {
            is_done = is_done && ::write(to_child_.get(), &byte, 1) == 1 &&
                      ::read(from_child_.get(), &byte, 1) == 1;
        }
    });
    return is_done ? time / batch : -1;
}

} // namespace glacis::bench
