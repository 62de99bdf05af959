// The C API for C++: objects that give back what they hold. Everything here is a thin layer over
// glacis/pd.h, which says what the calls mean. C++20, no exceptions, no RTTI.
#ifndef GLACIS_PD_HPP
#define GLACIS_PD_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <glacis/pd.h>

namespace pd {

/// A T, or the status that says why there is none.
template <class T> class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)) {}
    /// Precondition: `status` is not PD_OK.
    Result(pd_status status) : status_(status) {}

    explicit operator bool() const { return value_.has_value(); }
    [[nodiscard]] pd_status status() const { return status_; }
    [[nodiscard]] const char* text() const { return pd_status_text(status_); }

    /// Precondition: there is a value. Otherwise the domain ends (class "abort").
    T& value()
    {
        if (!value_)
            pd_abort(status_);
        return *value_;
    }
    T& operator*() { return value(); }
    T* operator->() { return &value(); }

private:
    std::optional<T> value_;
    pd_status status_ = PD_OK;
};

using Duration = std::chrono::nanoseconds;

/// A timeout for the C API: negative durations are none, and the longest is forever.
[[nodiscard]] constexpr std::uint64_t timeout(Duration duration)
{
    if (duration == Duration::max())
        return PD_FOREVER;
    return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

/// A stack, freed at the end. Moves, does not copy.
class Stack {
public:
    static Result<Stack> alloc(std::size_t commit, std::size_t limit = 0,
                               std::uint64_t slot = PD_ANY_SLOT, std::uint32_t manager = PD_SELF)
    {
        pd_stack id = 0;
        if (pd_status status = pd_stack_alloc(commit, limit, slot, manager, &id); status != PD_OK)
            return status;
        return Stack(id);
    }

    Stack() = default;
    Stack(Stack&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
    Stack& operator=(Stack&& other) noexcept
    {
        std::swap(id_, other.id_);
        return *this;
    }
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;
    ~Stack()
    {
        if (id_ != 0)
            pd_stack_free(id_);
    }

    /// Stack-ID; 0 when this holds none.
    [[nodiscard]] pd_stack id() const { return id_; }
    [[nodiscard]] void* top() const { return pd_stack_top(id_); }
    /// Somebody else frees it from now on.
    [[nodiscard]] pd_stack release() { return std::exchange(id_, 0); }

    pd_status grow(std::size_t commit) { return pd_stack_grow(id_, commit); }
    Result<pd_stack_info> info() const
    {
        pd_stack_info information{};
        if (pd_status status = pd_stack_query(id_, &information); status != PD_OK)
            return status;
        return information;
    }

    /// Runs `function` on this stack. While it runs, the caller's frames are out of reach: what it
    /// refers to lies on the heap or in static storage, the function object included.
    template <class Function> Result<std::uint64_t> run(Function& function)
    {
        std::uint64_t value = 0;
        auto call = [](void* object) -> std::uint64_t {
            return (*static_cast<Function*>(object))();
        };
        if (pd_status status = pd_stack_run_on(id_, call, std::addressof(function), &value);
            status != PD_OK)
            return status;
        return value;
    }

private:
    explicit Stack(pd_stack id) : id_(id) {}
    pd_stack id_ = 0;
};

/// A group of domains, deleted at the end. What its members were granted stays theirs. Moves, does
/// not copy.
class Group {
public:
    static Result<Group> create()
    {
        pd_group handle = 0;
        if (pd_status status = pd_group_create(&handle); status != PD_OK)
            return status;
        return Group(handle);
    }

    Group() = default;
    Group(Group&& other) noexcept : handle_(std::exchange(other.handle_, 0)) {}
    Group& operator=(Group&& other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    ~Group()
    {
        if (handle_ != 0)
            pd_group_delete(handle_);
    }

    /// 0 when this holds none.
    [[nodiscard]] pd_group handle() const { return handle_; }
    pd_status add(std::uint32_t domain) { return pd_group_add(handle_, domain); }
    pd_status remove(std::uint32_t domain) { return pd_group_remove(handle_, domain); }

private:
    explicit Group(pd_group handle) : handle_(handle) {}
    pd_group handle_ = 0;
};

/// Pages, zeroed when allocated and freed at the end. Moves, does not copy.
class Pages {
public:
    static Result<Pages> alloc(std::size_t length,
                               std::uint32_t permission = PD_PERM_READ | PD_PERM_WRITE)
    {
        void* address = nullptr;
        if (pd_status status = pd_memory_alloc(length, permission, &address); status != PD_OK)
            return status;
        return Pages({static_cast<std::byte*>(address), length});
    }

    Pages() = default;
    Pages(Pages&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    Pages& operator=(Pages&& other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages()
    {
        if (!bytes_.empty())
            pd_memory_free(bytes_.data(), bytes_.size());
    }

    [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }
    pd_status share(std::uint32_t domain, std::uint32_t permission, std::uint32_t flags = 0)
    {
        return pd_memory_set_permission(bytes_.data(), bytes_.size(), permission, domain, flags);
    }
    /// With all members of a group, or with none.
    pd_status share(const Group& group, std::uint32_t permission, std::uint32_t flags = 0)
    {
        return pd_memory_set_group_permission(bytes_.data(), bytes_.size(), permission,
                                              group.handle(), flags);
    }
    /// Passes the ownership on. With PD_OK this holds nothing any more, and the new owner frees
    /// the pages.
    pd_status transfer(std::uint32_t domain)
    {
        const pd_status status = pd_memory_transfer(bytes_.data(), bytes_.size(), domain);
        if (status == PD_OK)
            bytes_ = {};
        return status;
    }

private:
    explicit Pages(std::span<std::byte> bytes) : bytes_(bytes) {}
    std::span<std::byte> bytes_;
};

/// A child domain, destroyed at the end with all that it has made. Moves, does not copy.
class Domain {
public:
    static Result<Domain> create(std::span<const std::byte> image,
                                 const pd_domain_parameters& parameters)
    {
        pd_domain handle = PD_SELF;
        if (pd_status status = pd_domain_create(image.data(), image.size(), &parameters, &handle);
            status != PD_OK)
            return status;
        return Domain(handle);
    }

    Domain() = default;
    Domain(Domain&& other) noexcept : handle_(std::exchange(other.handle_, PD_SELF)) {}
    Domain& operator=(Domain&& other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Domain(const Domain&) = delete;
    Domain& operator=(const Domain&) = delete;
    ~Domain()
    {
        if (handle_ != PD_SELF)
            pd_domain_destroy(handle_);
    }

    /// PD_SELF when this holds none.
    [[nodiscard]] pd_domain handle() const { return handle_; }
    Result<pd_domain_info> info() const
    {
        pd_domain_info information{};
        if (pd_status status = pd_domain_query(handle_, &information); status != PD_OK)
            return status;
        return information;
    }
    /// How it has ended. PD_TIMED_OUT: not yet.
    Result<pd_domain_info> wait(Duration limit = Duration::max()) const
    {
        pd_domain_info information{};
        if (pd_status status = pd_domain_wait(handle_, timeout(limit), &information);
            status != PD_OK)
            return status;
        return information;
    }

private:
    explicit Domain(pd_domain handle) : handle_(handle) {}
    pd_domain handle_ = PD_SELF;
};

/// A fault of another domain that waits for this one's answer. Whoever lets it go unanswered has
/// its domain killed. Moves, does not copy.
class Fault {
public:
    /// The next one.
    static Result<Fault> wait(Duration limit = Duration::max())
    {
        Fault fault;
        pd_status status = PD_OK;
        do { // one that was over before it could be looked at is nobody's concern
            status = pd_fault_wait(timeout(limit), &fault.what_);
        } while (status == PD_BAD_HANDLE);
        if (status != PD_OK)
            return status;
        return fault;
    }

    Fault() = default;
    Fault(Fault&& other) noexcept : what_(std::exchange(other.what_, {})) {}
    Fault& operator=(Fault&& other) noexcept
    {
        std::swap(what_, other.what_);
        return *this;
    }
    Fault(const Fault&) = delete;
    Fault& operator=(const Fault&) = delete;
    ~Fault()
    {
        if (what_.fault != 0)
            pd_fault_kill(what_.fault);
    }

    [[nodiscard]] const pd_fault& what() const { return what_; }
    [[nodiscard]] bool is_resumable() const { return (what_.flags & PD_FAULT_RESUMABLE) != 0; }

    pd_status resume() { return answered(pd_fault_resume(what_.fault, nullptr)); }
    pd_status resume(const pd_registers& registers)
    {
        return answered(pd_fault_resume(what_.fault, &registers));
    }
    pd_status kill() { return answered(pd_fault_kill(what_.fault)); }
    pd_status restart() { return answered(pd_fault_restart(what_.fault)); }

private:
    pd_status answered(pd_status status)
    {
        if (status == PD_OK || status == PD_BAD_HANDLE)
            what_.fault = 0;
        return status;
    }
    pd_fault what_{};
};

/// A thread that is joined at the end. Moves, does not copy.
class Thread {
public:
    /// Runs `function()`, which is moved to the heap: it may own things, but may not refer to
    /// frames of the caller. What it returns, if anything, is the thread's exit value.
    template <class Function>
    static Result<Thread> start(Function function, const pd_thread_options& options = {})
    {
        auto* object = new (std::nothrow) Function(std::move(function));
        if (object == nullptr)
            return PD_NO_MEMORY;
        auto entry = [](void* argument) -> std::uint64_t {
            std::unique_ptr<Function> own(static_cast<Function*>(argument));
            if constexpr (std::is_void_v<std::invoke_result_t<Function&>>) {
                (*own)();
                return 0;
            } else {
                return static_cast<std::uint64_t>((*own)());
            }
        };
        pd_thread thread = 0;
        if (pd_status status = pd_thread_start(entry, object, &options, &thread); status != PD_OK) {
            delete object;
            return status;
        }
        return Thread((options.flags & PD_THREAD_DETACHED) != 0 ? 0 : thread);
    }

    Thread() = default;
    Thread(Thread&& other) noexcept : handle_(std::exchange(other.handle_, 0)) {}
    Thread& operator=(Thread&& other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread()
    {
        if (handle_ != 0)
            pd_thread_join(handle_, PD_FOREVER, nullptr);
    }

    /// 0 when there is nothing to join.
    [[nodiscard]] pd_thread handle() const { return handle_; }
    /// PD_TIMED_OUT leaves it to be joined later.
    Result<std::uint64_t> join(Duration limit = Duration::max())
    {
        std::uint64_t value = 0;
        if (pd_status status = pd_thread_join(handle_, timeout(limit), &value); status != PD_OK)
            return status;
        handle_ = 0;
        return value;
    }

private:
    explicit Thread(pd_thread handle) : handle_(handle) {}
    pd_thread handle_ = 0;
};

/// Lies on the heap, in static storage or in a shared region, not on a stack: as everything below.
/// Meets the requirements of std::lock_guard.
class Mutex {
public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() { pd_mutex_lock(&mutex_); }
    [[nodiscard]] bool try_lock() { return pd_mutex_try_lock(&mutex_); }
    void unlock() { pd_mutex_unlock(&mutex_); }
    [[nodiscard]] pd_mutex* native() { return &mutex_; }

private:
    pd_mutex mutex_{};
};

/// Holds a mutex for a scope.
class Lock {
public:
    explicit Lock(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
    ~Lock() { mutex_.unlock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    [[nodiscard]] Mutex& mutex() { return mutex_; }

private:
    Mutex& mutex_;
};

class Condition {
public:
    Condition() = default;
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    /// Waits until `is_true()`, which is asked with the mutex locked. False when the time has
    /// passed first; `limit` counts for each wait.
    template <class Predicate>
    bool wait(Lock& lock, Predicate is_true, Duration limit = Duration::max())
    {
        while (!is_true()) {
            if (pd_condition_wait(&condition_, lock.mutex().native(), timeout(limit)) ==
                PD_TIMED_OUT)
                return is_true();
        }
        return true;
    }
    void signal() { pd_condition_signal(&condition_); }
    void broadcast() { pd_condition_broadcast(&condition_); }

private:
    pd_condition condition_{};
};

class Semaphore {
public:
    explicit Semaphore(std::uint32_t count = 0) : semaphore_{count, 0} {}
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// False when the time has passed.
    bool acquire(Duration limit = Duration::max())
    {
        return pd_semaphore_acquire(&semaphore_, timeout(limit)) == PD_OK;
    }
    void release() { pd_semaphore_release(&semaphore_); }

private:
    pd_semaphore semaphore_;
};

/// An exported function of another domain, called like a function: `pd::Gate<int(int, const char*)>
/// put("store", "put");`, then `put(1, name)`. Arguments and result are integers, enumerations or
/// pointers; what a pointer is of use for in the callee is what it was granted.
template <class Function> class Gate;

template <class Value, class... Arguments> class Gate<Value(Arguments...)> {
    template <class T>
    static constexpr bool fits = std::is_integral_v<T> || std::is_enum_v<T> || std::is_pointer_v<T>;

    static_assert(sizeof...(Arguments) <= GLACIS_GATE_ARGUMENTS_MAX);
    static_assert((fits<Arguments> && ...) && (fits<Value> || std::is_void_v<Value>));

public:
    Gate(const char* domain, const char* name) : gate_(pd_gate_find(domain, name)) {}

    /// Whether this domain has the right to call it.
    explicit operator bool() const { return gate_ != 0; }

    /// What the function returned, or the status that says why it did not.
    auto operator()(Arguments... arguments) const
    {
        const std::uint64_t raw[sizeof...(Arguments) + 1] = {to_raw(arguments)..., 0};
        std::uint64_t value = 0;
        const pd_status status = pd_gate_call(gate_, raw, sizeof...(Arguments), &value);
        if constexpr (std::is_void_v<Value>)
            return status;
        else
            return status == PD_OK ? Result<Value>(from_raw(value)) : Result<Value>(status);
    }

private:
    template <class T> static std::uint64_t to_raw(T value)
    {
        if constexpr (std::is_pointer_v<T>)
            return reinterpret_cast<std::uintptr_t>(value);
        else
            return static_cast<std::uint64_t>(value);
    }
    static auto from_raw(std::uint64_t value)
    {
        if constexpr (std::is_pointer_v<Value>)
            return reinterpret_cast<Value>(value); // NOLINT(performance-no-int-to-ptr)
        else
            return static_cast<Value>(value);
    }

    pd_gate gate_;
};

/// What is in the shared region of that name; empty when this domain has none.
[[nodiscard]] inline std::span<const std::byte> region(const char* name)
{
    const pd_boot_region* found = pd_region_find(name);
    if (found == nullptr)
        return {};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the ABI gives addresses as numbers
    return {reinterpret_cast<const std::byte*>(found->base),
            static_cast<std::size_t>(found->content_size)};
}

/// The same for a region that this domain may write; empty when it may not.
[[nodiscard]] inline std::span<std::byte> writable_region(const char* name)
{
    const pd_boot_region* found = pd_region_find(name);
    if (found == nullptr || (found->perm & PD_PERM_WRITE) == 0)
        return {};
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    return {reinterpret_cast<std::byte*>(found->base),
            static_cast<std::size_t>(found->content_size)};
}

/// A region's content as text.
[[nodiscard]] inline std::string_view text(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace pd

#endif
