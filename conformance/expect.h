/* SPDX-License-Identifier: MIT */
/* Known deviations: lines "SUBJECT EPOCH ID VERDICT". */
#ifndef MM_EXPECT_H
#define MM_EXPECT_H

#include "session.h"

struct mm_expectation {
    const char *subject;
    enum mm_epoch epoch;
    const char *id;
    enum mm_verdict verdict; /* one that deviates */
    const char *file;
    unsigned long line;
};

enum { MM_EXPECT_FILES_MAX = 16 };

/* Empty when all zeros. */
struct mm_expectations {
    struct mm_expectation *rows;
    size_t count;
    size_t room;
    struct mm_buffer texts[MM_EXPECT_FILES_MAX];
    size_t text_count;
};

/* Add the lines of one file; `path` must live as long as they do. */
enum mm_exit mm_expect_load(struct mm_expectations *expectations,
                            const char *path, struct mm_problem *problem);

/*
 * Print each difference between what is expected and what came out of a
 * session to stdout, and give their number. Lines about subjects, RFCs and
 * cases that the session leaves out are passed over.
 */
size_t mm_expect_compare(const struct mm_expectations *expectations,
                         const struct mm_session *session);

/* Free everything; empty expectations are allowed. */
void mm_expect_free(struct mm_expectations *expectations);

#endif /* MM_EXPECT_H */
