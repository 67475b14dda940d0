/* SPDX-License-Identifier: MIT */
/* One run of the program: chosen cases times chosen subjects. */
#ifndef MM_SESSION_H
#define MM_SESSION_H

#include "corpus.h"
#include "runner.h"

/* Results stand case by case: results[case * subject_count + subject]. */
struct mm_session {
    const struct mm_corpus *corpus;
    const struct mm_case **cases; /* in the order of their ids */
    size_t case_count;
    const struct mm_subject **subjects; /* in the order of their names */
    size_t subject_count;
    bool epochs[MM_EPOCH_COUNT]; /* the ones asked for */
    struct mm_result *results;   /* NULL before mm_session_run() */
};

/* Number of results of one subject, RFC and class by their verdicts. */
struct mm_counts {
    size_t by_verdict[MM_VERDICT_COUNT];
};

/*
 * Choose the cases whose id, or class/id where `glob` holds a '/', matches,
 * and the subject called `subject`; NULL chooses all. The session is empty,
 * that is, all zeros. No such case or subject is MM_EXIT_USAGE, and no subject
 * at all MM_EXIT_NOTHING_RAN.
 */
enum mm_exit mm_session_choose_cases(struct mm_session *session,
                                     const struct mm_corpus *corpus,
                                     const char *glob,
                                     struct mm_problem *problem);
enum mm_exit mm_session_choose_subjects(struct mm_session *session,
                                        const char *subject,
                                        struct mm_problem *problem);

/* Run every chosen case with every chosen subject. */
enum mm_exit mm_session_run(struct mm_session *session,
                            struct mm_problem *problem);

const struct mm_result *mm_session_result(const struct mm_session *session,
                                          size_t case_index,
                                          size_t subject_index);

/* Count the results of one class, or of all where `class_name` is NULL. */
struct mm_counts mm_session_count(const struct mm_session *session,
                                  size_t subject_index, enum mm_epoch epoch,
                                  const char *class_name);

/* Free everything; an empty session is allowed. */
void mm_session_free(struct mm_session *session);

#endif /* MM_SESSION_H */
