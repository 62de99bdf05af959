/* Clocks and sleeping. */
#include <errno.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include <glacis/pd/general.h>
#include <glacis/pd/thread.h>

enum { nanoseconds_in_second = 1000000000, nanoseconds_in_microsecond = 1000 };

static int fail(int error)
{
    errno = error;
    return -1;
}

static struct timespec split(uint64_t nanoseconds)
{
    return (struct timespec){.tv_sec = (time_t)(nanoseconds / nanoseconds_in_second),
                             .tv_nsec = (long)(nanoseconds % nanoseconds_in_second)};
}

int clock_gettime(clockid_t clock, struct timespec* time)
{
    uint64_t now = 0;
    if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
        return fail(EINVAL);
    if (pd_clock(clock == CLOCK_REALTIME ? PD_CLOCK_REALTIME : PD_CLOCK_MONOTONIC, &now) != PD_OK)
        return fail(EINVAL);
    *time = split(now);
    return 0;
}

int clock_getres(clockid_t clock, struct timespec* resolution)
{
    if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
        return fail(EINVAL);
    if (resolution != NULL)
        *resolution = split(1);
    return 0;
}

int clock_settime(clockid_t clock, const struct timespec* time)
{
    (void)clock;
    (void)time;
    return fail(EPERM);
}

int gettimeofday(struct timeval* time, void* zone)
{
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / nanoseconds_in_microsecond;
    return 0;
}

/* A domain cannot see its own running time: clock() counts from the moment it is first called. */
clock_t times(struct tms* result)
{
    static uint64_t first;
    uint64_t now = 0;
    uint64_t expected = 0;
    pd_clock(PD_CLOCK_MONOTONIC, &now);
    __atomic_compare_exchange_n(&first, &expected, now, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    clock_t ticks = (clock_t)((now - first) / (nanoseconds_in_second / CLOCKS_PER_SEC));
    *result = (struct tms){.tms_utime = ticks};
    return ticks;
}

int nanosleep(const struct timespec* duration, struct timespec* left)
{
    if (duration->tv_sec < 0 || duration->tv_nsec < 0 || duration->tv_nsec >= nanoseconds_in_second)
        return fail(EINVAL);
    uint64_t nanoseconds = 0;
    if (__builtin_mul_overflow((uint64_t)duration->tv_sec, nanoseconds_in_second, &nanoseconds) ||
        __builtin_add_overflow(nanoseconds, (uint64_t)duration->tv_nsec, &nanoseconds))
        nanoseconds = UINT64_MAX;
    pd_thread_sleep(nanoseconds);
    if (left != NULL)
        *left = split(0);
    return 0;
}

unsigned sleep(unsigned seconds)
{
    pd_thread_sleep((uint64_t)seconds * nanoseconds_in_second);
    return 0;
}

int usleep(useconds_t microseconds)
{
    pd_thread_sleep((uint64_t)microseconds * nanoseconds_in_microsecond);
    return 0;
}

int sched_yield(void)
{
    pd_thread_yield();
    return 0;
}
