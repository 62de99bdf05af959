/* The callee of gate_cost.c. */
#include <stdint.h>

#include <glacis/pd.h>

uint64_t nothing(uint64_t value)
{
    return value;
}

/* Writes to that many pages of its stack. */
__attribute__((noinline)) static uint64_t write_pages(uint64_t pages)
{
    volatile char page[GLACIS_PAGE_SIZE - 64];
    page[0] = 1;
    page[sizeof page - 1] = 1;
    return pages <= 1 ? 1 : (uint64_t)(page[0] - 1) + 1 + write_pages(pages - 1);
}

uint64_t dirty(uint64_t pages)
{
    return pages == 0 ? 0 : write_pages(pages);
}

int main(void)
{
    return pd_gate_serve() == PD_OK ? 0 : 1;
}
