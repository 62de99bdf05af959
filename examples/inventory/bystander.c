/* Has nothing to do with the others: counts primes, a little at a time. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { sieve_size = 8192, batch = 512 };

int main(void)
{
    uint8_t* is_composite = calloc(sieve_size, 1);
    if (is_composite == NULL)
        return EXIT_FAILURE;
    unsigned primes = 0;
    for (unsigned number = 2; number < sieve_size; number++) {
        if (number % batch == 0)
            pd_thread_yield();
        if (is_composite[number] != 0)
            continue;
        primes++;
        for (unsigned multiple = 2 * number; multiple < sieve_size; multiple += number)
            is_composite[multiple] = 1;
    }
    printf("%u primes below %d\n", primes, sieve_size);
    return EXIT_SUCCESS;
}
