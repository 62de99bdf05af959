/* Code of the tiny guests that the doctor examines a host with; arch_probes.hpp says what each does.
 * Position-independent; RDI holds the argument, RSP a stack of a page. */
#include <glacis/abi/arch/x86_64/shim.h>
#include <glacis/abi/hypercall.h>

#include "doctor/touched_pages.h"

    .section .rodata.probe_code, "a"
    .code64

    .macro probe name
    .globl glacis_probe_\name
    .globl glacis_probe_\name\()_end
glacis_probe_\name:
    .endm

    .macro end_probe name
glacis_probe_\name\()_end:
    .endm

    .macro hypercall
    movl $GLACIS_CALL_CLOCK, %eax
    xorl %edi, %edi
    movl $GLACIS_GATE_CALL, %r11d
    call *%r11
    .endm

    .macro hypercalls
1:  hypercall
    jmp 1b
    .endm

    probe hypercalls
    hypercalls
    end_probe hypercalls

    probe trap
    ud2
    end_probe trap

    probe read
    movq (%rdi), %rax
    hypercalls
    end_probe read

    probe write
    movq %rax, (%rdi)
    hypercalls
    end_probe write

    probe float_write
    fld1
    fstpl (%rdi)
    hypercalls
    end_probe float_write

    probe touch
    movq %rdi, %rbx
3:  movq %rbx, %rcx
    movl $GLACIS_PROBE_TOUCHED_PAGES, %edx
2:  movb $1, (%rcx)
    addq $GLACIS_PAGE_SIZE, %rcx
    decl %edx
    jnz 2b
    hypercall
    jmp 3b
    end_probe touch

    probe watch
1:  movq (%rdi), %rax
    incq GLACIS_PAGE_SIZE(%rdi)
    jmp 1b
    end_probe watch

    probe exits
1:  outb %al, $GLACIS_PORT_SYSCALL
    jmp 1b
    end_probe exits

    .section .note.GNU-stack, "", @progbits
