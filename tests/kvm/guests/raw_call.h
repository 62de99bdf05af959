#ifndef GLACIS_TESTS_RAW_CALL_H
#define GLACIS_TESTS_RAW_CALL_H

#include <glacis/abi/arch/x86_64/shim.h>
#include <glacis/pd.h>

/* A call with RAX as it is, without the runtime's care. */
__attribute__((noinline, unused)) static struct glacis_reply raw_call(uint64_t tag, uint64_t hint)
{
    register uint64_t rax __asm__("rax") = tag;
    register uint64_t rbx __asm__("rbx") = hint;
    register uint64_t rdi __asm__("rdi") = 1;
    register uint64_t rsi __asm__("rsi") = 2;
    register uint64_t rdx __asm__("rdx") = 3;
    register uint64_t saved_rbp __asm__("r12");
    __asm__ volatile("pushq %%rbp\n"
                     "rdfsbase %%rcx\n"
                     "pushq %%rcx\n"
                     "movl %[gate], %%r11d\n"
                     "call *%%r11\n"
                     "popq %%rcx\n"
                     "wrfsbase %%rcx\n"
                     "popq %%rbp\n"
                     : "+r"(rax), "+r"(rbx), "+r"(rdi), "+r"(rsi), "+r"(rdx), "=r"(saved_rbp)
                     : [gate] "i"(GLACIS_GATE_CROSS)
                     : "rcx", "r8", "r9", "r10", "r11", "r13", "r14", "r15", "memory", "cc");
    return (struct glacis_reply){rax, rdx};
}

#endif
