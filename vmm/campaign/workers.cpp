#include "campaign/workers.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <new>
#include <poll.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/descriptor.hpp"
#include "machine/kick.hpp"

namespace glacis::campaign {

namespace {

constexpr std::uint32_t most_jobs = 256;
constexpr std::uint64_t idle = UINT64_MAX;

/// What the processes share.
struct Board {
    std::atomic<std::uint64_t> next{0};
    std::atomic<bool> is_over{false};
    struct Desk {
        std::atomic<std::uint64_t> run{idle};
        std::atomic<std::uint64_t> since{0};
    };
    std::array<Desk, most_jobs> desks;
};

struct Worker {
    pid_t process = -1;
    Descriptor pipe;
    std::string pending; ///< of a line
    bool was_killed = false;
};

bool write_all(int fd, const std::string& text)
{
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    return true;
}

[[noreturn]] void work(const WorkOrders& orders, Board& board, std::uint32_t desk, int fd)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGINT, SIG_IGN); // the parent decides
    ::signal(SIGTERM, SIG_IGN);
    Laboratory::Beds beds = orders.laboratory->beds(orders.is_anew);
    while (!board.is_over.load()) {
        const std::uint64_t index = board.next.fetch_add(1);
        if (index >= orders.runs.size()) {
            break;
        }
        board.desks[desk].since.store(monotonic_now());
        board.desks[desk].run.store(orders.runs[index]);
        const Record record = orders.laboratory->run(orders.runs[index], beds);
        if (!write_all(fd, record_line(record) + "\n")) {
            break;
        }
        board.desks[desk].run.store(idle);
    }
    ::_exit(0);
}

class Office {
public:
    Office(const WorkOrders& orders, Board& board) : orders_(orders), board_(board)
    {
        workers_.resize(std::clamp<std::uint64_t>(orders.runs.size(), 1,
                                                  std::clamp(orders.jobs, 1U, most_jobs)));
        // Both sides of a run may take their whole time; the host may be slow.
        constexpr std::uint64_t slack = 60'000'000'000;
        patience_ = 8 * orders.laboratory->setting().patience.altogether + slack;
    }

    ~Office()
    {
        for (Worker& worker : workers_) {
            if (worker.process > 0) {
                ::kill(worker.process, SIGKILL);
                ::waitpid(worker.process, nullptr, 0);
            }
        }
    }
    Office(const Office&) = delete;
    Office& operator=(const Office&) = delete;

    Status run()
    {
        for (std::uint32_t desk = 0; desk < workers_.size(); ++desk) {
            if (auto hired = hire(desk); !hired) {
                return hired;
            }
        }
        while (is_anybody_here()) {
            wait();
            if (!orders_.tick()) {
                board_.is_over.store(true);
            }
            for (std::uint32_t desk = 0; desk < workers_.size(); ++desk) {
                if (auto done = attend(desk); !done) {
                    return done;
                }
            }
        }
        return Done{};
    }

private:
    Status hire(std::uint32_t desk)
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            return host_error("pipe2", "starting a worker");
        }
        const pid_t process = ::fork();
        if (process < 0) {
            ::close(ends[0]);
            ::close(ends[1]);
            return host_error("fork", "starting a worker");
        }
        if (process == 0) {
            ::close(ends[0]);
            work(orders_, board_, desk, ends[1]);
        }
        ::close(ends[1]);
        workers_[desk] = {process, Descriptor(ends[0]), {}, false};
        return Done{};
    }

    [[nodiscard]] bool is_anybody_here() const
    {
        return std::any_of(workers_.begin(), workers_.end(),
                           [](const Worker& worker) { return worker.process > 0; });
    }

    void wait()
    {
        std::vector<pollfd> polled;
        for (const Worker& worker : workers_) {
            if (worker.process > 0) {
                polled.push_back({worker.pipe.get(), POLLIN, 0});
            }
        }
        constexpr int a_while = 200; // milliseconds
        (void)::poll(polled.data(), polled.size(), a_while);
    }

    Status attend(std::uint32_t desk)
    {
        Worker& worker = workers_[desk];
        if (worker.process <= 0) {
            return Done{};
        }
        kill_if_stuck(desk);
        pollfd polled{worker.pipe.get(), POLLIN, 0};
        while (::poll(&polled, 1, 0) > 0) {
            std::array<char, 65536> bytes{};
            const ssize_t count = ::read(worker.pipe.get(), bytes.data(), bytes.size());
            if (count > 0) {
                worker.pending.append(bytes.data(), static_cast<std::size_t>(count));
                take_lines(worker);
            } else if (count == 0 || errno != EINTR) {
                return dismiss(desk);
            }
        }
        return Done{};
    }

    void take_lines(Worker& worker)
    {
        for (std::size_t newline = worker.pending.find('\n'); newline != std::string::npos;
             newline = worker.pending.find('\n')) {
            const auto record = read_record(worker.pending.substr(0, newline));
            worker.pending.erase(0, newline + 1);
            if (record) {
                take(*record);
            }
        }
    }

    void take(const Record& record)
    {
        if (!orders_.take(record)) {
            board_.is_over.store(true);
        }
    }

    void kill_if_stuck(std::uint32_t desk)
    {
        const Board::Desk& its = board_.desks[desk];
        if (its.run.load() != idle && monotonic_now() - its.since.load() > patience_) {
            workers_[desk].was_killed = true;
            ::kill(workers_[desk].process, SIGKILL);
        }
    }

    /// The worker has ended: by itself, or together with its run.
    Status dismiss(std::uint32_t desk)
    {
        Worker& worker = workers_[desk];
        int status = 0;
        ::waitpid(worker.process, &status, 0);
        worker.process = -1;
        const std::uint64_t run = board_.desks[desk].run.exchange(idle);
        if (run == idle) {
            return Done{};
        }
        Record record = orders_.laboratory->draw(run);
        const std::string what =
            worker.was_killed     ? std::string("it did not come to an end")
            : WIFSIGNALED(status) ? std::string("it crashed: ") + ::strsignal(WTERMSIG(status))
                                  : "it ended with status " + std::to_string(WEXITSTATUS(status));
        record.with.verdict.outcome = Outcome::escape;
        record.with.verdict.escapes.push_back({"the VMM", what});
        take(record);
        return board_.is_over.load() || board_.next.load() >= orders_.runs.size() ? Status(Done{})
                                                                                  : hire(desk);
    }

    const WorkOrders& orders_;
    Board& board_;
    std::vector<Worker> workers_;
    std::uint64_t patience_ = 0;
};

} // namespace

Status do_runs(const WorkOrders& orders)
{
    void* shared =
        ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        return host_error("mmap", "starting workers");
    }
    Board* board = new (shared) Board;
    Status done = Office(orders, *board).run();
    ::munmap(shared, sizeof(Board));
    return done;
}

} // namespace glacis::campaign
