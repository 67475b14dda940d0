/* SPDX-License-Identifier: MIT */
/* Where a message ends, as a case accepts it and as a subject reports it. */
#ifndef CONFORM_OUTCOME_H
#define CONFORM_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/* The kinds up to CONFORM_OUTCOME_TUNNEL say that a message is complete. */
enum conform_outcome_kind {
    CONFORM_OUTCOME_NONE,
    CONFORM_OUTCOME_CL,
    CONFORM_OUTCOME_CHUNKED,
    CONFORM_OUTCOME_MPBR,
    CONFORM_OUTCOME_CLOSE,
    CONFORM_OUTCOME_TUNNEL,
    CONFORM_OUTCOME_WAIT,
    CONFORM_OUTCOME_INCOMPLETE,
    CONFORM_OUTCOME_REJECT,
    CONFORM_OUTCOME_ERROR,
};

/* What becomes of the connection; a case never asks for CONFORM_FATE_KEEP. */
enum conform_fate {
    CONFORM_FATE_ANY,
    CONFORM_FATE_KEEP,
    CONFORM_FATE_CLOSE,
};

struct conform_outcome {
    enum conform_outcome_kind kind;
    uint64_t octets; /* decoded; only of complete kinds that have a body */
    uint64_t end;    /* wire octets up to the end; only of complete kinds */
    unsigned code;   /* status code; only of CONFORM_OUTCOME_REJECT */
    enum conform_fate fate;
};

/* How far a report agrees with one accepted outcome. */
enum conform_fit {
    CONFORM_FIT_NONE,
    CONFORM_FIT_BUT_KEPT, /* all but the connection, which had to be closed */
    CONFORM_FIT_ALL,
};

enum { CONFORM_OUTCOME_TEXT_MAX = 64 };

bool conform_outcome_is_complete(enum conform_outcome_kind kind);

/* "unknown", "kept" or "closed", as files have it. */
const char *conform_fate_name(enum conform_fate fate);

/* Tells whether the kind has a number of decoded octets. */
bool conform_outcome_has_octets(enum conform_outcome_kind kind);

/* Read `size` characters such as "cl:5@53 !close". */
enum exit_code conform_outcome_parse(const char *text, size_t size,
                                     struct conform_outcome *outcome_out,
                                     struct conform_problem *problem);

/* Write what conform_outcome_parse() reads, without the fate. */
void conform_outcome_print(const struct conform_outcome *outcome,
                           char text_out[CONFORM_OUTCOME_TEXT_MAX]);

/*
 * Compare a report with an accepted outcome. A parser that gives up names no
 * status code, so "error" fits every "reject:CODE"; and octets that run out
 * while the peer is still there ("wait") are an "incomplete" message.
 */
enum conform_fit conform_outcome_fit(const struct conform_outcome *accepted,
                                     const struct conform_outcome *reported);

#endif /* CONFORM_OUTCOME_H */
