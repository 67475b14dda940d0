/* SPDX-License-Identifier: MIT */
/* Every way in which the octets of a case are cut into segments. */
#ifndef CONFORM_WAYS_H
#define CONFORM_WAYS_H

#include "subject.h"

/*
 * Up to here every two-way split is tried; beyond, those near a delimiter and
 * some seeded ones, and of these no more than what makes so many octets in all,
 * evenly spread. Octet by octet is in larger steps when it would be more
 * segments than that.
 */
enum {
    CONFORM_SPLIT_ALL_MAX = 4096,
    CONFORM_SPLIT_NEAR = 64,
    CONFORM_SPLIT_SEEDED = 64,
    CONFORM_SPLIT_LEAST = 4,
    CONFORM_SPLIT_OCTETS_MAX = 2 * 1024 * 1024,
    CONFORM_SEGMENTS_MAX = 64 * 1024,
};

/* The feeds point into the case and into `cuts`. Empty when all zeros. */
struct conform_ways {
    struct conform_feed *feeds; /* whole, octet by octet, as sent, splits */
    size_t *cuts;
    size_t count;
    size_t splits; /* of them, the last ones */
};

enum exit_code conform_ways_choose(const struct conform_case *item, bool splits,
                                   struct conform_ways *ways_out,
                                   struct conform_problem *problem);

/* Free everything; empty ways are allowed. */
void conform_ways_free(struct conform_ways *ways);

#endif /* CONFORM_WAYS_H */
