/* SPDX-License-Identifier: MIT */
/* Shared memory that one process initialises before any other sees it. */
#ifndef MAPMARK_ONCE_H
#define MAPMARK_ONCE_H

#include <stddef.h>

#include <mapmark/mapping.h>
#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What puts the first content into the mapping: `size` octets at `address`, all
 * zero whoever has tried before. MM_OK, or the failure that mm_once_open()
 * shall report. It must not call mm_once_open() for the same name.
 */
typedef enum mm_status mm_once_initialise(void *address, size_t size,
                                          void *context);

/**
 * Open a named mapping of the paging store, and initialise it if nobody has.
 *
 * Of all processes that call this at the same time, one runs its `initialise`
 * and the others wait for it. When it fails, or its process dies in whatever
 * way, the next one starts again from zeros; so nobody who comes by this call
 * ever sees a half-built mapping. (Who uses mm_mapping_open() instead may.)
 * Afterwards it is a mapping like any other, gone with its last handle.
 *
 * Units:     as mm_mapping_create(); `protection` is that of the handle.
 * Errors:    MM_ALREADY_EXISTS, a success: it had been initialised before. The
 *            status of `initialise`. MM_INVALID (no name, no `initialise`, or
 *            MM_MAPPING_RESERVE), MM_WRONG_TYPE (also: a mapping that was not
 *            made by this call), and as mm_mapping_create(). On failure
 *            `*mapping_out` is NULL.
 * Ownership: the caller owns `*mapping_out` and gives it to
 *            mm_mapping_close(); what `initialise` is given is its own for the
 *            time of the call.
 * Threads:   safe from any thread.
 * Source:   ; InitOnceExecuteOnce for processes.
 */
MM_API enum mm_status mm_once_open(const struct mm_mapping_options *options,
                                   mm_once_initialise *initialise,
                                   void *context,
                                   struct mm_mapping **mapping_out);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_ONCE_H */
