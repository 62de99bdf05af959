/* Has stacks, and then uses them, for the host to see what they take. Argument: how many. Prints
 *
 *     before                    without the stacks
 *     allocated                 with them
 *     used                      when code has run on each */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { stack_size = 0x4000, most = 10000 };

static pd_stack stacks[most];

static uint64_t nothing(void* unused)
{
    (void)unused;
    return 0;
}

int main(int count, char** arguments)
{
    const unsigned long wanted = count < 2 ? 0 : strtoul(arguments[1], NULL, 10);
    if (wanted == 0 || wanted > most)
        return 2;
    printf("before\n");
    for (unsigned long i = 0; i < wanted; i++) {
        if (pd_stack_alloc(stack_size, 0, PD_ANY_SLOT, PD_SELF, &stacks[i]) != PD_OK)
            return 1;
    }
    printf("allocated\n");
    for (unsigned long i = 0; i < wanted; i++) {
        if (pd_stack_run_on(stacks[i], nothing, NULL, NULL) != PD_OK)
            return 1;
    }
    printf("used\n");
    return 0;
}
