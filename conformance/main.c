/* SPDX-License-Identifier: MIT */
/* mapmark-conform: where do HTTP/1.x parsers see a message end? */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <mapmark/api.h>
#include <program/terminal.h>

#include "csv.h"
#include "junit.h"
#include "options.h"
#include "place.h"
#include "record.h"
#include "report.h"

static enum exit_code load_corpus(const struct conform_options *options,
                                  const char *program,
                                  struct conform_corpus *corpus,
                                  struct conform_problem *problem)
{
    const char *directory = options->corpus;
    char own[CONFORM_PLACE_MAX];
    char place[512];
    enum exit_code status;

    if (directory == NULL) {
        conform_place_corpus(program, own);
        directory = own;
    }
    status = conform_corpus_load(corpus, directory, problem);
    if (status != EXIT_OK) {
        snprintf(place, sizeof(place), "corpus %.400s%s", directory,
                 options->corpus == NULL ? " (--corpus names another)" : "");
        conform_problem_locate(problem, place, 0);
    }
    return status;
}

/* A case can be looked at on a build that has nothing to run it with. */
static enum exit_code show(struct conform_session *session,
                           enum exit_code subjects,
                           struct conform_problem *problem)
{
    enum exit_code status = subjects;

    if (subjects == EXIT_OK) {
        status = conform_session_run(session, problem);
    } else if (subjects == EXIT_NOTHING_RAN) {
        status = EXIT_OK;
    }
    if (status == EXIT_OK) {
        conform_report_case(session, 0);
    }
    return status;
}

/* One line that is written over, and erased in the end. */
static void print_progress(size_t done, size_t of)
{
    if (done < of) {
        fprintf(stderr, "\r%zu of %zu cases", done, of);
    } else {
        fprintf(stderr, "\r%32s\r", "");
    }
    fflush(stderr);
}

static enum exit_code judge(const struct conform_session *session,
                            const struct conform_expectations *expectations)
{
    size_t changes = conform_expect_compare(expectations, session);

    printf("%zu change%s against %zu expectation%s\n", changes,
           changes == 1 ? "" : "s", expectations->count,
           expectations->count == 1 ? "" : "s");
    return changes == 0 ? EXIT_OK : EXIT_CONFORMANCE;
}

static enum exit_code
write_files(const struct conform_session *session,
            const struct conform_options *options,
            const struct conform_expectations *expectations,
            struct conform_problem *problem)
{
    enum exit_code status = EXIT_OK;

    if (options->json != NULL) {
        status = conform_record_write(session, options->json, problem);
    }
    if (status == EXIT_OK && options->write_expect != NULL) {
        status = conform_expect_write(session, options->write_expect, problem);
    }
    if (status == EXIT_OK && options->csv != NULL) {
        status = conform_csv_write(session, options->csv, problem);
    }
    if (status == EXIT_OK && options->junit != NULL) {
        status = conform_junit_write(
            session, options->expects.count > 0 ? expectations : NULL,
            options->junit, problem);
    }
    return status;
}

static enum exit_code measure(struct conform_session *session,
                              const struct conform_options *options,
                              struct conform_problem *problem)
{
    struct conform_expectations expectations = {0};
    enum exit_code verdict = EXIT_OK;
    enum exit_code status = EXIT_OK;

    for (size_t i = 0; status == EXIT_OK && i < options->expects.count; i++) {
        status = conform_expect_load(&expectations, options->expects.values[i],
                                     problem);
    }
    if (status == EXIT_OK) {
        session->progress = terminal_watches() ? print_progress : NULL;
        status = conform_session_run(session, problem);
    }
    if (status != EXIT_OK) {
        goto done;
    }
    conform_report_table(session);
    if (options->expects.count > 0) {
        verdict = judge(session, &expectations);
    } else {
        conform_report_deviations(session);
    }
    status = write_files(session, options, &expectations, problem);

done:
    conform_expect_free(&expectations);
    return status == EXIT_OK ? verdict : status;
}

static enum exit_code choose_cases(struct conform_session *session,
                                   const struct conform_corpus *corpus,
                                   const struct conform_options *options,
                                   struct conform_problem *problem)
{
    const char *id = options->show;

    if (id != NULL && conform_corpus_find(corpus, id) == NULL) {
        return conform_problem_set(
            problem, EXIT_USAGE,
            "--show %.200s: there is no such case; --list "
            "shows all",
            id);
    }
    memcpy(session->epochs, options->epochs, sizeof(session->epochs));
    session->no_splits = options->no_splits;
    return conform_session_choose_cases(
        session, corpus, id != NULL ? id : options->cases,
        id != NULL ? SIZE_MAX : options->largest, problem);
}

static enum exit_code work(const struct conform_options *options,
                           const char *program, struct conform_problem *problem)
{
    struct conform_corpus corpus = {0};
    struct conform_session session = {0};
    enum exit_code status = load_corpus(options, program, &corpus, problem);

    if (status == EXIT_OK) {
        status = choose_cases(&session, &corpus, options, problem);
    }
    if (status != EXIT_OK) {
        goto done;
    }
    if (options->list) {
        conform_report_list(&session);
        goto done;
    }
    status =
        conform_session_choose_subjects(&session, options->subject, problem);
    if (options->show != NULL) {
        status = show(&session, status, problem);
    } else if (status == EXIT_OK) {
        status = measure(&session, options, problem);
    }

done:
    conform_session_free(&session);
    conform_corpus_free(&corpus);
    return status;
}

static void print_version(void)
{
    printf("mapmark-conform %s\n", MM_VERSION_STRING);
    for (size_t i = 0; conform_subjects[i] != NULL; i++) {
        char version[64] = "";

        conform_subjects[i]->version(version, sizeof(version));
        printf("%s %s\n", conform_subjects[i]->name, version);
    }
}

int main(int argc, char **argv)
{
    struct conform_problem problem = {""};
    struct conform_options options;
    enum exit_code status = conform_options_read(argc, argv, &options);

    if (status == EXIT_OK && options.help) {
        conform_options_help();
    } else if (status == EXIT_OK && options.version) {
        print_version();
    } else if (status == EXIT_OK) {
        status = work(&options, argv[0] == NULL ? "" : argv[0], &problem);
    }
    if ((fflush(stdout) != 0 || ferror(stdout)) &&
        (status == EXIT_OK || status == EXIT_CONFORMANCE)) {
        status = conform_problem_set(&problem, EXIT_INPUT_OUTPUT,
                                     "standard output cannot be written");
    }
    if (problem.text[0] != '\0' && status != EXIT_OK) {
        fprintf(stderr, "mapmark-conform: %s\n", problem.text);
    }
    return (int)status;
}
