/* Signs a letter, where it is, and reads it when all the others are done, however they ended. */
#include <string.h>

#include "relay.h"

static struct letter* kept;

uint64_t keep(struct letter* letter)
{
    static const char signature[] = ", SIGNED";
    if (letter->length < sizeof letter->text - sizeof signature) {
        memcpy(letter->text + letter->length, signature, sizeof signature);
        letter->length += sizeof signature - 1;
    }
    kept = letter;
    return 0;
}

int main(void)
{
    must(pd_gate_serve(), "serving");
    if (kept == NULL) {
        printf("nothing came\n");
        return EXIT_FAILURE;
    }
    struct pd_memory_info page;
    must(pd_memory_query(kept, &page), "asking about the page");
    printf("read \"%.*s\" at %p, which is %s\n", (int)kept->length, kept->text, (void*)kept,
           page.owner == pd_boot()->domain ? "mine" : "somebody else's");
    return EXIT_SUCCESS;
}
