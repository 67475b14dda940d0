/* SPDX-License-Identifier: MIT */
/* What a program calls that uses no library: the bare side of calls.h, one
 * file a system. Failures are MM_OS. */
#ifndef BARE_H
#define BARE_H

#include "../calls.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Mark as closed; bare_close() may follow at any time. */
void bare_begin(struct calls *calls);

enum mm_status bare_open(const char *path, struct calls *calls);
void bare_close(struct calls *calls);

#define BARE_DECLARE(name, word) call_body bare_##name;
CALLS_LIST(BARE_DECLARE)
#undef BARE_DECLARE

/** A view that stays to the end of the process: the first half of "map". */
call_body bare_map_alone;

#ifdef __cplusplus
}
#endif

#endif /* BARE_H */
