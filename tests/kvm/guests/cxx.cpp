// What compiled C++ needs from the runtime, and the C++ side of the API.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <glacis/pd.hpp>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                    \
            std::exit(1);                                                                          \
        }                                                                                          \
    } while (0)

namespace {

/// Says when it begins and ends.
class Announced {
public:
    explicit Announced(const char* name) : name_(name) { std::printf("%s begins\n", name_); }
    ~Announced() { std::printf("%s ends\n", name_); }
    Announced(const Announced&) = delete;
    Announced& operator=(const Announced&) = delete;
    [[nodiscard]] const char* name() const { return name_; }

private:
    const char* name_;
};

Announced global("global");
thread_local Announced of_thread("thread's");
std::atomic<int> slow_constructions;

class Slow {
public:
    Slow()
    {
        pd_thread_sleep(1000000);
        ++slow_constructions;
    }
};

void objects_begin_and_end()
{
    static Announced local("local");
    CHECK(std::strcmp(of_thread.name(), "thread's") == 0);
}

void threads_end_their_objects()
{
    auto thread = pd::Thread::start([] { CHECK(std::strlen(of_thread.name()) == 8); });
    CHECK(thread && thread->join());
    std::puts("joined");
}

void locals_are_initialised_once()
{
    std::vector<pd::Thread> threads;
    for (int i = 0; i < 6; ++i) {
        auto thread = pd::Thread::start([] {
            static Slow slow;
            return slow_constructions.load();
        });
        CHECK(thread);
        threads.push_back(std::move(*thread));
    }
    for (pd::Thread& thread : threads) {
        CHECK(thread.join().value() == 1);
    }
}

void containers_and_algorithms_work()
{
    std::vector<int> numbers{3, 1, 2};
    for (int i = 0; i < 1000; ++i) {
        numbers.push_back(i * 7 % 13);
    }
    std::sort(numbers.begin(), numbers.end());
    CHECK(std::is_sorted(numbers.begin(), numbers.end()) && numbers.size() == 1003);
    const std::function<int(int)> add = [&](int number) {
        return number + numbers.back();
    };
    CHECK(add(1) == 13);
    const auto shared = std::make_shared<std::string>("a string longer than what fits inside");
    auto again = shared;
    CHECK(shared.use_count() == 2);
    again.reset();
    CHECK(*shared + std::to_string(42) == "a string longer than what fits inside42");
    const auto owned = std::make_unique<std::array<char, 100>>();
    CHECK(owned->size() == 100);
}

std::mutex mutex;
int counter;

void the_wrappers_clean_up()
{
    pd_stack id = 0;
    {
        auto stack = pd::Stack::alloc(16384);
        CHECK(stack && stack->info()->committed == 16384);
        id = stack->id();
        static auto function = [] {
            return pd_stack_current();
        };
        CHECK(stack->run(function).value() == id);
    }
    pd_stack_info information{};
    CHECK(pd_stack_query(id, &information) == PD_BAD_HANDLE);
    CHECK(pd::Stack::alloc(1).status() == PD_MISALIGNED);

    void* address = nullptr;
    {
        auto pages = pd::Pages::alloc(8192);
        CHECK(pages && pages->bytes().size() == 8192 && pages->bytes()[8191] == std::byte{0});
        address = pages->bytes().data();
    }
    pd_memory_info memory{};
    CHECK(pd_memory_query(address, &memory) == PD_NOT_COMMITTED);

    pd_group gone = 0;
    {
        auto group = pd::Group::create();
        CHECK(group && group->add(PD_SELF) == PD_OK && group->add(1000) == PD_BAD_HANDLE);
        auto pages = pd::Pages::alloc(8192);
        CHECK(pages && pages->share(*group, PD_PERM_READ) == PD_OK);
        CHECK(pd_memory_query(pages->bytes().data(), &memory) == PD_OK &&
              memory.perm == PD_PERM_READ);
        CHECK(pages->transfer(PD_SELF) == PD_OK && pages->bytes().empty());
        gone = group->handle();
    }
    CHECK(pd_group_add(gone, PD_SELF) == PD_BAD_HANDLE);

    {
        std::vector<pd::Thread> threads;
        threads.reserve(4);
        for (int i = 0; i < 4; ++i) {
            threads.push_back(std::move(*pd::Thread::start([] {
                for (int k = 0; k < 1000; ++k) {
                    const std::lock_guard lock(mutex);
                    ++counter;
                }
            })));
        }
    }
    CHECK(counter == 4000);
    CHECK(pd::region("nowhere").empty());
}

/// Its faults are its parent's: this program is the child's, too.
void child_divides()
{
    volatile int zero = 0;
    std::printf("%d\n", 100 / zero);
}

pd::Domain make_divider()
{
    static const char arguments[] = "child_divides";
    pd_domain_parameters parameters{};
    CHECK(pd_domain_parameters_init(&parameters, "child") == PD_OK);
    parameters.quota_memory = std::uint64_t{2} << 20;
    parameters.arguments = reinterpret_cast<std::uint64_t>(arguments);
    parameters.arguments_size = sizeof arguments;
    parameters.flags = PD_DOMAIN_HANDLED;
    auto child = pd::Domain::create(pd::region("program"), parameters);
    CHECK(child);
    return std::move(*child);
}

void domains_and_faults_have_wrappers()
{
    pd_domain gone = PD_SELF;
    {
        const pd::Domain child = make_divider();
        gone = child.handle();
        auto fault = pd::Fault::wait();
        CHECK(fault && fault->what().fault_class == PD_FAULT_ARITHMETIC && fault->is_resumable());
        CHECK(fault->what().domain == gone);
        CHECK(child.wait(std::chrono::milliseconds(1)).status() == PD_TIMED_OUT);
        CHECK(fault->restart() == PD_QUOTA);
        CHECK(fault->kill() == PD_OK);
        auto end = child.wait();
        CHECK(end && end->state == PD_DOMAIN_FAULTED);
    }
    pd_domain_info information{};
    CHECK(pd_domain_query(gone, &information) == PD_BAD_HANDLE);

    const pd::Domain child = make_divider();
    {
        auto unanswered = pd::Fault::wait();
        CHECK(unanswered);
    }
    CHECK(child.wait()->fault_class == PD_FAULT_ARITHMETIC);
    CHECK(pd::Domain::create({}, {}).status() == PD_EMPTY_RANGE);
    CHECK(pd::Fault::wait(std::chrono::milliseconds(1)).status() == PD_TIMED_OUT);
}

void throwing_ends_the_domain()
{
    const std::vector<int> empty;
    std::printf("%d\n", empty.at(3));
}

} // namespace

int main(int count, char** arguments)
{
    const std::string_view wanted = count > 1 ? arguments[1] : "";
    if (wanted == "objects_begin_and_end") {
        objects_begin_and_end();
    } else if (wanted == "threads_end_their_objects") {
        threads_end_their_objects();
    } else if (wanted == "locals_are_initialised_once") {
        locals_are_initialised_once();
    } else if (wanted == "containers_and_algorithms_work") {
        containers_and_algorithms_work();
    } else if (wanted == "the_wrappers_clean_up") {
        the_wrappers_clean_up();
    } else if (wanted == "domains_and_faults_have_wrappers") {
        domains_and_faults_have_wrappers();
    } else if (wanted == "child_divides") {
        child_divides();
    } else if (wanted == "throwing_ends_the_domain") {
        throwing_ends_the_domain();
    } else {
        return 2;
    }
    std::puts("done");
    return 0;
}
