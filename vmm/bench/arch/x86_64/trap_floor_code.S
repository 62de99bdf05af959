/* The floor of a call across domains (bench/trap_floor.hpp). RBX and R12 hold the two roots. */
#include <glacis/abi/arch/x86_64/shim.h>

    .section .rodata.trap_floor, "a"
    .code64

    .macro part name
    .globl glacis_trap_floor_\name
    .globl glacis_trap_floor_\name\()_end
glacis_trap_floor_\name:
    .endm

    .macro end_part name
glacis_trap_floor_\name\()_end:
    .endm

/* Ring 0, entered by UD2. */
    part undefined
    movq %rbx, %cr3
    addq $2, (%rsp)
    iretq
    end_part undefined

/* Ring 0, entered by SYSCALL. */
    part syscall
    movq %rbx, %cr3
    sysretq
    end_part syscall

/* Ring 3; below the stack's top lie the other root, the own one and the number of pairs. HLT ends it. */
    .macro pairs instruction
    movq -8(%rsp), %rbx
    movq -16(%rsp), %r12
    movq -24(%rsp), %r13
1:  \instruction
    xchgq %rbx, %r12
    \instruction
    xchgq %rbx, %r12
    decq %r13
    jnz 1b
    hlt
    .endm

    part by_undefined
    pairs ud2
    end_part by_undefined

    part by_syscall
    pairs syscall
    end_part by_syscall

    .section .note.GNU-stack, "", @progbits
