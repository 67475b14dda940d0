/* SPDX-License-Identifier: MIT */
/* Two processes that wake each other in turns, with a number each time. */
#ifndef RALLY_H
#define RALLY_H

#include <stdbool.h>
#include <stdint.h>

#include <mapmark/wait.h>

struct rally_plan {
    const char *name; /* of what the two share: the numbers, and two events */
    uint64_t rounds;
    /* Delays are of up to two to the power of so many turns of a loop. */
    uint32_t delay_bits;
    uint32_t seed;
    struct mm_wait_policy policy;
    int side;    /* 0 begins */
    bool any;    /* wait for another event as well, which nobody sets */
    bool pinned; /* both to one CPU */
};

/* Play one side to the end and tell how many rounds were right: all of them,
 * unless a wake-up was lost or a number was not the next one. */
uint64_t rally_play(const struct rally_plan *plan);

#endif /* RALLY_H */
