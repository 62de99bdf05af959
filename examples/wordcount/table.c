#include "table.h"

#include <string.h>

static uint32_t hash(const char* letters, uint32_t length)
{
    uint32_t value = 2166136261u;
    for (uint32_t i = 0; i < length; i++)
        value = (value ^ (unsigned char)letters[i]) * 16777619u;
    return value;
}

static bool add_new(struct table* table, struct table_slot* slot, const char* letters,
                    uint32_t length, uint64_t times)
{
    /* Some slots stay empty, so that every search ends. */
    if (length > sizeof table->letters - table->used_letters ||
        table->used_slots >= table_slots / 4 * 3)
        return false;
    memcpy(table->letters + table->used_letters, letters, length);
    *slot = (struct table_slot){.count = times, .offset = table->used_letters, .length = length};
    table->used_letters += length;
    table->used_slots++;
    return true;
}

bool table_add(struct table* table, const char* letters, uint32_t length, uint64_t times)
{
    uint32_t index = hash(letters, length) % table_slots;
    for (;; index = (index + 1) % table_slots) {
        struct table_slot* slot = &table->slots[index];
        if (slot->count == 0)
            return add_new(table, slot, letters, length, times);
        if (slot->length == length && memcmp(table->letters + slot->offset, letters, length) == 0) {
            slot->count += times;
            return true;
        }
    }
}

void table_clear(struct table* table)
{
    memset(table, 0, offsetof(struct table, letters));
}
