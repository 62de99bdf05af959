#include "pages.h"

enum {
    a_moment_ns = 200 * 1000,
    moments = 25 * 1000, /* 5 s in all */
};

pd_status pages_reserve(struct pages* pages, uint64_t size)
{
    if (size <= pages->size)
        return PD_OK;
    if (size > UINT64_MAX - GLACIS_PAGE_SIZE)
        return PD_NO_MEMORY;
    if (pages->size > 0 && pd_memory_free(pages->bytes, pages->size) != PD_OK)
        return PD_NOT_OWNER;
    *pages = (struct pages){NULL, 0};
    size_t whole = (size + GLACIS_PAGE_SIZE - 1) & ~(size_t)(GLACIS_PAGE_SIZE - 1);
    void* bytes;
    pd_status status = pd_memory_alloc(whole, PD_PERM_READ | PD_PERM_WRITE, &bytes);
    if (status == PD_OK)
        *pages = (struct pages){bytes, whole};
    return status;
}

pd_status pages_lend(const struct pages* pages, uint32_t domain, uint32_t permission)
{
    pd_status status = PD_BAD_HANDLE;
    for (int i = 0; i < moments; i++) {
        status =
            pd_memory_set_permission(pages->bytes, pages->size, permission, domain, PD_EXCLUSIVE);
        if (status != PD_BAD_HANDLE)
            break;
        pd_thread_sleep(a_moment_ns);
    }
    return status;
}

pd_status pages_take_back(const struct pages* pages)
{
    return pd_memory_set_permission(pages->bytes, pages->size, PD_PERM_READ | PD_PERM_WRITE,
                                    PD_SELF, PD_EXCLUSIVE);
}
