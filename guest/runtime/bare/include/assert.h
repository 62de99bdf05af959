/* For programs without a C library: only what the ABI headers need. */
#ifndef GLACIS_BARE_ASSERT_H
#define GLACIS_BARE_ASSERT_H

#ifndef __cplusplus
#define static_assert _Static_assert
#endif

#endif
