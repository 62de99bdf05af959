#include <stdio.h>

#include <glacis/pd/general.h>

void pd_perror(const char* what, pd_status status)
{
    fprintf(stderr, "%s: %s\n", what, pd_status_text(status));
}
