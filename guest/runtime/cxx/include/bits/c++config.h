// libstdc++'s configuration, less what the system has that it was built for and a domain has not.
#ifndef GLACIS_CXX_CONFIG_H
#define GLACIS_CXX_CONFIG_H

#include_next <bits/c++config.h>

#undef _GLIBCXX_HAVE_LINUX_FUTEX
#undef _GLIBCXX_HAVE_POSIX_SEMAPHORE
#undef _GLIBCXX_HAVE_TIMESPEC_GET
#undef _GLIBCXX_HAVE_AT_QUICK_EXIT
#undef _GLIBCXX_HAVE_QUICK_EXIT
#undef _GLIBCXX_USE_PTHREAD_COND_CLOCKWAIT
#undef _GLIBCXX_USE_PTHREAD_MUTEX_CLOCKLOCK
#undef _GLIBCXX_USE_PTHREAD_RWLOCK_T
#undef _GTHREAD_USE_MUTEX_TIMEDLOCK
#define _GTHREAD_USE_MUTEX_TIMEDLOCK 0
#undef _GLIBCXX_GTHREAD_USE_WEAK
#define _GLIBCXX_GTHREAD_USE_WEAK 0

// newlib has no long double versions of these: the names are in the global namespace only.
#undef _GLIBCXX_USE_C99_MATH_TR1

#endif
