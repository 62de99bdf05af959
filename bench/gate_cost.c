/* What calls into another domain cost. Arguments: rounds, then what: prepared, attended, first,
 * dirty.
 *
 *     prepared, attended   `rounds` times: round CALL FUNCTION, in hundredths of ns for one
 *     first                mark, calls from as many new places of the stack, mark; round CALL for
 * each dirty                for 0, 1, 4 and 16 pages: pages NUMBER, then `rounds` times round CALL
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glacis/pd.h>

enum { prepared_batch = 200, few = 20, hundredths = 100 };

static uint64_t now(void)
{
    uint64_t time = 0;
    pd_clock(PD_CLOCK_MONOTONIC, &time);
    return time;
}

static void call(pd_gate gate, uint64_t argument)
{
    uint64_t value = 0;
    if (pd_gate_call_1(gate, argument, &value) != PD_OK) {
        puts("failed");
        exit(1);
    }
}

__attribute__((noinline)) static uint64_t function(uint64_t value)
{
    __asm__ volatile("" : "+r"(value));
    return value;
}

static void measure(pd_gate gate, unsigned long rounds, uint64_t batch)
{
    for (unsigned long round = 0; round < rounds; round++) {
        call(gate, 1);
        const uint64_t begin = now();
        for (uint64_t i = 0; i < batch; i++)
            call(gate, 1);
        const uint64_t middle = now();
        const uint64_t functions = 100000;
        for (uint64_t i = 0; i < functions; i++)
            function(i);
        const uint64_t end = now();
        printf("round %llu %llu\n", (unsigned long long)((middle - begin) * hundredths / batch),
               (unsigned long long)((end - middle) * hundredths / functions));
    }
}

/* Each frame is a page: so each call is from a new place, until the last. */
__attribute__((noinline)) static uint64_t call_from_new_places(pd_gate gate, unsigned long places)
{
    volatile char page[GLACIS_PAGE_SIZE - 64];
    page[0] = 1;
    if (places == 0)
        return 0;
    const uint64_t begin = now();
    call(gate, 1);
    const uint64_t time = now() - begin;
    return time + call_from_new_places(gate, places - 1) + (uint64_t)(page[0] - 1);
}

static void measure_first(pd_gate gate, unsigned long rounds)
{
    enum { places = 20 };
    call(gate, 1);
    (void)rounds;
    puts("mark");
    const uint64_t time = call_from_new_places(gate, places);
    puts("mark");
    call(gate, 1);
    const uint64_t begin = now();
    for (int i = 0; i < few; i++)
        call(gate, 1);
    printf("round %llu %llu\n", (unsigned long long)(time * hundredths / places),
           (unsigned long long)((now() - begin) * hundredths / few));
}

static void measure_dirty(pd_gate gate, unsigned long rounds)
{
    static const uint64_t pages[] = {0, 1, 4, 16};
    for (unsigned i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        call(gate, pages[i]);
        printf("pages %llu\n", (unsigned long long)pages[i]);
        for (unsigned long round = 0; round < rounds; round++) {
            const uint64_t begin = now();
            for (int j = 0; j < few; j++)
                call(gate, pages[i]);
            printf("round %llu 0\n", (unsigned long long)((now() - begin) * hundredths / few));
        }
    }
}

int main(int count, char** arguments)
{
    if (count < 3)
        return 2;
    const unsigned long rounds = strtoul(arguments[1], NULL, 10);
    const char* what = arguments[2];
    const pd_gate nothing = pd_gate_find("gate_server", "nothing");
    const pd_gate dirty = pd_gate_find("gate_server", "dirty");
    if (strcmp(what, "prepared") == 0)
        measure(nothing, rounds, prepared_batch);
    else if (strcmp(what, "attended") == 0)
        measure(nothing, rounds, few);
    else if (strcmp(what, "first") == 0)
        measure_first(nothing, rounds);
    else if (strcmp(what, "dirty") == 0)
        measure_dirty(dirty, rounds);
    else
        return 2;
    return 0;
}
