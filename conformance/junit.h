/* SPDX-License-Identifier: MIT */
/* What a session came to, as continuous integration reads it. */
#ifndef CONFORM_JUNIT_H
#define CONFORM_JUNIT_H

#include "expect.h"

/*
 * Write a test suite for each subject and RFC, with a test for each case. One
 * fails that is not as it is expected; without expectations, `expectations` is
 * NULL, one that a MUST or its own segmentation is against.
 */
enum exit_code
conform_junit_write(const struct conform_session *session,
                    const struct conform_expectations *expectations,
                    const char *path, struct conform_problem *problem);

#endif /* CONFORM_JUNIT_H */
