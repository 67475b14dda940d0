/* SPDX-License-Identifier: MIT */
/*
 * What views take beside addresses: memory, page by page, as they are touched
 * . It is watched in a walk of its own, outside the clock.
 */
#ifndef RESIDENCY_H
#define RESIDENCY_H

#include "ways.h"

/** Octets. */
struct residency {
    uint64_t mapped; /* of the views there are at the end of a walk */
    uint64_t before; /* resident of the first view, not yet touched */
    uint64_t after;  /* resident of those views */
};

/** Walk the trace through views as the way has them, touching each page. */
enum mm_status residency_watch(const struct sampler *sampler,
                               struct residency *residency_out);

#endif /* RESIDENCY_H */
