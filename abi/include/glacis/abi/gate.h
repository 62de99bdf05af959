/* Calls from one domain into another.  C11, C++ and assembler.
 *
 * A domain may call those entry points of others that its description gives it; each right has a
 * handle, from 1, which the boot information names (boot.h).  The call runs on the caller's own
 * thread and stack: the callee sees of the stack what lies below the caller's frames.
 *
 *   caller                                       callee
 *   call GLACIS_GATE_CROSS   ---------------->   entry point, which takes the stack pointer from
 * RAX goes on behind the call  <----------------   jmp GLACIS_GATE_RETURN
 *
 * Registers of a call:
 *
 *              target                       hint   a1   a2   a3   a4   a5   a6     status   value
 *   x86-64     RAX = window | handle << 3   RBX    RDI  RSI  RDX  R10  R8   R9     RAX      RDX
 *                    | number of arguments
 *
 * `window` is the first address above what the callee shall see of the stack: page-aligned, at or
 * below the caller's lowest frame, as nothing but the caller itself protects frames that it offers.
 * `hint` is any number: the place, modulo GLACIS_ENTRIES, at which the supervisor keeps this call
 * prepared for the thread.  A call that is prepared there takes no VM exit.
 *
 * At entry the callee finds the arguments, its window's end in RAX (whose low 12 bits say nothing:
 * it clears them and makes this its stack pointer) and sane flags; every other register, the stack
 * pointer too, holds what the caller left there.  At return the callee gives the value in RDX; the
 * caller finds status and value, its own stack pointer and sane flags, and in every other register
 * what the callee left there.  So each side saves and clears for itself what the other shall not
 * see or change: the runtime does (pd/gate.h).
 *
 * Statuses of a call:  PD_OK, set by the gate page behind a return and by nobody else;
 *   BAD_HANDLE       no such right
 *   BAD_ARGUMENT     another number of arguments than the entry point takes; a window that is not
 *                    page-aligned or reaches above what the caller itself sees of the stack
 *   NOT_RUNNING      the callee's domain has ended or is being stopped; nothing was entered
 *   CALL_DEPTH       the thread is in GLACIS_CALL_DEPTH_MAX calls
 *   STACK_TOO_SMALL  less than the entry point needs lies below `window`
 *   NOT_PERMITTED    the caller itself may not read and write all of the stack below `window`
 *   IN_USE           part of the stack below `window` is granted to another domain
 *   HOST_NO_MEMORY   no memory for page tables
 *   CALLEE_FAULTED, CALLEE_STOPPED, CALL_TIME_LIMIT
 *                    the call was entered and cut short
 * As long as the callee has not opened its gates (GATE_OPEN, GATE_SERVE) the caller waits.
 *
 * A return outside of any call gives NOT_IN_CALL. */
#ifndef GLACIS_ABI_GATE_H
#define GLACIS_ABI_GATE_H

#include "layout.h"

/* Entries in the gate page (layout.h). */
#define GLACIS_GATE_CROSS (GLACIS_GATE_BASE + 0x20)
/* Where a return leads: the status becomes PD_OK there, and nowhere else. */
#define GLACIS_GATE_RETURNED (GLACIS_GATE_BASE + 0x28)
#define GLACIS_GATE_RETURN (GLACIS_GATE_BASE + 0x30)

#define GLACIS_GATE_ARGUMENTS_MAX 6
#define GLACIS_GATE_HANDLE_SHIFT 3
/* Rights to call that one domain may have. */
#define GLACIS_GATES_MAX 511
/* Calls that a thread may be in at once. */
#define GLACIS_CALL_DEPTH_MAX 32
/* Calls kept prepared for a thread at once; a power of two. */
#define GLACIS_ENTRIES 64

#endif
