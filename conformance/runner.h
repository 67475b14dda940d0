/* SPDX-License-Identifier: MIT */
/* One subject and one case: every segmentation, one verdict per RFC. */
#ifndef CONFORM_RUNNER_H
#define CONFORM_RUNNER_H

#include "ways.h"

/* In the order of reports and of the record; the names are in
 * conform_verdict_name.
 */
enum conform_verdict {
    CONFORM_VERDICT_PASS,
    CONFORM_VERDICT_NON_STRICT, /* deviates from what no MUST demands */
    CONFORM_VERDICT_FAIL,
    CONFORM_VERDICT_INFO,  /* the RFC is silent, or the case only records */
    CONFORM_VERDICT_ERROR, /* the adapter broke, not the subject */
    CONFORM_VERDICT_FLAKY, /* the answer depends on the segmentation */
    CONFORM_VERDICT_COUNT,
};

struct conform_result {
    const struct conform_subject *subject;
    bool ran; /* false: the case is not for the roles of the subject */
    struct conform_outcome outcome; /* of the whole message in one segment */
    enum conform_verdict verdicts[CONFORM_EPOCH_COUNT];
    size_t splits; /* two-way splits tried */
    char detail[2 * CONFORM_DETAIL_MAX];
};

const char *conform_verdict_name(enum conform_verdict verdict);

/* Tells whether a verdict needs an expectation. */
bool conform_verdict_deviates(enum conform_verdict verdict);

/*
 * Grade one answer. `*reason_out` says in a few words what is wrong with a
 * deviation, and is "" otherwise.
 */
enum conform_verdict conform_grade(const struct conform_case *item,
                                   enum conform_epoch epoch,
                                   const struct conform_answer *answer,
                                   const char **reason_out);

/*
 * Run one case in all its ways, of which a subject that wants to know has been
 * told, and grade what came out. Fails only when memory runs out.
 */
enum exit_code conform_runner_run(const struct conform_subject *subject,
                                  void *session,
                                  const struct conform_case *item,
                                  const struct conform_ways *ways,
                                  struct conform_result *result_out,
                                  struct conform_problem *problem);

#endif /* CONFORM_RUNNER_H */
