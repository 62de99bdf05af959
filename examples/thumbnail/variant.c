#include "variant.h"

/* xorshift64*, started from the seed by one step of a 64-bit mix, so that seeds 1, 2, 3 differ
 * much. */
static uint64_t start(uint64_t seed)
{
    seed = (seed + 1) * 0x9e3779b97f4a7c15;
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9;
    return (seed ^ seed >> 27) | 1;
}

static uint64_t next(uint64_t* state, uint64_t limit)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (*state * 0x2545f4914f6cdd1d >> 32) % limit;
}

static void change_bytes(unsigned char* bytes, size_t size, uint64_t* state)
{
    for (uint64_t count = 1 + next(state, 8); count > 0; count--)
        bytes[next(state, size)] ^= (unsigned char)(1 + next(state, 255));
}

/* Where a format keeps its sizes and tables. */
static void change_header(unsigned char* bytes, size_t size, uint64_t* state)
{
    change_bytes(bytes, size < 256 ? size : 256, state);
}

static void overwrite_run(unsigned char* bytes, size_t size, uint64_t* state)
{
    size_t begin = next(state, size);
    size_t length = 1 + next(state, 64);
    unsigned char value = (unsigned char)(next(state, 2) * 255);
    for (size_t i = begin; i < size && i < begin + length; i++)
        bytes[i] = value;
}

size_t corrupt(unsigned char* bytes, size_t size, uint64_t seed)
{
    uint64_t state = start(seed);
    if (size == 0)
        return 0;
    switch (seed % 4) {
    case 0:
        return next(&state, size);
    case 1:
        change_bytes(bytes, size, &state);
        break;
    case 2:
        change_header(bytes, size, &state);
        break;
    default:
        overwrite_run(bytes, size, &state);
        break;
    }
    return size;
}
