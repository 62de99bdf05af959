/* Keeps an inventory in lists, has a clerk (a second thread) count it, and reports the count to the
 * ledger, another domain.  Checks what it can: exit status 1 when a count is wrong.
 *
 * It does a little of everything that faults can be injected into: a heap, globals, copies, threads
 * that wake each other, stacks in use and not, a call into another domain. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glacis/pd.h>

enum { kinds = 24, shelves = 4, stack_size = 2 * GLACIS_PAGE_SIZE };

struct item {
    struct item* next;
    char name[20];
    uint32_t count;
};

static struct item* lists[shelves];
static uint64_t expected = 0;
static uint64_t counted;
static atomic_uint is_counting;

static void fail(const char* what)
{
    printf("wrong: %s\n", what);
    exit(EXIT_FAILURE);
}

static void add(unsigned kind)
{
    static const char* const names[] = {"bolt", "nut", "washer", "screw", "hinge", "nail"};
    const char* name = names[kind % (sizeof names / sizeof names[0])];
    struct item* item = malloc(sizeof *item);
    if (item == NULL)
        fail("no memory for an item");
    memcpy(item->name, name, strlen(name) + 1);
    item->count = 10 * kind + 1;
    item->next = lists[kind % shelves];
    lists[kind % shelves] = item;
    expected += item->count;
}

/* Every second one of a shelf. */
static void sell(unsigned shelf)
{
    struct item** link = &lists[shelf];
    while (*link != NULL && (*link)->next != NULL) {
        struct item* sold = (*link)->next;
        (*link)->next = sold->next;
        expected -= sold->count;
        free(sold);
        link = &(*link)->next;
        if (*link == NULL)
            break;
    }
}

static uint64_t count_all(void)
{
    uint64_t sum = 0;
    for (unsigned shelf = 0; shelf < shelves; shelf++) {
        for (const struct item* item = lists[shelf]; item != NULL; item = item->next)
            sum += item->count;
    }
    return sum;
}

static uint64_t clerk(void* unused)
{
    (void)unused;
    while (atomic_load(&is_counting) == 0)
        pd_thread_wait(&is_counting, 0, PD_FOREVER);
    counted = count_all();
    return 0;
}

static void count_by_clerk(void)
{
    pd_thread thread = 0;
    atomic_store(&is_counting, 0);
    if (pd_thread_start(clerk, NULL, NULL, &thread) != PD_OK)
        fail("no clerk");
    pd_thread_yield(); /* the clerk waits for work */
    atomic_store(&is_counting, 1);
    pd_thread_wake(&is_counting, 1, NULL);
    if (pd_thread_join(thread, PD_FOREVER, NULL) != PD_OK)
        fail("the clerk does not come back");
}

int main(void)
{
    pd_stack spare = 0; /* for a second clerk, some day */
    if (pd_stack_alloc(stack_size, 0, PD_ANY_SLOT, PD_SELF, &spare) != PD_OK)
        fail("no stack");
    for (unsigned kind = 0; kind < kinds; kind++)
        add(kind);
    for (unsigned shelf = 0; shelf < shelves; shelf += 2)
        sell(shelf);
    count_by_clerk();
    if (counted != expected)
        fail("the clerk's count");
    uint64_t entries = 0;
    for (unsigned day = 0; day < 3; day++) {
        if (pd_gate_call_2(pd_gate_find("ledger", "enter"), day, counted, &entries) != PD_OK)
            fail("the ledger does not answer");
        if (entries != day + 1)
            fail("the ledger has lost an entry");
    }
    printf("%llu pieces, %llu entries\n", (unsigned long long)counted, (unsigned long long)entries);
    return EXIT_SUCCESS;
}
