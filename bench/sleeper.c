/* A child that does nothing and does not end by itself. */
#include <glacis/pd/thread.h>

int main(void)
{
    for (;;)
        pd_thread_sleep(PD_FOREVER);
}
