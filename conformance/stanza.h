/* SPDX-License-Identifier: MIT */
/* From the fields of one stanza to a checked case. */
#ifndef CONFORM_STANZA_H
#define CONFORM_STANZA_H

#include "case.h"

/* An empty stanza is all zeros; item.file and item.line are the reader's. */
struct conform_stanza {
    struct conform_case item;
    unsigned long seen; /* one bit for each field that has come */
};

/* Take one line "key: value"; it is cut in place and the case points into it.
 */
enum exit_code conform_stanza_add(struct conform_stanza *stanza, char *line,
                                  struct conform_problem *problem);

/* Check what only the whole stanza can show: fields missing, offsets, bodies.
 */
enum exit_code conform_stanza_check(const struct conform_stanza *stanza,
                                    struct conform_problem *problem);

#endif /* CONFORM_STANZA_H */
