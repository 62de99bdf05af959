/* Fault classes: every way a guest can go wrong has one.  The strings are stable; reports carry
 * them.
 *
 * GLACIS_FAULT_CLASS_LIST(X) expands X(NAME, value, "string") for each class. */
#ifndef GLACIS_ABI_FAULT_H
#define GLACIS_ABI_FAULT_H

#define GLACIS_FAULT_CLASS_LIST(X)                                                                 \
    /* stacks */                                                                                   \
    X(STACK_OVERFLOW, 1, "stack overflow")                                                         \
    X(STACK_UNDERFLOW, 2, "stack underflow")                                                       \
    X(GUARD_JUMPED, 3, "jumped over the guard")                                                    \
    X(NEIGHBOUR_STACK, 4, "neighbour's stack")                                                     \
    X(INACTIVE_STACK, 5, "inactive stack")                                                         \
    X(FREED_STACK, 6, "freed stack")                                                               \
    X(CALLER_FRAME, 7, "caller's frame")                                                           \
    /* memory */                                                                                   \
    X(NULL_POINTER, 16, "null pointer")                                                            \
    X(FOREIGN_MEMORY, 17, "foreign domain's memory")                                               \
    X(NO_PERMISSION, 18, "own memory without permission")                                          \
    X(EXECUTE_DATA, 19, "execute of data")                                                         \
    X(SUPERVISOR_MEMORY, 20, "supervisor memory")                                                  \
    X(UNMAPPED_MEMORY, 21, "unmapped memory")                                                      \
    /* instructions */                                                                             \
    X(ILLEGAL_INSTRUCTION, 32, "illegal instruction")                                              \
    X(PRIVILEGED_INSTRUCTION, 33, "privileged instruction")                                        \
    X(ARITHMETIC, 34, "arithmetic error")                                                          \
    X(BREAKPOINT, 35, "breakpoint")                                                                \
    X(ALIGNMENT, 36, "misaligned access")                                                          \
    X(GENERAL_PROTECTION, 37, "general protection")                                                \
    /* the contract */                                                                             \
    X(BAD_HYPERCALL, 48, "bad hypercall")                                                          \
    X(TIME_LIMIT, 49, "time limit")                                                                \
    X(ABORT, 50, "abort")                                                                          \
    /* what the host could not carry out for the guest */                                          \
    X(NOT_EMULATED, 64, "instruction the host cannot emulate")                                     \
    X(DOUBLE_FAULT, 65, "double fault")                                                            \
    X(UNKNOWN, 66, "unknown")

#define GLACIS_FAULT_CLASS_ENUMERATOR(name, value, text) PD_FAULT_##name = (value),
#ifndef __ASSEMBLER__
#ifdef __cplusplus
enum pd_fault_class : unsigned
#else
typedef enum pd_fault_class
#endif
{ GLACIS_FAULT_CLASS_LIST(GLACIS_FAULT_CLASS_ENUMERATOR) }
#ifndef __cplusplus
pd_fault_class
#endif
;
#endif

#endif
