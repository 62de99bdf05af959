#include "jobs.h"

#include <stdlib.h>
#include <string.h>

#include <glacis/pd.h>

/* `head`, `count` times `middle`, `tail`. */
struct pattern {
    const char* title;
    const char* head;
    size_t count;
    const char* middle;
    const char* tail;
};

static const struct pattern patterns[] = {
    {"6 * 7", "6 * 7", 0, "", ""},
    {"(1 + 2) * (3 + 4) - 5", "(1 + 2) * (3 + 4) - 5", 0, "", ""},
    {"10 / (5 - 5)", "10 / (5 - 5)", 0, "", ""},
    {"2 *", "2 *", 0, "", ""},
    {"a sum of 10001 numbers", "1", 10000, " + 1", ""},
    {"50000 parentheses", "", 50000, "(", "1"},
    {"8 / 2 / 2", "8 / 2 / 2", 0, "", ""},
};

int make_job(size_t index, struct job* job)
{
    if (index >= sizeof patterns / sizeof patterns[0])
        return 0;
    const struct pattern* pattern = &patterns[index];
    const size_t step = strlen(pattern->middle);
    const size_t length = strlen(pattern->head) + pattern->count * step + strlen(pattern->tail);
    void* memory = NULL;
    job->title = pattern->title;
    job->size = (length + GLACIS_PAGE_SIZE) / GLACIS_PAGE_SIZE * GLACIS_PAGE_SIZE;
    if (pd_memory_alloc(job->size, PD_PERM_READ | PD_PERM_WRITE, &memory) != PD_OK)
        return 0;
    job->text = memory;
    char* end = stpcpy(job->text, pattern->head);
    for (size_t i = 0; i < pattern->count; ++i, end += step) {
        memcpy(end, pattern->middle, step);
    }
    strcpy(end, pattern->tail);
    return 1;
}
