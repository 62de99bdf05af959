/* Memory for malloc: sbrk over pages from the supervisor.
 *
 * The first bytes come from the image, so that a small program needs no hypercall. Then come
 * chunks, each half of what the heap has already, so that their number stays small; a chunk that
 * happens to lie behind the last one extends it. malloc accepts a break that jumps. Called with
 * malloc's lock held. */
#include <assert.h>
#include <errno.h>
#include <reent.h>
#include <stddef.h>
#include <stdint.h>

#include <glacis/abi/layout.h>
#include <glacis/pd/memory.h>

enum {
    first_size = 64 * 1024,
    chunk_minimum = 64 * 1024,
    chunk_maximum = 4 * 1024 * 1024,
};

/* At the image's end (program.ld): what a program's start uses lies close together before it. */
__asm__(".pushsection .glacis_heap, \"aw\", %nobits\n"
        ".balign 4096\n"
        "glacis_first_heap: .skip 65536\n"
        ".popsection");
extern char first[first_size] __asm__("glacis_first_heap") __attribute__((visibility("hidden")));
static_assert(first_size == 65536 && GLACIS_PAGE_SIZE == 4096, "as the assembler was told");

/* The chunk that the break is in. */
static char* chunk_begin = first;
static char* chunk_break = first;
static char* chunk_end = first + first_size;
static size_t heap_size = first_size;

static size_t whole_pages(size_t size)
{
    return (size + GLACIS_PAGE_SIZE - 1) & ~(size_t)(GLACIS_PAGE_SIZE - 1);
}

static char* get_pages(size_t size)
{
    void* pages = NULL;
    return pd_memory_alloc(size, PD_PERM_READ | PD_PERM_WRITE, &pages) == PD_OK ? pages : NULL;
}

/* Leaves the current chunk for good: its unused pages go back. */
static void leave_chunk(void)
{
    char* unused = (char*)whole_pages((size_t)chunk_break);
    if (chunk_begin == first || unused >= chunk_end)
        return;
    if (pd_memory_free(unused, (size_t)(chunk_end - unused)) == PD_OK)
        heap_size -= (size_t)(chunk_end - unused);
}

/* Makes room for `need` bytes at the break, which may jump. */
static int extend(size_t need)
{
    size_t wanted = heap_size / 2;
    wanted = wanted < chunk_minimum ? chunk_minimum : wanted;
    wanted = wanted > chunk_maximum ? chunk_maximum : wanted;
    if (need > SIZE_MAX - GLACIS_PAGE_SIZE)
        return 0;
    size_t size = whole_pages(need);
    char* pages = NULL;
    if (wanted > size && (pages = get_pages(wanted)) != NULL)
        size = wanted;
    else if ((pages = get_pages(size)) == NULL)
        return 0;

    heap_size += size;
    if (pages == chunk_end && chunk_begin != first) {
        chunk_end += size;
        return 1;
    }
    leave_chunk();
    chunk_begin = pages;
    chunk_break = pages;
    chunk_end = pages + size;
    return 1;
}

/* malloc gives back its top in whole pages. */
static int shrink(size_t size)
{
    if (size > (size_t)(chunk_break - chunk_begin))
        return 0;
    chunk_break -= size;
    return 1;
}

void* sbrk(ptrdiff_t increment)
{
    if (increment < 0 && !shrink(0 - (size_t)increment)) {
        errno = EINVAL;
        return (void*)-1;
    }
    if (increment > chunk_end - chunk_break && !extend((size_t)increment)) {
        errno = ENOMEM;
        return (void*)-1;
    }
    if (increment < 0)
        return chunk_break - increment;
    char* start = chunk_break;
    chunk_break += increment;
    return start;
}
