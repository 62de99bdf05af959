/* The start of a bare program: no C library, no constructors, no thread-local storage. */
#include <glacis/pd/general.h>

int main(void);

_Noreturn void glacis_start(void)
{
    pd_domain_exit((uint64_t)(unsigned)main());
}
