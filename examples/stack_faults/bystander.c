/* A domain with work of its own, which it finishes whatever its neighbours do. */
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { rounds = 20, limit = 20000 };

static int is_prime(int number)
{
    for (int divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0)
            return 0;
    }
    return number >= 2;
}

static int count_primes(void)
{
    int count = 0;
    for (int number = 0; number < limit; number++)
        count += is_prime(number);
    return count;
}

int main(void)
{
    for (int round = 0; round < rounds; round++) {
        if (count_primes() != 2262) {
            printf("a result is wrong\n");
            return EXIT_FAILURE;
        }
        pd_thread_sleep(1000000);
    }
    printf("finished: %d results, all right\n", rounds);
    return EXIT_SUCCESS;
}
