/* SPDX-License-Identifier: MIT */
/* Where a message ends, as a case accepts it and as a subject reports it. */
#ifndef MM_OUTCOME_H
#define MM_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/* The kinds up to MM_OUTCOME_TUNNEL say that a message is complete. */
enum mm_outcome_kind {
    MM_OUTCOME_NONE,
    MM_OUTCOME_CL,
    MM_OUTCOME_CHUNKED,
    MM_OUTCOME_MPBR,
    MM_OUTCOME_CLOSE,
    MM_OUTCOME_TUNNEL,
    MM_OUTCOME_WAIT,
    MM_OUTCOME_INCOMPLETE,
    MM_OUTCOME_REJECT,
    MM_OUTCOME_ERROR,
};

/* What becomes of the connection; a case never asks for MM_FATE_KEEP. */
enum mm_fate {
    MM_FATE_ANY,
    MM_FATE_KEEP,
    MM_FATE_CLOSE,
};

struct mm_outcome {
    enum mm_outcome_kind kind;
    uint64_t octets; /* decoded; only of complete kinds that have a body */
    uint64_t end;    /* wire octets up to the end; only of complete kinds */
    unsigned code;   /* status code; only of MM_OUTCOME_REJECT */
    enum mm_fate fate;
};

/* How far a report agrees with one accepted outcome. */
enum mm_fit {
    MM_FIT_NONE,
    MM_FIT_BUT_KEPT, /* all but the connection, which had to be closed */
    MM_FIT_ALL,
};

enum { MM_OUTCOME_TEXT_MAX = 64 };

bool mm_outcome_is_complete(enum mm_outcome_kind kind);

/* Tells whether the kind has a number of decoded octets. */
bool mm_outcome_has_octets(enum mm_outcome_kind kind);

/* Read `size` characters such as "cl:5@53 !close". */
enum mm_exit mm_outcome_parse(const char *text, size_t size,
                              struct mm_outcome *outcome_out,
                              struct mm_problem *problem);

/* Write what mm_outcome_parse() reads, without the fate. */
void mm_outcome_print(const struct mm_outcome *outcome,
                      char text_out[MM_OUTCOME_TEXT_MAX]);

/*
 * Compare a report with an accepted outcome. A parser that gives up names no
 * status code, so "error" fits every "reject:CODE"; and octets that run out
 * while the peer is still there ("wait") are an "incomplete" message.
 */
enum mm_fit mm_outcome_fit(const struct mm_outcome *accepted,
                           const struct mm_outcome *reported);

#endif /* MM_OUTCOME_H */
