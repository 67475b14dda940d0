/* SPDX-License-Identifier: MIT */
/* From the fields of one stanza to a checked case. */
#ifndef MM_STANZA_H
#define MM_STANZA_H

#include "case.h"

/* An empty stanza is all zeros; item.file and item.line are the reader's. */
struct mm_stanza {
    struct mm_case item;
    unsigned long seen; /* one bit for each field that has come */
};

/* Take one line "key: value"; it is cut in place and the case points into it.
 */
enum mm_exit mm_stanza_add(struct mm_stanza *stanza, char *line,
                           struct mm_problem *problem);

/* Check what only the whole stanza can show: fields missing, offsets, bodies.
 */
enum mm_exit mm_stanza_check(const struct mm_stanza *stanza,
                             struct mm_problem *problem);

#endif /* MM_STANZA_H */
