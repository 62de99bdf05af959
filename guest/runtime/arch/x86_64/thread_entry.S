/* Where a thread begins that was started with a struct glacis_thread_start: RDI points to it, RSP is
 * the top of the thread's stack.
 *
 *   start->function(start->argument), then pd_thread_exit with what it returns. */
    .cfi_sections .debug_frame
    .section .text.glacis_thread_entry, "ax", @progbits
    .globl  glacis_thread_entry
    .type   glacis_thread_entry, @function
glacis_thread_entry:
    .cfi_startproc
    .cfi_undefined rip
    xorl    %ebp, %ebp
    andq    $-16, %rsp
    movq    (%rdi), %rax
    movq    8(%rdi), %rdi
    call    *%rax
    movq    %rax, %rdi
    call    pd_thread_exit
    ud2
    .cfi_endproc
    .size   glacis_thread_entry, . - glacis_thread_entry

    .section .note.GNU-stack, "", @progbits
