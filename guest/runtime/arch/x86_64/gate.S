/* Calls across domains, the caller's side and the callee's (abi/gate.h).
 *
 *   caller's frames
 *   | saved registers, FS base, modes of MXCSR and x87      <- glacis_gate_call
 *   | return address of the gate
 *   +-- window: page-aligned -------------------------------------------------
 *   | the visitor's thread-local storage                    <- glacis_gate_enter
 *   | the exported function's frames
 *
 * The other side may leave anything in any register and see everything that is in one.  So each side
 * keeps on its own part of the stack what it wants back, and clears the rest before it crosses: general
 * registers one by one, vector and x87 registers by loading the state of reset. What comes from there it
 * takes for rubbish: modes and the x87 stack are made sane before anything uses them. */
#include <glacis/abi/gate.h>

    .section .rodata.glacis_pristine_vectors, "a", @progbits
    .balign 64
/* The image of XRSTOR: nothing but modes, so that everything gets its initial state; FXRSTOR finds the
 * same in it. */
pristine_vectors:
    .short  0x37f
    .fill   22, 1, 0
    .long   0x1f80
    .fill   4, 1, 0xff
    .fill   480, 1, 0
    .fill   64, 1, 0

    .section .bss.glacis_gate, "aw", @nobits
    .balign 4
/* 0 not known yet, 1 XRSTOR, 2 FXRSTOR. */
how_to_clear:
    .fill   4, 1, 0

    /* Not in programs without the hosted runtime. */
    .weak   glacis_visitor_begin, glacis_visitor_end

    .cfi_sections .debug_frame
    .section .text.glacis_gate, "ax", @progbits

/* Loses RAX, RCX and RDX. */
    .type   clear_vectors, @function
clear_vectors:
    .cfi_startproc
    cmpl    $1, how_to_clear(%rip)
    jne     2f
1:  movl    $0xe7, %eax /* x87, SSE, AVX and the three of AVX-512 */
    xorl    %edx, %edx
    xrstor64 pristine_vectors(%rip)
    ret
2:  ja      3f
    pushq   %rbx
    movl    $1, %eax
    xorl    %ecx, %ecx
    cpuid
    popq    %rbx
    btl     $27, %ecx /* OSXSAVE */
    movl    $2, %eax
    sbbl    $0, %eax
    movl    %eax, how_to_clear(%rip)
    cmpl    $1, %eax
    je      1b
3:  fxrstor64 pristine_vectors(%rip)
    ret
    .cfi_endproc

/*   struct glacis_reply glacis_gate_call(const uint64_t arguments[6], uint64_t gate)
 *
 * `gate` is handle and number of arguments as RAX has them. */
    .globl  glacis_gate_call
    .type   glacis_gate_call, @function
glacis_gate_call:
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
    rdfsbase %rax
    pushq   %rax
    subq    $16, %rsp
    stmxcsr (%rsp)
    fnstcw  4(%rsp)
    movq    %rdi, %r12
    movq    %rsi, %r13
    call    clear_vectors

    /* Below the return address that the gate's call pushes. */
    leaq    -8(%rsp), %rax
    andq    $-GLACIS_PAGE_SIZE, %rax
    /* Any place will do; calls that one thread makes in turn shall have different ones. */
    movq    %r13, %rbx
    shlq    $2, %rbx
    movq    %rax, %rcx
    shrq    $7, %rcx
    xorq    %rcx, %rbx
    leaq    glacis_gate_call(%rip), %rcx
    shrq    $7, %rcx
    xorq    %rcx, %rbx
    orq     %r13, %rax

    movq    (%r12), %rdi
    movq    8(%r12), %rsi
    movq    16(%r12), %rdx
    movq    24(%r12), %r10
    movq    32(%r12), %r8
    movq    40(%r12), %r9
    xorl    %ebp, %ebp
    xorl    %r12d, %r12d
    wrfsbase %r12
    xorl    %r13d, %r13d
    xorl    %r14d, %r14d
    xorl    %r15d, %r15d
    movl    $GLACIS_GATE_CROSS, %r11d
    call    *%r11

    /* Status and value are in RAX and RDX; RSP and the flags are ours again, nothing else is. */
    movq    %rax, %r12
    movq    %rdx, %r13
    fninit /* does not wait: what the callee left pending goes unnoticed */
    ldmxcsr (%rsp)
    fldcw   4(%rsp)
    movq    16(%rsp), %rcx
    wrfsbase %rcx
    movq    %r12, %rax
    movq    %r13, %rdx
    addq    $24, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    .cfi_def_cfa rsp, 8
    ret
    .cfi_endproc
    .size   glacis_gate_call, . - glacis_gate_call

/* Where every exported entry point leads (the entry points themselves are made by glacis_add_program):
 * RCX is the function, the registers are as abi/gate.h says. There is no frame above this one that this
 * domain could see. */
    .globl  glacis_gate_enter
    .type   glacis_gate_enter, @function
glacis_gate_enter:
    .cfi_startproc
    .cfi_undefined rip
    andq    $-GLACIS_PAGE_SIZE, %rax
    movq    %rax, %rsp
    xorl    %ebp, %ebp
    movq    %rcx, %rbx
    movq    %rdx, %r12
    fninit
    ldmxcsr pristine_vectors+24(%rip)
    movq    glacis_visitor_size(%rip), %rax
    testq   %rax, %rax
    jz      1f
    subq    %rax, %rsp
    andq    $-64, %rsp
    movq    %rdi, %r13
    movq    %rsi, %r14
    pushq   %r8
    pushq   %r9
    pushq   %r10
    subq    $8, %rsp
    leaq    32(%rsp), %rdi
    call    glacis_visitor_begin
    addq    $8, %rsp
    popq    %r10
    popq    %r9
    popq    %r8
    movq    %r13, %rdi
    movq    %r14, %rsi
1:  movq    %r12, %rdx
    movq    %r10, %rcx
    call    *%rbx
    movq    %rax, %r12
    cmpq    $0, glacis_visitor_size(%rip)
    je      2f
    call    glacis_visitor_end
2:  call    clear_vectors
    movq    %r12, %rdx
    xorl    %ecx, %ecx
    wrfsbase %rcx
    xorl    %ebx, %ebx
    xorl    %esi, %esi
    xorl    %edi, %edi
    xorl    %r8d, %r8d
    xorl    %r9d, %r9d
    xorl    %r10d, %r10d
    xorl    %r12d, %r12d
    xorl    %r13d, %r13d
    xorl    %r14d, %r14d
    xorl    %r15d, %r15d
    movl    $GLACIS_GATE_RETURN, %r11d
    jmp     *%r11
    .cfi_endproc
    .size   glacis_gate_enter, . - glacis_gate_enter

    .section .note.GNU-stack, "", @progbits
