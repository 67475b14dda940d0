/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glob.h"

static bool chosen(const struct conform_case *item, const char *glob)
{
    char name[256];

    if (glob == NULL) {
        return true;
    }
    if (strchr(glob, '/') == NULL) {
        return conform_glob_match(glob, item->id);
    }
    snprintf(name, sizeof(name), "%s/%s", item->class_name, item->id);
    return conform_glob_match(glob, name);
}

enum exit_code conform_session_choose_cases(struct conform_session *session,
                                            const struct conform_corpus *corpus,
                                            const char *glob, size_t largest,
                                            struct conform_problem *problem)
{
    session->corpus = corpus;
    session->cases = calloc(corpus->case_count, sizeof(*session->cases));
    if (session->cases == NULL) {
        return conform_problem_no_memory(problem);
    }
    for (size_t i = 0; i < corpus->case_count; i++) {
        if (corpus->cases[i].wire.size <= largest &&
            chosen(&corpus->cases[i], glob)) {
            session->cases[session->case_count++] = &corpus->cases[i];
        }
    }
    if (session->case_count == 0) {
        return conform_problem_set(
            problem, EXIT_USAGE, "%s%s: no case matches; --list shows all",
            glob != NULL ? "--cases " : "--largest", glob != NULL ? glob : "");
    }
    return EXIT_OK;
}

static enum exit_code no_subject(const char *name,
                                 struct conform_problem *problem)
{
    char names[CONFORM_PROBLEM_MAX / 2] = "";

    for (size_t i = 0; conform_subjects_left_out[i] != NULL; i++) {
        if (name == NULL || strcmp(name, conform_subjects_left_out[i]) == 0) {
            return conform_problem_set(
                problem, EXIT_NOTHING_RAN,
                "nothing to test: this build has no subject "
                "%s, whose library was not found; install "
                "it and configure again",
                conform_subjects_left_out[i]);
        }
    }
    if (name == NULL) {
        return conform_problem_set(
            problem, EXIT_NOTHING_RAN,
            "nothing to test: this build has no subject");
    }
    for (size_t i = 0; conform_subjects[i] != NULL; i++) {
        size_t used = strlen(names);

        snprintf(names + used, sizeof(names) - used, " %s",
                 conform_subjects[i]->name);
    }
    return conform_problem_set(
        problem, EXIT_USAGE,
        "--subject %.100s: there is no such subject; this "
        "build has:%s",
        name, names[0] == '\0' ? " none" : names);
}

enum exit_code conform_session_choose_subjects(struct conform_session *session,
                                               const char *subject,
                                               struct conform_problem *problem)
{
    size_t count = 0;

    while (conform_subjects[count] != NULL) {
        count++;
    }
    session->subjects = calloc(count + 1, sizeof(*session->subjects));
    if (session->subjects == NULL) {
        return conform_problem_no_memory(problem);
    }
    for (size_t i = 0; i < count; i++) {
        if (subject == NULL ||
            conform_glob_match(subject, conform_subjects[i]->name)) {
            session->subjects[session->subject_count++] = conform_subjects[i];
        }
    }
    return session->subject_count == 0 ? no_subject(subject, problem) : EXIT_OK;
}

static struct conform_result *result_at(const struct conform_session *session,
                                        size_t case_index, size_t subject_index)
{
    return &session
                ->results[case_index * session->subject_count + subject_index];
}

/* Those that work in processes of their own do so while others run. */
static void prepare_case(const struct conform_session *session,
                         const struct conform_case *item,
                         const struct conform_ways *ways)
{
    for (size_t i = 0; i < session->subject_count; i++) {
        const struct conform_subject *subject = session->subjects[i];

        if (subject->prepare != NULL && conform_subject_reads(subject, item)) {
            subject->prepare(session->states[i], ways->feeds, ways->count);
        }
    }
}

static enum exit_code run_subjects(struct conform_session *session,
                                   size_t index,
                                   const struct conform_ways *ways,
                                   bool prepared,
                                   struct conform_problem *problem)
{
    const struct conform_case *item = session->cases[index];
    enum exit_code status = EXIT_OK;

    for (size_t i = 0; status == EXIT_OK && i < session->subject_count; i++) {
        const struct conform_subject *subject = session->subjects[i];

        if ((subject->prepare != NULL) == prepared &&
            conform_subject_reads(subject, item)) {
            status = conform_runner_run(subject, session->states[i], item, ways,
                                        result_at(session, index, i), problem);
        }
    }
    return status;
}

static enum exit_code run_case(struct conform_session *session, size_t index,
                               struct conform_problem *problem)
{
    const struct conform_case *item = session->cases[index];
    struct conform_ways ways;
    enum exit_code status =
        conform_ways_choose(item, !session->no_splits, &ways, problem);

    if (status == EXIT_OK) {
        prepare_case(session, item, &ways);
        status = run_subjects(session, index, &ways, false, problem);
    }
    if (status == EXIT_OK) {
        status = run_subjects(session, index, &ways, true, problem);
    }
    conform_ways_free(&ways);
    return status;
}

static enum exit_code start_subjects(struct conform_session *session,
                                     struct conform_problem *problem)
{
    for (size_t i = 0; i < session->subject_count; i++) {
        const struct conform_subject *subject = session->subjects[i];
        enum exit_code status = EXIT_OK;

        if (subject->start != NULL) {
            status = subject->start(&session->states[i], problem);
        }
        if (status != EXIT_OK) {
            conform_problem_locate(problem, subject->name, 0);
            return status;
        }
        session->started++;
    }
    return EXIT_OK;
}

static void stop_subjects(struct conform_session *session)
{
    while (session->started > 0) {
        const struct conform_subject *subject =
            session->subjects[--session->started];

        if (subject->stop != NULL) {
            subject->stop(session->states[session->started]);
        }
    }
}

static void tell_progress(const struct conform_session *session, size_t done)
{
    if (session->progress != NULL) {
        session->progress(done, session->case_count);
    }
}

enum exit_code conform_session_run(struct conform_session *session,
                                   struct conform_problem *problem)
{
    enum exit_code status;

    session->results = calloc(session->case_count * session->subject_count,
                              sizeof(*session->results));
    session->states = calloc(session->subject_count, sizeof(*session->states));
    if (session->results == NULL || session->states == NULL) {
        return conform_problem_no_memory(problem);
    }
    status = start_subjects(session, problem);
    for (size_t i = 0; status == EXIT_OK && i < session->case_count; i++) {
        tell_progress(session, i);
        status = run_case(session, i, problem);
    }
    tell_progress(session, session->case_count);
    stop_subjects(session);
    return status;
}

const struct conform_result *
conform_session_result(const struct conform_session *session, size_t case_index,
                       size_t subject_index)
{
    return result_at(session, case_index, subject_index);
}

struct conform_counts
conform_session_count(const struct conform_session *session,
                      size_t subject_index, enum conform_epoch epoch,
                      const char *class_name)
{
    struct conform_counts counts = {0};

    for (size_t i = 0; i < session->case_count; i++) {
        const struct conform_result *result =
            conform_session_result(session, i, subject_index);

        if (result->ran &&
            (class_name == NULL ||
             strcmp(class_name, session->cases[i]->class_name) == 0)) {
            counts.by_verdict[result->verdicts[epoch]]++;
        }
    }
    return counts;
}

void conform_session_free(struct conform_session *session)
{
    free(session->cases);
    free(session->subjects);
    free(session->results);
    free(session->states);
    *session = (struct conform_session){0};
}
