/* The callee of gate_cost.c. */
#include <stdint.h>

#include <glacis/pd.h>

uint64_t nothing(uint64_t value)
{
    return value;
}

/* Writes to that many pages of its stack. */
uint64_t dirty(uint64_t pages)
{
    volatile char* bytes = __builtin_alloca(pages * GLACIS_PAGE_SIZE + 1);
    for (uint64_t page = 0; page < pages; page++)
        bytes[page * GLACIS_PAGE_SIZE] = 1;
    return pages;
}

int main(void)
{
    return pd_gate_serve() == PD_OK ? 0 : 1;
}
