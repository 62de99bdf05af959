/* Pages that main owns and lends to one domain at a time. */
#ifndef THUMBNAIL_PAGES_H
#define THUMBNAIL_PAGES_H

#include <stdbool.h>

#include <glacis/pd.h>

struct pages {
    unsigned char* bytes;
    size_t size; /* whole pages */
};

/* Makes room for `size` bytes; what was in the pages may be gone. */
pd_status pages_reserve(struct pages* pages, uint64_t size);

/* From now on this domain and no other, main included, may do with the pages what `permission`
 * says. A domain that is being restarted is waited for; PD_BAD_HANDLE if it does not come back. */
pd_status pages_lend(const struct pages* pages, uint32_t domain, uint32_t permission);

/* Main alone may read and write them. */
pd_status pages_take_back(const struct pages* pages);

#endif
