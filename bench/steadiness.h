/* SPDX-License-Identifier: MIT */
/* Whether the repetitions of a row agree well enough to be published. */
#ifndef STEADINESS_H
#define STEADINESS_H

#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How the times of an iteration lie, in the order in which they were taken. */
struct steadiness {
    double variation; /* their standard deviation over their mean */
    double rise;      /* of the line through them, from first to last, over the
                       * mean; below 0 when they fall */
    bool drifts;      /* too many pairs rise, or fall, for that to be chance */
};

/** Of at least one time. */
struct steadiness steadiness_of(const double *times, size_t count);

/**
 * Look at the row's repetitions. A row that scatters or drifts more than its
 * sampling allows is not fit to be published: false, and the reason.
 */
bool steadiness_check(const struct measured *measured,
                      struct bench_reason *reason_out);

#ifdef __cplusplus
}
#endif

#endif /* STEADINESS_H */
