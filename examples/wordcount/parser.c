/* Counts the words of the region "input" into the region "counts".
 *
 * The text is a sequence of documents, separated by form feeds. A word is a run of letters A to Z,
 * as long as possible, in either case. Parentheses nest, and the parser descends into them: a text
 * that nests deeply enough overflows its stack. It is restarted then, with nothing left of it but
 * what it noted in the shared region, skips the document that killed it and goes on. A document
 * counts when it has been read to its end. */
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

#include "shared.h"

enum { separator = '\f' };

struct text {
    const char* bytes;
    uint64_t size;
    uint64_t position;
};

/* Words of the current document. */
static struct table* words;

/* ---- parsing ------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void fail(const char* what)
{
    fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

/* Adds words[offset, +length), which has no zero among its letters, in lower case. */
static void add_lower_case(const char* letters, uint64_t length)
{
    char small[64];
    char* lower = length <= sizeof small ? small : malloc(length);
    if (lower == NULL || length > UINT32_MAX)
        fail("a word is too long");
    for (uint64_t i = 0; i < length; i++)
        lower[i] = letters[i] | 0x20;
    if (!table_add(words, lower, (uint32_t)length, 1))
        fail("too many different words");
    if (lower != small)
        free(lower);
}

static void parse_word(struct text* text)
{
    uint64_t begin = text->position;
    while (text->position < text->size && is_letter(text->bytes[text->position]))
        text->position++;
    add_lower_case(text->bytes + begin, text->position - begin);
}

/* sequence := { word | '(' sequence ')' | other }. Ends behind the parenthesis that closes it,
 * before a separator, or at the end of the text. */
static void parse_sequence(struct text* text, unsigned depth)
{
    while (text->position < text->size) {
        char c = text->bytes[text->position];
        if (c == separator)
            return;
        if (is_letter(c)) {
            parse_word(text);
            continue;
        }
        text->position++;
        if (c == '(')
            parse_sequence(text, depth + 1);
        else if (c == ')' && depth > 0)
            return;
    }
}

static void parse_document(struct text* text)
{
    parse_sequence(text, 0);
}

/* ---- documents ----------------------------------------------------------------------------- */

static void publish(struct shared* shared)
{
    __atomic_add_fetch(&shared->progress, 1, __ATOMIC_RELEASE);
    pd_thread_wake(&shared->progress, UINT64_MAX, NULL);
}

static uint64_t next_document(const struct text* text, uint64_t position)
{
    while (position < text->size && text->bytes[position] != separator)
        position++;
    return position < text->size ? position + 1 : position;
}

static void merge(struct table* into, const struct table* from)
{
    for (uint32_t i = 0; i < table_slots; i++) {
        const struct table_slot* slot = &from->slots[i];
        if (slot->count > 0 &&
            !table_add(into, from->letters + slot->offset, slot->length, slot->count))
            fail("too many different words");
    }
}

/* If this is a restart, the document that was being read is the one to skip. */
static void resume(struct shared* shared, const struct text* text)
{
    shared->restarts = pd_boot()->restarts;
    if (!shared->is_reading)
        return;
    shared->is_reading = 0;
    shared->refused++;
    shared->position = next_document(text, shared->position);
    publish(shared);
}

int main(void)
{
    const struct pd_boot_region* input = pd_region_find("input");
    const struct pd_boot_region* counts = pd_region_find("counts");
    if (input == NULL || counts == NULL || counts->size < sizeof(struct shared))
        fail("needs the regions input and counts");
    struct shared* shared = (struct shared*)(uintptr_t)counts->base;
    struct text text = {.bytes = (const char*)(uintptr_t)input->base, .size = input->content_size};
    words = calloc(1, sizeof *words);
    if (words == NULL)
        fail("out of memory");

    resume(shared, &text);
    while (shared->position < text.size) {
        shared->is_reading = 1;
        text.position = shared->position;
        parse_document(&text);
        merge(&shared->table, words);
        table_clear(words);
        shared->position = next_document(&text, text.position);
        shared->documents++;
        shared->is_reading = 0;
        publish(shared);
    }
    __atomic_store_n(&shared->is_done, 1, __ATOMIC_RELEASE);
    publish(shared);
    return EXIT_SUCCESS;
}
