/* Waits for the parser and prints the words it saw most often, the most frequent first, as
 * `sort | uniq -c | sort -k1,1nr -k2` would. Its argument is how many.
 *
 * The parser reads what strangers wrote, so this domain takes the table for what it is: bytes from
 * somewhere else, to be checked before use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glacis/pd.h>

#include "shared.h"

enum { patience_ns = 2000000000 };

struct word {
    const char* letters;
    uint32_t length;
    uint64_t count;
};

static uint32_t load(const uint32_t* word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Until the parser is done, or has not been heard of for long. */
static void wait_for_parser(const struct shared* shared)
{
    uint32_t restarts = 0;
    while (!load(&shared->is_done)) {
        uint32_t progress = load(&shared->progress);
        if (load(&shared->restarts) != restarts) {
            restarts = load(&shared->restarts);
            printf("the parser was restarted; %u documents so far\n", load(&shared->documents));
        }
        if (load(&shared->is_done))
            break;
        if (pd_thread_wait(&shared->progress, progress, patience_ns) == PD_TIMED_OUT) {
            printf("the parser is not heard of any more\n");
            return;
        }
    }
}

static int by_count_then_word(const void* left, const void* right)
{
    const struct word* a = left;
    const struct word* b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    uint32_t length = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->letters, b->letters, length);
    if (order != 0)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

/* Copies what is usable of the table's slots into `words`; returns how many. */
static size_t collect(const struct table* table, struct word* words)
{
    size_t count = 0;
    for (uint32_t i = 0; i < table_slots; i++) {
        struct table_slot slot = table->slots[i];
        if (slot.count == 0)
            continue;
        if (slot.offset > sizeof table->letters ||
            slot.length > sizeof table->letters - slot.offset) {
            printf("a word of the table lies outside it\n");
            continue;
        }
        words[count++] = (struct word){table->letters + slot.offset, slot.length, slot.count};
    }
    return count;
}

int main(int argument_count, char** arguments)
{
    const struct pd_boot_region* counts = pd_region_find("counts");
    struct word* words = calloc(table_slots, sizeof *words);
    if (counts == NULL || counts->size < sizeof(struct shared) || words == NULL) {
        fprintf(stderr, "needs the region counts and memory\n");
        return EXIT_FAILURE;
    }
    const struct shared* shared = (const struct shared*)(uintptr_t)counts->base;
    wait_for_parser(shared);

    size_t count = collect(&shared->table, words);
    qsort(words, count, sizeof *words, by_count_then_word);
    size_t wanted = argument_count > 1 ? strtoul(arguments[1], NULL, 10) : 10;
    for (size_t i = 0; i < count && i < wanted; i++)
        printf("%7llu %.*s\n", (unsigned long long)words[i].count, (int)words[i].length,
               words[i].letters);
    printf("%zu different words in %u documents", count, load(&shared->documents));
    if (load(&shared->refused) > 0)
        printf(", %u more could not be read", load(&shared->refused));
    printf("\n");
    return EXIT_SUCCESS;
}
