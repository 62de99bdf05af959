/* Where a domain's first thread begins: RDI holds the boot information, RSP the aligned top of the
 * stack (abi/boot.h). There is no frame above this one. */
    .cfi_sections .debug_frame
    .section .text._start, "ax", @progbits
    .globl  _start
    .type   _start, @function
_start:
    .cfi_startproc
    .cfi_undefined rip
    xorl    %ebp, %ebp
    andq    $-16, %rsp
    movq    %rdi, glacis_boot_information(%rip)
    call    glacis_start
    ud2
    .cfi_endproc
    .size   _start, . - _start

    .section .note.GNU-stack, "", @progbits
