// Initialisation of function-local static objects, by the rules of the C++ ABI: byte 0 of the guard
// says that it is done; its second word is ours.
#include <cstdint>

#include <glacis/pd.h>

namespace {

struct Guard {
    std::uint8_t done;
    std::uint8_t reserved[3];
    std::uint32_t state;
};
static_assert(sizeof(Guard) == 8, "the ABI's guard variables are 64 bits");

enum : std::uint32_t { idle, running, awaited };

} // namespace

extern "C" int __cxa_guard_acquire(Guard* guard)
{
    for (;;) {
        if (__atomic_load_n(&guard->done, __ATOMIC_ACQUIRE))
            return 0;
        std::uint32_t state = idle;
        if (__atomic_compare_exchange_n(&guard->state, &state, running, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_ACQUIRE)) {
            if (!__atomic_load_n(&guard->done, __ATOMIC_ACQUIRE))
                return 1;
            __atomic_store_n(&guard->state, idle, __ATOMIC_RELEASE);
            return 0;
        }
        if (state == awaited || __atomic_compare_exchange_n(&guard->state, &state, awaited, false,
                                                            __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
            pd_thread_wait(&guard->state, awaited, PD_FOREVER);
    }
}

extern "C" void __cxa_guard_release(Guard* guard)
{
    __atomic_store_n(&guard->done, 1, __ATOMIC_RELEASE);
    if (__atomic_exchange_n(&guard->state, idle, __ATOMIC_ACQ_REL) == awaited)
        pd_thread_wake(&guard->state, UINT64_MAX, nullptr);
}

extern "C" void __cxa_guard_abort(Guard* guard)
{
    if (__atomic_exchange_n(&guard->state, idle, __ATOMIC_ACQ_REL) == awaited)
        pd_thread_wake(&guard->state, UINT64_MAX, nullptr);
}
