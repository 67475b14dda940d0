/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glob.h"

static bool chosen(const struct mm_case *item, const char *glob)
{
    char name[256];

    if (glob == NULL) {
        return true;
    }
    if (strchr(glob, '/') == NULL) {
        return mm_glob_match(glob, item->id);
    }
    snprintf(name, sizeof(name), "%s/%s", item->class_name, item->id);
    return mm_glob_match(glob, name);
}

enum mm_exit mm_session_choose_cases(struct mm_session *session,
                                     const struct mm_corpus *corpus,
                                     const char *glob,
                                     struct mm_problem *problem)
{
    session->corpus = corpus;
    session->cases = calloc(corpus->case_count, sizeof(*session->cases));
    if (session->cases == NULL) {
        return mm_problem_no_memory(problem);
    }
    for (size_t i = 0; i < corpus->case_count; i++) {
        if (chosen(&corpus->cases[i], glob)) {
            session->cases[session->case_count++] = &corpus->cases[i];
        }
    }
    if (session->case_count == 0) {
        return mm_problem_set(problem, MM_EXIT_USAGE,
                              "--cases %s: no case matches; --list shows all",
                              glob);
    }
    return MM_EXIT_OK;
}

static enum mm_exit no_subject(const char *name, struct mm_problem *problem)
{
    char names[MM_PROBLEM_MAX / 2] = "";

    for (size_t i = 0; mm_subjects_left_out[i] != NULL; i++) {
        if (name == NULL || strcmp(name, mm_subjects_left_out[i]) == 0) {
            return mm_problem_set(problem, MM_EXIT_NOTHING_RAN,
                                  "nothing to test: this build has no subject "
                                  "%s, whose library was not found; install "
                                  "it and configure again",
                                  mm_subjects_left_out[i]);
        }
    }
    if (name == NULL) {
        return mm_problem_set(problem, MM_EXIT_NOTHING_RAN,
                              "nothing to test: this build has no subject");
    }
    for (size_t i = 0; mm_subjects[i] != NULL; i++) {
        size_t used = strlen(names);

        snprintf(names + used, sizeof(names) - used, " %s",
                 mm_subjects[i]->name);
    }
    return mm_problem_set(problem, MM_EXIT_USAGE,
                          "--subject %.100s: there is no such subject; this "
                          "build has:%s",
                          name, names[0] == '\0' ? " none" : names);
}

enum mm_exit mm_session_choose_subjects(struct mm_session *session,
                                        const char *subject,
                                        struct mm_problem *problem)
{
    size_t count = 0;

    while (mm_subjects[count] != NULL) {
        count++;
    }
    session->subjects = calloc(count + 1, sizeof(*session->subjects));
    if (session->subjects == NULL) {
        return mm_problem_no_memory(problem);
    }
    for (size_t i = 0; i < count; i++) {
        if (subject == NULL || strcmp(subject, mm_subjects[i]->name) == 0) {
            session->subjects[session->subject_count++] = mm_subjects[i];
        }
    }
    return session->subject_count == 0 ? no_subject(subject, problem)
                                       : MM_EXIT_OK;
}

static struct mm_result *result_at(const struct mm_session *session,
                                   size_t case_index, size_t subject_index)
{
    return &session
                ->results[case_index * session->subject_count + subject_index];
}

static enum mm_exit run_subject(struct mm_session *session, size_t index,
                                struct mm_problem *problem)
{
    const struct mm_subject *subject = session->subjects[index];
    enum mm_exit status = MM_EXIT_OK;
    void *state = NULL;

    if (subject->start != NULL) {
        status = subject->start(&state, problem);
    }
    for (size_t i = 0; status == MM_EXIT_OK && i < session->case_count; i++) {
        const struct mm_case *item = session->cases[i];

        if ((item->roles & subject->roles) != 0) {
            status = mm_runner_run(subject, state, item,
                                   result_at(session, i, index), problem);
        }
    }
    if (subject->stop != NULL) {
        subject->stop(state);
    }
    if (status != MM_EXIT_OK) {
        mm_problem_locate(problem, subject->name, 0);
    }
    return status;
}

enum mm_exit mm_session_run(struct mm_session *session,
                            struct mm_problem *problem)
{
    enum mm_exit status = MM_EXIT_OK;

    session->results = calloc(session->case_count * session->subject_count,
                              sizeof(*session->results));
    if (session->results == NULL) {
        return mm_problem_no_memory(problem);
    }
    for (size_t i = 0; status == MM_EXIT_OK && i < session->subject_count;
         i++) {
        status = run_subject(session, i, problem);
    }
    return status;
}

const struct mm_result *mm_session_result(const struct mm_session *session,
                                          size_t case_index,
                                          size_t subject_index)
{
    return result_at(session, case_index, subject_index);
}

struct mm_counts mm_session_count(const struct mm_session *session,
                                  size_t subject_index, enum mm_epoch epoch,
                                  const char *class_name)
{
    struct mm_counts counts = {0};

    for (size_t i = 0; i < session->case_count; i++) {
        const struct mm_result *result =
            mm_session_result(session, i, subject_index);

        if (result->ran &&
            (class_name == NULL ||
             strcmp(class_name, session->cases[i]->class_name) == 0)) {
            counts.by_verdict[result->verdicts[epoch]]++;
        }
    }
    return counts;
}

void mm_session_free(struct mm_session *session)
{
    free(session->cases);
    free(session->subjects);
    free(session->results);
    *session = (struct mm_session){0};
}
