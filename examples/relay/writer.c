/* Writes a letter, hands it to the editor, and is done with it. With the argument "peek" it tries
 * to read it once more. */
#include <string.h>

#include "relay.h"

int main(int argument_count, char** arguments)
{
    void* page;
    must(pd_memory_alloc(GLACIS_PAGE_SIZE, PD_PERM_READ | PD_PERM_WRITE, &page), "no page");
    struct letter* letter = page;
    strcpy(letter->text, "no byte of this moves");
    letter->length = (uint32_t)strlen(letter->text);
    printf("wrote \"%s\" at %p\n", letter->text, page);

    pd_gate edit = pd_gate_find("editor", "edit");
    hand_over(letter, edit);
    must(pd_gate_call_1(edit, (uint64_t)(uintptr_t)letter, NULL), "calling the editor");

    if (argument_count > 1 && strcmp(arguments[1], "peek") == 0) {
        printf("what became of it?\n");
        printf("it says \"%s\"\n", letter->text);
    }
    return EXIT_SUCCESS;
}
