/* SPDX-License-Identifier: MIT */
/* What rows that were measured side by side say of each other. */
#ifndef COMPARISON_H
#define COMPARISON_H

#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Make every row of a comparison void whose ways disagree in checksum. */
void comparison_check_checksums(struct measured *rows, size_t count);

/** Make every row of a comparison void that is clearly faster than the way
 * that its table calls the ceiling. */
void comparison_check_ceiling(struct measured *rows, size_t count);

/** Make the rows of a comparison void whose faults should be alike, when they
 * entered clearly more pages by each of them in one sample than in another:
 * the cache was not filled in the same way, and filling decides the time. */
void comparison_check_faults(struct measured *rows, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* COMPARISON_H */
