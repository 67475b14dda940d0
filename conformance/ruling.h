/* SPDX-License-Identifier: MIT */
/* What one RFC says of one case: a verdict line of a stanza. */
#ifndef CONFORM_RULING_H
#define CONFORM_RULING_H

#include "outcome.h"

enum conform_epoch {
    CONFORM_EPOCH_RFC2616,
    CONFORM_EPOCH_RFC9112,
    CONFORM_EPOCH_COUNT,
};

enum conform_level {
    CONFORM_LEVEL_MUST,
    CONFORM_LEVEL_SHOULD,
    CONFORM_LEVEL_OUGHT,
    CONFORM_LEVEL_MAY,
    CONFORM_LEVEL_GRAMMAR, /* only the ABNF says so */
    CONFORM_LEVEL_INFO,    /* recorded, never a deviation */
    CONFORM_LEVEL_COUNT,
};

enum { CONFORM_ALTERNATIVES_MAX = 8 };

struct conform_ruling {
    const char *accepted; /* as written, "~" included */
    const char *clause;   /* sections of the epoch's RFC, by commas */
    enum conform_level level;
    bool silent; /* "~": the RFC does not say, so nothing deviates */
    size_t count;
    struct conform_outcome alternatives[CONFORM_ALTERNATIVES_MAX];
};

const char *conform_epoch_name(enum conform_epoch epoch);

const char *conform_level_name(enum conform_level level);

/*
 * Read "OUTCOME [/ OUTCOME]... | LEVEL | CLAUSE". The text is cut into strings
 * in place, and the ruling points into it.
 */
enum exit_code conform_ruling_parse(char *text,
                                    struct conform_ruling *ruling_out,
                                    struct conform_problem *problem);

#endif /* CONFORM_RULING_H */
