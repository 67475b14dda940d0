/* SPDX-License-Identifier: MIT */
/* What a partner does without the process that has started it. */
#ifndef ORPHAN_H
#define ORPHAN_H

#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** End the calling process as soon as `parent`, which has started it, has
 * ended in whatever way; at once if it has already. */
enum mm_status orphan_ends(uint64_t parent);

#ifdef __cplusplus
}
#endif

#endif /* ORPHAN_H */
