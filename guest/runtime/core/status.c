#include <glacis/pd/general.h>

#define GLACIS_TEXT(name, value, text) [value] = (text),
#define GLACIS_NAME(name, value, text) [value] = #name,

static const char* const texts[] = {GLACIS_STATUS_LIST(GLACIS_TEXT)};
static const char* const names[] = {GLACIS_STATUS_LIST(GLACIS_NAME)};

static const char* entry(const char* const* table, size_t size, pd_status status,
                         const char* unknown)
{
    return (size_t)status < size && table[status] != NULL ? table[status] : unknown;
}

const char* pd_status_text(pd_status status)
{
    return entry(texts, sizeof texts / sizeof *texts, status, "unknown status");
}

const char* pd_status_name(pd_status status)
{
    return entry(names, sizeof names / sizeof *names, status, "UNKNOWN_STATUS");
}
