/* SPDX-License-Identifier: MIT */
/* mapmark-conform: where do HTTP/1.x parsers see a message end? */
#include <stdio.h>
#include <string.h>

#include <mapmark/api.h>

#include "options.h"
#include "place.h"
#include "record.h"
#include "report.h"

static enum mm_exit load_corpus(const struct mm_options *options,
                                const char *program, struct mm_corpus *corpus,
                                struct mm_problem *problem)
{
    const char *directory = options->corpus;
    char own[MM_PLACE_MAX];
    char place[512];
    enum mm_exit status;

    if (directory == NULL) {
        mm_place_corpus(program, own);
        directory = own;
    }
    status = mm_corpus_load(corpus, directory, problem);
    if (status != MM_EXIT_OK) {
        snprintf(place, sizeof(place), "corpus %.400s%s", directory,
                 options->corpus == NULL ? " (--corpus names another)" : "");
        mm_problem_locate(problem, place, 0);
    }
    return status;
}

/* A case can be looked at on a build that has nothing to run it with. */
static enum mm_exit show(struct mm_session *session, enum mm_exit subjects,
                         struct mm_problem *problem)
{
    enum mm_exit status = subjects;

    if (subjects == MM_EXIT_OK) {
        status = mm_session_run(session, problem);
    } else if (subjects == MM_EXIT_NOTHING_RAN) {
        status = MM_EXIT_OK;
    }
    if (status == MM_EXIT_OK) {
        mm_report_case(session, 0);
    }
    return status;
}

static enum mm_exit judge(const struct mm_session *session,
                          const struct mm_expectations *expectations)
{
    size_t changes = mm_expect_compare(expectations, session);

    printf("%zu change%s against %zu expectation%s\n", changes,
           changes == 1 ? "" : "s", expectations->count,
           expectations->count == 1 ? "" : "s");
    return changes == 0 ? MM_EXIT_OK : MM_EXIT_DEVIATION;
}

static enum mm_exit measure(struct mm_session *session,
                            const struct mm_options *options,
                            struct mm_problem *problem)
{
    struct mm_expectations expectations = {0};
    enum mm_exit verdict = MM_EXIT_OK;
    enum mm_exit status = MM_EXIT_OK;

    for (size_t i = 0; status == MM_EXIT_OK && i < options->expect_count; i++) {
        status = mm_expect_load(&expectations, options->expects[i], problem);
    }
    if (status == MM_EXIT_OK) {
        status = mm_session_run(session, problem);
    }
    if (status != MM_EXIT_OK) {
        goto done;
    }
    mm_report_table(session);
    if (options->expect_count > 0) {
        verdict = judge(session, &expectations);
    } else {
        mm_report_deviations(session);
    }
    if (options->json != NULL) {
        status = mm_record_write(session, options->json, problem);
    }

done:
    mm_expect_free(&expectations);
    return status == MM_EXIT_OK ? verdict : status;
}

static enum mm_exit choose_cases(struct mm_session *session,
                                 const struct mm_corpus *corpus,
                                 const struct mm_options *options,
                                 struct mm_problem *problem)
{
    const char *id = options->show;

    if (id != NULL && mm_corpus_find(corpus, id) == NULL) {
        return mm_problem_set(problem, MM_EXIT_USAGE,
                              "--show %.200s: there is no such case; --list "
                              "shows all",
                              id);
    }
    memcpy(session->epochs, options->epochs, sizeof(session->epochs));
    return mm_session_choose_cases(session, corpus,
                                   id != NULL ? id : options->cases, problem);
}

static enum mm_exit work(const struct mm_options *options, const char *program,
                         struct mm_problem *problem)
{
    struct mm_corpus corpus = {0};
    struct mm_session session = {0};
    enum mm_exit status = load_corpus(options, program, &corpus, problem);

    if (status == MM_EXIT_OK) {
        status = choose_cases(&session, &corpus, options, problem);
    }
    if (status != MM_EXIT_OK) {
        goto done;
    }
    if (options->list) {
        mm_report_list(&session);
        goto done;
    }
    status = mm_session_choose_subjects(&session, options->subject, problem);
    if (options->show != NULL) {
        status = show(&session, status, problem);
    } else if (status == MM_EXIT_OK) {
        status = measure(&session, options, problem);
    }

done:
    mm_session_free(&session);
    mm_corpus_free(&corpus);
    return status;
}

static void print_version(void)
{
    printf("mapmark-conform %s\n", MM_VERSION_STRING);
    for (size_t i = 0; mm_subjects[i] != NULL; i++) {
        char version[64] = "";

        mm_subjects[i]->version(version, sizeof(version));
        printf("%s %s\n", mm_subjects[i]->name, version);
    }
}

int main(int argc, char **argv)
{
    struct mm_problem problem = {""};
    struct mm_options options;
    enum mm_exit status = mm_options_parse(argc, argv, &options, &problem);

    if (status == MM_EXIT_OK && options.help) {
        mm_options_help();
    } else if (status == MM_EXIT_OK && options.version) {
        print_version();
    } else if (status == MM_EXIT_OK) {
        status = work(&options, argv[0] == NULL ? "" : argv[0], &problem);
    }
    if ((fflush(stdout) != 0 || ferror(stdout)) &&
        (status == MM_EXIT_OK || status == MM_EXIT_DEVIATION)) {
        status = mm_problem_set(&problem, MM_EXIT_IO,
                                "standard output cannot be written");
    }
    if (problem.text[0] != '\0' && status != MM_EXIT_OK) {
        fprintf(stderr, "mapmark-conform: %s\n", problem.text);
    }
    return (int)status;
}
