/* What the ring-0 shim and the VMM know of each other on x86-64.  C, C++ and assembler.
 *
 * The shim does three things: it leaves to the VMM with one port write for every trap, it loads
 * what the VMM put into the vCPU's mailbox, and it returns to ring 3.  It decides nothing and edits
 * no table.
 *
 * One block of GLACIS_VCPU_BLOCK_SIZE bytes a vCPU, supervisor read/write:
 *
 *   +0x0000  TSS
 *   +0x1000  trap stack page: RSP0 = +0x1f80, the mailbox right above it
 *   +0x2000  stack for double faults and NMIs (IST 1), top at +0x3000
 *
 * A trap from ring 3 pushes SS, RSP, RFLAGS, CS, RIP (and an error code) below RSP0, so that the
 * trap frame is always at the same place and the mailbox at a fixed distance from RSP. */
#ifndef GLACIS_ABI_ARCH_X86_64_SHIM_H
#define GLACIS_ABI_ARCH_X86_64_SHIM_H

#include "../../layout.h"

/* Segment selectors.  The order is what SYSRET asks for. */
#define GLACIS_SELECTOR_KERNEL_CODE 0x08
#define GLACIS_SELECTOR_KERNEL_DATA 0x10
#define GLACIS_SELECTOR_USER_DATA 0x23
#define GLACIS_SELECTOR_USER_CODE 0x2b
#define GLACIS_SELECTOR_TSS 0x30

/* A trap with vector v leaves by a write to port GLACIS_PORT_VECTOR + v; SYSCALL by its own port.
 */
#define GLACIS_PORT_VECTOR 0xc0
#define GLACIS_VECTORS 32
#define GLACIS_PORT_SYSCALL 0xe0

/* Offsets in a vCPU's block. */
#define GLACIS_BLOCK_TSS 0x0000
#define GLACIS_BLOCK_RSP0 0x1f80
#define GLACIS_BLOCK_MAILBOX 0x1f80
#define GLACIS_BLOCK_IST1 0x3000
#define GLACIS_TRAP_FRAME_SIZE 40

/* The mailbox, offsets from its start.  The VMM writes them while the vCPU is outside the
 * guest; the shim reads them on its way to ring 3 when FLAGS is not zero, and clears FLAGS. */
#define GLACIS_MAILBOX_FLAGS 0
#define GLACIS_MAILBOX_CR3 8
#define GLACIS_MAILBOX_FS_BASE 16
#define GLACIS_MAILBOX_FS_BASE_HIGH 20
#define GLACIS_MAILBOX_GS_BASE 24
#define GLACIS_MAILBOX_GS_BASE_HIGH 28
#define GLACIS_MAILBOX_RAX 32
#define GLACIS_MAILBOX_RCX 40
#define GLACIS_MAILBOX_RDX 48
#define GLACIS_MAILBOX_SIZE 56

/* The shim's image begins with a header of 8-byte guest addresses.  From RESUME to RESUME_END the
 * vCPU is on its way to ring 3 with RSP at the trap frame; from LOAD_CONTEXT on, RAX, RCX and RDX
 * are scratch and their values for ring 3 are those in the mailbox. */
#define GLACIS_SHIM_HEADER_VECTOR_STUBS 0  /* GLACIS_VECTORS entries of GLACIS_SHIM_STUB_SIZE */
#define GLACIS_SHIM_HEADER_SYSCALL_STUBS 8 /* GLACIS_VCPU_MAX entries, likewise */
#define GLACIS_SHIM_HEADER_RESUME 16
#define GLACIS_SHIM_HEADER_LOAD_CONTEXT 24
#define GLACIS_SHIM_HEADER_RESUME_END 32
#define GLACIS_SHIM_HEADER_GDT 40
#define GLACIS_SHIM_HEADER_GDT_SIZE 48
#define GLACIS_SHIM_HEADER_IDT 56 /* room for GLACIS_VECTORS descriptors, filled in by the VMM */
#define GLACIS_SHIM_STUB_SIZE 32

/* In the gate page: the entry for calls at its start, and an instruction that only traps. */
#define GLACIS_GATE_CALL (GLACIS_GATE_BASE + 0)
#define GLACIS_GATE_BOUNCE (GLACIS_GATE_BASE + 16)

#endif
