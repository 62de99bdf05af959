/* The thread pointer (FS base), the thread-local storage below it and the control block above it:
 * the ABI's variant II.
 *
 *   storage: [ variables, padded to their alignment | control block ]
 *                                                   ^ thread pointer; its first word is its address
 */
#ifndef GLACIS_RUNTIME_THREAD_POINTER_H
#define GLACIS_RUNTIME_THREAD_POINTER_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of storage before the thread pointer, for variables of that size; `alignment` is a power of
 * two. */
static inline size_t glacis_tls_before(size_t size, size_t alignment)
{
    return (size + alignment - 1) & ~(alignment - 1);
}

/* Where the variables begin. */
static inline void* glacis_tls_variables(void* thread_pointer, size_t size, size_t alignment)
{
    return (char*)thread_pointer - glacis_tls_before(size, alignment);
}

/* Precondition: glacis_set_thread_pointer was called on this thread, or it was started with one. */
static inline void* glacis_thread_pointer(void)
{
    void* pointer;
    __asm__("movq %%fs:0, %0" : "=r"(pointer));
    return pointer;
}

/* `thread_pointer` points to a control block whose first word is its own address. */
static inline void glacis_set_thread_pointer(void* thread_pointer)
{
    __asm__ volatile("wrfsbase %0" : : "r"(thread_pointer) : "memory");
}

static inline int glacis_has_thread_pointer(void)
{
    uintptr_t base;
    __asm__("rdfsbase %0" : "=r"(base));
    return base != 0;
}

static inline uintptr_t glacis_stack_pointer(void)
{
    uintptr_t pointer;
    __asm__("movq %%rsp, %0" : "=r"(pointer));
    return pointer;
}

#endif
