/* Runs a function on another stack of the calling thread.
 *
 *   enum pd_status glacis_stack_switch(stack, top, function, argument, old_stack, OUT value)
 *
 *            old stack            no stack             new stack
 *   save registers, RSP -> R12
 *                         RSP = address of a return
 *                         address in read-only data;
 *                         activate(stack), `ret`
 *                                                 RSP = top, call function
 *                         the same with old_stack
 *   restore registers
 *
 * Between the stacks the gate's `ret` must read its return address from memory that stays mapped, and
 * neither stack does: so RSP points at a constant. Nothing is ever pushed there: traps of domain code
 * use the shim's own stack. */
#include <glacis/abi/hypercall.h>
#include <glacis/abi/layout.h>

    .section .data.rel.ro.glacis_stack_switch, "aw", @progbits
    .balign 8
entered_address:
    .quad   entered
left_address:
    .quad   left

    .cfi_sections .debug_frame
    .section .text.glacis_stack_switch, "ax", @progbits
    .globl  glacis_stack_switch
    .type   glacis_stack_switch, @function
glacis_stack_switch:
    .cfi_startproc
    pushq   %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset rbp, -16
    movq    %rsp, %rbp
    .cfi_def_cfa_register rbp
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    pushq   %r9
    movq    %rsp, %r12
    movq    %r8, %r13
    movq    %rdx, %r14
    movq    %rcx, %r15
    movq    %rsi, %rbx

    /* RDI is the stack to activate. */
    leaq    entered_address(%rip), %rsp
    movl    $PD_THIS_VCPU, %esi
    movl    $GLACIS_CALL_STACK_ACTIVATE, %eax
    movl    $GLACIS_GATE_BASE, %r11d
    jmp     *%r11
entered:
    testq   %rax, %rax
    jnz     refused

    movq    %rbx, %rsp
    andq    $-16, %rsp
    movq    %r15, %rdi
    call    *%r14
    movq    %rax, %rbx

    leaq    left_address(%rip), %rsp
    movq    %r13, %rdi
    movl    $PD_THIS_VCPU, %esi
    movl    $GLACIS_CALL_STACK_ACTIVATE, %eax
    movl    $GLACIS_GATE_BASE, %r11d
    jmp     *%r11
left:
    testq   %rax, %rax
    jnz     lost
    movq    (%r12), %r9
    testq   %r9, %r9
    jz      refused
    movq    %rbx, (%r9)

    /* On the old stack, with the status in RAX. */
refused:
    movq    %r12, %rsp
    popq    %r9
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    .cfi_def_cfa rsp, 8
    ret

    /* The caller's stack can no longer be activated: the function gave it away or freed it. There is
     * nothing to return to. */
lost:
    movq    %rax, %rdi
    movl    $GLACIS_CALL_ABORT, %eax
    movl    $GLACIS_GATE_BASE, %r11d
    jmp     *%r11
    .cfi_endproc
    .size   glacis_stack_switch, . - glacis_stack_switch

    .section .note.GNU-stack, "", @progbits
