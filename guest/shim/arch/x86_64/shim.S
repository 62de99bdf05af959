/* The ring-0 shim for x86-64: every instruction that ever runs in ring 0 of a guest.
 *
 * Read abi/arch/x86_64/shim.h first.  Linked at GLACIS_SHIM_BASE, mapped supervisor-only and read-only in
 * every root.  No state of its own: all of it lies in the vCPU's block, at fixed distances from RSP.
 *
 * The way of a trap:   ring 3 --> vector stub --> out --> VMM --> resume --> iretq --> ring 3
 *
 * At `out` the general registers are those of ring 3, RSP points at the trap frame.  The VMM has changed
 * registers, frame and mailbox as it likes when execution continues behind the `out`.
 *
 * The way of a call across domains that is prepared:
 *
 *   ring 3, caller --> stub --> cross_call   --> iretq --> ring 3, callee's entry point
 *   ring 3, callee --> stub --> cross_return --> iretq --> ring 3, behind the caller's call */

#include <glacis/abi/arch/x86_64/shim.h>

#define MAILBOX(field) (GLACIS_TRAP_FRAME_SIZE + GLACIS_MAILBOX_##field)(%rsp)
#define FRAME_RIP (%rsp)
#define FRAME_RFLAGS 16(%rsp)
#define FRAME_RSP 24(%rsp)

/* The block's part for calls, from RSP at the trap frame. */
#define FROM_FRAME(offset) (offset - GLACIS_BLOCK_RSP0 + GLACIS_TRAP_FRAME_SIZE)
#define DEPTH FROM_FRAME(GLACIS_CALLS_DEPTH)(%rsp)
#define CALLER(field, depth) FROM_FRAME(GLACIS_CALLS_FRAMES + GLACIS_FRAME_##field)(%rsp, depth)
#define PREVIOUS(field, depth) FROM_FRAME(GLACIS_CALLS_FRAMES + GLACIS_FRAME_##field - GLACIS_FRAME_SIZE)(%rsp, depth)
#define NEXT(field, depth) FROM_FRAME(GLACIS_CALLS_FRAMES + GLACIS_FRAME_##field + GLACIS_FRAME_SIZE)(%rsp, depth)
#define PREPARED(field, hint) FROM_FRAME(GLACIS_CALLS_ENTRIES + GLACIS_ENTRY_##field)(%rsp, hint)

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
    .quad undefined_left
    .quad cross_call
    .quad call_committed
    .quad cross_return
    .quad return_committed
    .quad cross_missed
    .quad cross_left
    .quad syscall_entered

/* Exceptions.  Those with an error code drop it after the VMM has read it.  Vector 6 is how domains
 * enter where SYSCALL does not reach ring 0: calls and returns across domains are told by their place in
 * the gate page, the rest is the VMM's. */
    .balign GLACIS_SHIM_STUB_SIZE
vector_stubs:
    .set vector, 0
    .rept GLACIS_VECTORS
    .balign GLACIS_SHIM_STUB_SIZE
    .if vector == 6
    cmpq $GLACIS_GATE_CROSS, FRAME_RIP
    je cross_call
    cmpq $GLACIS_GATE_RETURN, FRAME_RIP
    je cross_return
    .endif
    outb %al, $(GLACIS_PORT_VECTOR + vector)
    .if vector == 6
undefined_left:
    .endif
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
    movq $GLACIS_SELECTOR_USER_CODE, 8(%rsp)
    movq $GLACIS_SELECTOR_USER_DATA, 32(%rsp)
    movq %r11, FRAME_RFLAGS
    movq %rcx, FRAME_RIP
    cmpq $GLACIS_GATE_CROSS + 2, %rcx
    je cross_call
    cmpq $GLACIS_GATE_RETURN + 2, %rcx
    je cross_return
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

/* A call.  The hint says where it would be prepared; it is prepared if the entry there has the same tag,
 * for the root that the caller runs on.  Whatever the caller put into its registers, it gets no further
 * than to a call that was prepared for this very thread, domain, window and depth.
 *
 * Before call_committed nothing is changed but RBX (masked), RCX, R11 and the caller's frame, which no
 * return reads until DEPTH says so: a VMM that finds the vCPU there starts it over at the gate.  Behind it
 * the VMM finishes by itself what is left to do here.  Modelled, with the return, in
 * tests/model/gates.pml. */
cross_call:
    andl $GLACIS_ENTRY_HINT_MASK, %ebx
    cmpq %rax, PREPARED(TAG, %rbx)
    jne cross_missed
    movl DEPTH, %r11d
    movq CALLER(ROOT, %r11), %rcx
    cmpq %rcx, PREPARED(FROM, %rbx)
    jne cross_missed
    movq FRAME_RSP, %rcx
    movq %rcx, CALLER(RSP, %r11)
    movq PREPARED(TO, %rbx), %rcx
    movq %rcx, NEXT(ROOT, %r11)
    addl $GLACIS_FRAME_SIZE, DEPTH
call_committed:
    movq %rcx, %cr3
    movq PREPARED(ENTRY, %rbx), %rcx
    movq %rcx, FRAME_RIP
    movq $GLACIS_FLAGS_USER, FRAME_RFLAGS
    iretq

/* A return goes to where the innermost call came from, whatever the callee has in its registers. */
cross_return:
    movl DEPTH, %ecx
    movq PREVIOUS(RSP, %rcx), %rbx
    testq %rbx, %rbx
    jz cross_missed
    subl $GLACIS_FRAME_SIZE, DEPTH
return_committed:
    movq %rbx, FRAME_RSP
    movq PREVIOUS(ROOT, %rcx), %rbx
    movq %rbx, %cr3
    movq $GLACIS_GATE_RETURNED, FRAME_RIP
    movq $GLACIS_FLAGS_USER, FRAME_RFLAGS
    iretq

cross_missed:
    outb %al, $GLACIS_PORT_GATE
cross_left:
    jmp resume

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
