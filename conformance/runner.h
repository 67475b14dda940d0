/* SPDX-License-Identifier: MIT */
/* One subject and one case: every segmentation, one verdict per RFC. */
#ifndef MM_RUNNER_H
#define MM_RUNNER_H

#include "subject.h"

/* In the order of reports and of the record; the names are in mm_verdict_name.
 */
enum mm_verdict {
    MM_VERDICT_PASS,
    MM_VERDICT_NON_STRICT, /* deviates from what no MUST demands */
    MM_VERDICT_FAIL,
    MM_VERDICT_INFO,  /* the RFC is silent, or the case only records */
    MM_VERDICT_ERROR, /* the adapter broke, not the subject */
    MM_VERDICT_FLAKY, /* the answer depends on the segmentation */
    MM_VERDICT_COUNT,
};

struct mm_result {
    const struct mm_subject *subject;
    bool ran; /* false: the case is not for the roles of the subject */
    struct mm_outcome outcome; /* of the whole message in one segment */
    enum mm_verdict verdicts[MM_EPOCH_COUNT];
    size_t splits; /* two-way splits tried */
    char detail[2 * MM_DETAIL_MAX];
};

/* Up to here every two-way split is tried; beyond, those near a delimiter and
 * some seeded ones.
 */
enum { MM_SPLIT_ALL_MAX = 4096, MM_SPLIT_NEAR = 64, MM_SPLIT_SEEDED = 64 };

const char *mm_verdict_name(enum mm_verdict verdict);

/* Tells whether a verdict needs an expectation. */
bool mm_verdict_deviates(enum mm_verdict verdict);

/*
 * Grade one answer. `*reason_out` says in a few words what is wrong with a
 * deviation, and is "" otherwise.
 */
enum mm_verdict mm_grade(const struct mm_case *item, enum mm_epoch epoch,
                         const struct mm_answer *answer,
                         const char **reason_out);

/*
 * Run one case whole, octet by octet, as its send lines cut it, and split in
 * two, and grade what came out. Fails only when memory runs out.
 */
enum mm_exit mm_runner_run(const struct mm_subject *subject, void *session,
                           const struct mm_case *item,
                           struct mm_result *result_out,
                           struct mm_problem *problem);

#endif /* MM_RUNNER_H */
