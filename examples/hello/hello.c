#include <stdio.h>

#include <glacis/pd.h>

int main(int count, char** arguments)
{
    printf("Hello from domain '%s'", arguments[0]);
    for (int i = 1; i < count; i++)
        printf(" %s", arguments[i]);
    printf(".\n");
    printf("My stack is at %#llx, my code at %#llx, and nothing else is mine.\n",
           (unsigned long long)pd_stack_current(), (unsigned long long)pd_boot()->image_base);
    return 0;
}
