/* SPDX-License-Identifier: MIT */
/* One run of the program: chosen cases times chosen subjects. */
#ifndef CONFORM_SESSION_H
#define CONFORM_SESSION_H

#include "corpus.h"
#include "runner.h"

/* Results stand case by case: results[case * subject_count + subject]. */
struct conform_session {
    const struct conform_corpus *corpus;
    const struct conform_case **cases; /* in the order of their ids */
    size_t case_count;
    const struct conform_subject **subjects; /* in the order of their names */
    size_t subject_count;
    bool epochs[CONFORM_EPOCH_COUNT]; /* the ones asked for */
    bool no_splits;                   /* see conform_ways_choose() */
    struct conform_result *results;   /* NULL before conform_session_run() */
    void **states;                    /* what each subject's start() gave */
    size_t started;                   /* subjects that have been */
    /* NULL, or called before each case and behind the last one. */
    void (*progress)(size_t done, size_t of);
};

/* Number of results of one subject, RFC and class by their verdicts. */
struct conform_counts {
    size_t by_verdict[CONFORM_VERDICT_COUNT];
};

/*
 * Choose the cases of at most `largest` octets whose id, or class/id where
 * `glob` holds a '/', matches, and the subjects that `subject` matches; NULL
 * chooses all. The session is empty,
 * that is, all zeros. No such case or subject is EXIT_USAGE, and no subject
 * at all EXIT_NOTHING_RAN.
 */
enum exit_code conform_session_choose_cases(struct conform_session *session,
                                            const struct conform_corpus *corpus,
                                            const char *glob, size_t largest,
                                            struct conform_problem *problem);
enum exit_code conform_session_choose_subjects(struct conform_session *session,
                                               const char *subject,
                                               struct conform_problem *problem);

/* Run every chosen case with every chosen subject. */
enum exit_code conform_session_run(struct conform_session *session,
                                   struct conform_problem *problem);

const struct conform_result *
conform_session_result(const struct conform_session *session, size_t case_index,
                       size_t subject_index);

/* Count the results of one class, or of all where `class_name` is NULL. */
struct conform_counts
conform_session_count(const struct conform_session *session,
                      size_t subject_index, enum conform_epoch epoch,
                      const char *class_name);

/* Free everything; an empty session is allowed. */
void conform_session_free(struct conform_session *session);

#endif /* CONFORM_SESSION_H */
