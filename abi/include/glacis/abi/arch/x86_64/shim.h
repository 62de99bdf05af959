/* What the ring-0 shim and the VMM know of each other on x86-64.  C, C++ and assembler.
 *
 * The shim does four things: it leaves to the VMM with one port write for every trap, it loads
 * what the VMM put into the vCPU's mailbox, it carries out calls across domains (gate.h) that the
 * VMM has prepared, and it returns to ring 3.  It decides nothing and edits no table.
 *
 * One block of GLACIS_VCPU_BLOCK_SIZE bytes a vCPU, supervisor read/write:
 *
 *   +0x0000  TSS
 *   +0x1000  trap stack page: RSP0 = +0x1f80, the mailbox right above it
 *   +0x2000  stack for double faults and NMIs (IST 1), top at +0x3000
 *   +0x3000  calls across domains: the thread's depth and frames, and what is prepared for it
 *
 * A trap from ring 3 pushes SS, RSP, RFLAGS, CS, RIP (and an error code) below RSP0, so that the
 * trap frame is always at the same place and the mailbox at a fixed distance from RSP. */
#ifndef GLACIS_ABI_ARCH_X86_64_SHIM_H
#define GLACIS_ABI_ARCH_X86_64_SHIM_H

#include "../../gate.h"
#include "../../layout.h"

/* Segment selectors.  The order is what SYSRET asks for. */
#define GLACIS_SELECTOR_KERNEL_CODE 0x08
#define GLACIS_SELECTOR_KERNEL_DATA 0x10
#define GLACIS_SELECTOR_USER_DATA 0x23
#define GLACIS_SELECTOR_USER_CODE 0x2b
#define GLACIS_SELECTOR_TSS 0x30

/* A trap with vector v leaves by a write to port GLACIS_PORT_VECTOR + v; SYSCALL by its own port,
 * and so does a call or a return across domains that is not prepared. */
#define GLACIS_PORT_VECTOR 0xc0
#define GLACIS_VECTORS 32
#define GLACIS_PORT_SYSCALL 0xe0
#define GLACIS_PORT_GATE 0xe1

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

/* Calls across domains, offsets in a vCPU's block.  The VMM writes all of it while the vCPU is
 * outside the guest; inside, the shim pushes and pops frames.
 *
 *   DEPTH    bytes from FRAMES to the frame of the code that runs: GLACIS_FRAME_SIZE for each call
 *   FRAMES   one more than calls: the root that the code at that depth runs on, and the stack
 * pointer that it had when it called on; 0: a return to it has to leave to the VMM.  The frame
 *            before the first is such a one, so a return without a call leaves.
 *   ENTRIES  what is prepared: a call with this TAG (RAX of gate.h) by code that runs on the root
 * FROM goes to ENTRY on the root TO, with the window that the tag says */
#define GLACIS_BLOCK_CALLS 0x3000
#define GLACIS_CALLS_DEPTH (GLACIS_BLOCK_CALLS + 0)
#define GLACIS_CALLS_FRAMES (GLACIS_BLOCK_CALLS + 0x20)
#define GLACIS_FRAME_SIZE 16
#define GLACIS_FRAME_ROOT 0
#define GLACIS_FRAME_RSP 8
#define GLACIS_CALLS_ENTRIES (GLACIS_BLOCK_CALLS + 0x400)
#define GLACIS_ENTRY_SIZE 32
#define GLACIS_ENTRY_TAG 0
#define GLACIS_ENTRY_FROM 8
#define GLACIS_ENTRY_TO 16
#define GLACIS_ENTRY_ENTRY 24
/* RBX's part that says which: its offset from ENTRIES. */
#define GLACIS_ENTRY_HINT_MASK ((GLACIS_ENTRIES - 1) * GLACIS_ENTRY_SIZE)

/* RFLAGS of a domain that begins: IF, and the bit that is always 1. */
#define GLACIS_FLAGS_USER 0x202

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
#define GLACIS_SHIM_HEADER_UNDEFINED_LEFT 64 /* vector 6's stub, behind its port write */
#define GLACIS_SHIM_HEADER_CROSS_CALL 72     /* a call; before ... */
#define GLACIS_SHIM_HEADER_CALL_COMMITTED 80 /* ... here nothing has happened yet, behind ... */
#define GLACIS_SHIM_HEADER_CROSS_RETURN 88   /* ... it only has to be finished; a return */
#define GLACIS_SHIM_HEADER_RETURN_COMMITTED 96
#define GLACIS_SHIM_HEADER_CROSS_MISSED 104 /* the port write of those that are not prepared */
#define GLACIS_SHIM_HEADER_CROSS_LEFT 112   /* behind it */
#define GLACIS_SHIM_HEADER_SYSCALL_ENTERED 120
#define GLACIS_SHIM_STUB_SIZE 64

/* In the gate page: the entry for calls at its start, and an instruction that only traps. */
#define GLACIS_GATE_CALL (GLACIS_GATE_BASE + 0)
#define GLACIS_GATE_BOUNCE (GLACIS_GATE_BASE + 16)

#endif
