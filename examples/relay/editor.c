/* Puts a letter into capitals, where it is, and hands it to the reader. */
#include <ctype.h>

#include "relay.h"

uint64_t edit(struct letter* letter)
{
    for (uint32_t i = 0; i < letter->length && i < sizeof letter->text; i++)
        letter->text[i] = (char)toupper((unsigned char)letter->text[i]);
    printf("edited \"%.*s\" at %p\n", (int)letter->length, letter->text, (void*)letter);

    pd_gate keep = pd_gate_find("reader", "keep");
    hand_over(letter, keep);
    must(pd_gate_call_1(keep, (uint64_t)(uintptr_t)letter, NULL), "calling the reader");
    return 0;
}

int main(void)
{
    must(pd_gate_serve(), "serving");
    printf("done\n");
    return EXIT_SUCCESS;
}
