/* The ring-0 shim for x86-64: every instruction that ever runs in ring 0 of a guest.
 *
 * Read abi/arch/x86_64/shim.h first.  Linked at GLACIS_SHIM_BASE, mapped supervisor-only and read-only in
 * every root.  No state of its own: all of it lies in the vCPU's block, at fixed distances from RSP.
 *
 * The way of a trap:   ring 3 --> vector stub --> out --> VMM --> resume --> iretq --> ring 3
 *
 * At `out` the general registers are those of ring 3, RSP points at the trap frame.  The VMM has changed
 * registers, frame and mailbox as it likes when execution continues behind the `out`. */

#include <glacis/abi/arch/x86_64/shim.h>

#define MAILBOX(field) (GLACIS_TRAP_FRAME_SIZE + GLACIS_MAILBOX_##field)(%rsp)

    .section .text.shim, "ax"
    .code64

header:
    .quad vector_stubs
    .quad syscall_stubs
    .quad resume
    .quad load_context
    .quad resume_end
    .quad gdt
    .quad gdt_end - gdt
    .quad idt

/* Exceptions.  Those with an error code drop it after the VMM has read it. */
    .balign GLACIS_SHIM_STUB_SIZE
vector_stubs:
    .set vector, 0
    .rept GLACIS_VECTORS
    .balign GLACIS_SHIM_STUB_SIZE
    outb %al, $(GLACIS_PORT_VECTOR + vector)
    .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30
    lea 8(%rsp), %rsp
    .endif
    jmp resume
    .set vector, vector + 1
    .endr

/* SYSCALL does not switch stacks, so each vCPU's LSTAR points at its own stub, which knows its block.
 * RCX holds the return address, R11 the flags. */
    .balign GLACIS_SHIM_STUB_SIZE
syscall_stubs:
    .set vcpu, 0
    .rept GLACIS_VCPU_MAX
    .balign GLACIS_SHIM_STUB_SIZE
    .set trap_frame, GLACIS_VCPU_BASE + vcpu * GLACIS_VCPU_BLOCK_SIZE + GLACIS_BLOCK_RSP0 - GLACIS_TRAP_FRAME_SIZE
    movq %rsp, trap_frame + 24
    movl $trap_frame, %esp
    jmp syscall_entered
    .set vcpu, vcpu + 1
    .endr

/* Makes the same trap frame that an exception would have made. */
    .balign GLACIS_SHIM_STUB_SIZE
syscall_entered:
    movq %rcx, (%rsp)
    movq $GLACIS_SELECTOR_USER_CODE, 8(%rsp)
    movq %r11, 16(%rsp)
    movq $GLACIS_SELECTOR_USER_DATA, 32(%rsp)
    outb %al, $GLACIS_PORT_SYSCALL
    /* fall through */

/* Back to ring 3.  RSP stays at the trap frame from resume to resume_end, so a VMM that finds the vCPU
 * here (after a kick) may fill registers, frame and mailbox anew and start over at resume. */
resume:
    cmpl $0, MAILBOX(FLAGS)
    jne load_context
    iretq

load_context:
    movq MAILBOX(CR3), %rax
    movq %rax, %cr3
    movl $0xc0000100, %ecx /* IA32_FS_BASE */
    movl MAILBOX(FS_BASE), %eax
    movl MAILBOX(FS_BASE_HIGH), %edx
    wrmsr
    movl $0xc0000101, %ecx /* IA32_GS_BASE */
    movl MAILBOX(GS_BASE), %eax
    movl MAILBOX(GS_BASE_HIGH), %edx
    wrmsr
    movl $0, MAILBOX(FLAGS)
    movq MAILBOX(RAX), %rax
    movq MAILBOX(RCX), %rcx
    movq MAILBOX(RDX), %rdx
    iretq
resume_end:

    .balign 16
gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* 0x08 ring-0 code, long mode */
    .quad 0x00cf93000000ffff /* 0x10 ring-0 data */
    .quad 0                  /* 0x18 (SYSRET to 32-bit code: none) */
    .quad 0x00cff3000000ffff /* 0x20 ring-3 data */
    .quad 0x00affb000000ffff /* 0x28 ring-3 code, long mode */
gdt_end:

    .balign 16
idt:
    .fill GLACIS_VECTORS * 16, 1, 0
