/* What the guests of the kvm tier share: a check that says what failed and ends the domain, and the
 * choice of the property by argument 1. */
#ifndef GLACIS_TESTS_CHECK_H
#define GLACIS_TESTS_CHECK_H

#include <glacis/pd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                         \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* Expects a status and says which came instead. */
#define EXPECT(call, expected)                                                                     \
    do {                                                                                           \
        const pd_status got_ = (call);                                                             \
        if (got_ != (expected)) {                                                                  \
            printf("%s:%d: %s gave %s, not %s\n", __FILE__, __LINE__, #call, pd_status_name(got_), \
                   pd_status_name(expected));                                                      \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

struct property {
    const char* name;
    void (*check)(void);
};

static inline int check_property(const struct property* properties, size_t count)
{
    const char* wanted = pd_argument(1);
    for (size_t i = 0; i < count; ++i) {
        if (wanted != NULL && strcmp(properties[i].name, wanted) == 0) {
            properties[i].check();
            puts("done");
            return 0;
        }
    }
    printf("no property '%s'\n", wanted == NULL ? "" : wanted);
    return 2;
}

#define MAIN(properties)                                                                           \
    int main(void)                                                                                 \
    {                                                                                              \
        return check_property(properties, sizeof properties / sizeof properties[0]);               \
    }

#define PAGE ((size_t)GLACIS_PAGE_SIZE)

#endif
