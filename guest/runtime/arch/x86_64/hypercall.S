/* The one way into Glacis: registers as abi/hypercall.h says, then the gate page.
 *
 *   struct glacis_reply glacis_hypercall(a1, a2, a3, a4, a5, a6, number)
 *
 * Out of line, because a `call` inside inline assembly would push onto the caller's red zone. The gate
 * is jumped to, so that its `ret` returns to our caller; status and value are already in RAX and RDX,
 * where a structure of two words is returned. */
#include <glacis/abi/layout.h>

    .cfi_sections .debug_frame
    .section .text.glacis_hypercall, "ax", @progbits
    .globl  glacis_hypercall
    .type   glacis_hypercall, @function
glacis_hypercall:
    .cfi_startproc
    movq    %rcx, %r10
    movq    8(%rsp), %rax
    movl    $GLACIS_GATE_BASE, %r11d
    jmp     *%r11
    .cfi_endproc
    .size   glacis_hypercall, . - glacis_hypercall

    .section .note.GNU-stack, "", @progbits
