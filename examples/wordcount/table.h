/* Words and how often they were seen, in one block of memory that holds no pointers: it can lie in
 * a shared region. The reader believes nothing that the writer left there. */
#ifndef WORDCOUNT_TABLE_H
#define WORDCOUNT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { table_slots = 1 << 16 };

struct table_slot {
    uint64_t count;  /* 0: the slot is empty */
    uint32_t offset; /* of the word's letters in `letters` */
    uint32_t length;
};

struct table {
    uint32_t used_slots;
    uint32_t used_letters;
    struct table_slot slots[table_slots];
    char letters[512 * 1024];
};

/* Counts a word `times` times more. False when the table is full. */
bool table_add(struct table* table, const char* letters, uint32_t length, uint64_t times);

/* Forgets all words. */
void table_clear(struct table* table);

#endif
