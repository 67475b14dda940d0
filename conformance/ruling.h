/* SPDX-License-Identifier: MIT */
/* What one RFC says of one case: a verdict line of a stanza. */
#ifndef MM_RULING_H
#define MM_RULING_H

#include "outcome.h"

enum mm_epoch {
    MM_EPOCH_RFC2616,
    MM_EPOCH_RFC9112,
    MM_EPOCH_COUNT,
};

enum mm_level {
    MM_LEVEL_MUST,
    MM_LEVEL_SHOULD,
    MM_LEVEL_OUGHT,
    MM_LEVEL_MAY,
    MM_LEVEL_GRAMMAR, /* only the ABNF says so */
    MM_LEVEL_INFO,    /* recorded, never a deviation */
    MM_LEVEL_COUNT,
};

enum { MM_ALTERNATIVES_MAX = 8 };

struct mm_ruling {
    const char *accepted; /* as written, "~" included */
    const char *clause;   /* sections of the epoch's RFC, by commas */
    enum mm_level level;
    bool silent; /* "~": the RFC does not say, so nothing deviates */
    size_t count;
    struct mm_outcome alternatives[MM_ALTERNATIVES_MAX];
};

const char *mm_epoch_name(enum mm_epoch epoch);

const char *mm_level_name(enum mm_level level);

/*
 * Read "OUTCOME [/ OUTCOME]... | LEVEL | CLAUSE". The text is cut into strings
 * in place, and the ruling points into it.
 */
enum mm_exit mm_ruling_parse(char *text, struct mm_ruling *ruling_out,
                             struct mm_problem *problem);

#endif /* MM_RULING_H */
