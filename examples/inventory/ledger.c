/* Keeps what it is told to enter, for others who do not trust each other. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { pages = 16 };
static uint64_t entries[pages];
static uint64_t count;

/* Returns how many entries there are; 0: there is no such day. */
uint64_t enter(uint64_t day, uint64_t amount)
{
    if (day >= pages)
        return 0;
    entries[day] = amount;
    return ++count;
}

int main(void)
{
    if (pd_gate_serve() != PD_OK)
        return EXIT_FAILURE;
    uint64_t sum = 0;
    for (unsigned day = 0; day < pages; day++)
        sum += entries[day];
    printf("%llu entries, %llu in all\n", (unsigned long long)count, (unsigned long long)sum);
    return EXIT_SUCCESS;
}
