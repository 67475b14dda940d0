/* SPDX-License-Identifier: MIT */
/* Known deviations: lines "SUBJECT EPOCH ID VERDICT". */
#ifndef CONFORM_EXPECT_H
#define CONFORM_EXPECT_H

#include <program/arguments.h>

#include "session.h"

struct conform_expectation {
    const char *subject;
    enum conform_epoch epoch;
    const char *id;
    enum conform_verdict verdict; /* one that deviates */
    const char *file;
    unsigned long line;
};

enum {
    CONFORM_EXPECT_FILES_MAX = ARGUMENT_LIST_MAX,
    CONFORM_EXPECT_SIZE_MAX = 16 * 1024 * 1024
};

/* Empty when all zeros. */
struct conform_expectations {
    struct conform_expectation *rows;
    size_t count;
    size_t room;
    struct conform_buffer texts[CONFORM_EXPECT_FILES_MAX];
    size_t text_count;
};

/* Add the lines of one file; `path` must live as long as they do. */
enum exit_code conform_expect_load(struct conform_expectations *expectations,
                                   const char *path,
                                   struct conform_problem *problem);

/* Tell whether a verdict is the one that a line expects, or none deviates. */
bool conform_expect_allows(const struct conform_expectations *expectations,
                           const struct conform_case *item,
                           const struct conform_result *result,
                           enum conform_epoch epoch);

/*
 * Print each difference between what is expected and what came out of a
 * session to stdout, and give their number. Lines about subjects, RFCs and
 * cases that the session leaves out are passed over.
 */
size_t conform_expect_compare(const struct conform_expectations *expectations,
                              const struct conform_session *session);

/* Write the deviations of a session as the lines of a file, behind the comment
 * that the file begins with now. */
enum exit_code conform_expect_write(const struct conform_session *session,
                                    const char *path,
                                    struct conform_problem *problem);

/* Free everything; empty expectations are allowed. */
void conform_expect_free(struct conform_expectations *expectations);

#endif /* CONFORM_EXPECT_H */
