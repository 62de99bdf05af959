// What libstdc++'s configuration asks about the operating system: here there is none, whatever
// system its package was built for. Found before that system's file of the same name.
#ifndef _GLIBCXX_OS_DEFINES
#define _GLIBCXX_OS_DEFINES 1

#define __NO_CTYPE 1
#define __NO_STRING_INLINES 1
#define __NO_MATH_INLINES 1
#define _GTHREAD_USE_MUTEX_TIMEDLOCK 0

// Templates whose instances lie in the library, which is not there: instantiate them.
#undef _GLIBCXX_EXTERN_TEMPLATE
#define _GLIBCXX_EXTERN_TEMPLATE 0

#endif
