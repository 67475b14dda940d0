/* SPDX-License-Identifier: MIT */
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

static bool same_key(const struct conform_expectation *one,
                     const struct conform_expectation *two)
{
    return one->epoch == two->epoch && strcmp(one->id, two->id) == 0 &&
           strcmp(one->subject, two->subject) == 0;
}

static const struct conform_expectation *
find(const struct conform_expectations *expectations,
     const struct conform_expectation *key)
{
    for (size_t i = 0; i < expectations->count; i++) {
        if (same_key(&expectations->rows[i], key)) {
            return &expectations->rows[i];
        }
    }
    return NULL;
}

static enum exit_code keep(struct conform_expectations *expectations,
                           const struct conform_expectation *row,
                           struct conform_problem *problem)
{
    const struct conform_expectation *twin = find(expectations, row);

    if (twin != NULL) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "the same subject, RFC and case as %s:%lu",
                                   twin->file, twin->line);
    }
    if (expectations->count == expectations->room) {
        size_t room = expectations->room == 0 ? 64 : expectations->room * 2;
        struct conform_expectation *rows =
            realloc(expectations->rows, room * sizeof(*rows));

        if (rows == NULL) {
            return conform_problem_no_memory(problem);
        }
        expectations->rows = rows;
        expectations->room = room;
    }
    expectations->rows[expectations->count++] = *row;
    return EXIT_OK;
}

static bool parse_epoch(const char *name, enum conform_epoch *epoch_out)
{
    for (int i = 0; name != NULL && i < CONFORM_EPOCH_COUNT; i++) {
        if (strcmp(name, conform_epoch_name((enum conform_epoch)i)) == 0) {
            *epoch_out = (enum conform_epoch)i;
            return true;
        }
    }
    return false;
}

static bool parse_verdict(const char *name, enum conform_verdict *verdict_out)
{
    for (int i = 0; name != NULL && i < CONFORM_VERDICT_COUNT; i++) {
        enum conform_verdict verdict = (enum conform_verdict)i;

        if (conform_verdict_deviates(verdict) &&
            strcmp(name, conform_verdict_name(verdict)) == 0) {
            *verdict_out = verdict;
            return true;
        }
    }
    return false;
}

static enum exit_code parse(char *line, struct conform_expectation *row,
                            struct conform_problem *problem)
{
    char *subject = conform_lines_word(&line);
    char *epoch = conform_lines_word(&line);
    char *id = conform_lines_word(&line);
    char *verdict = conform_lines_word(&line);

    row->subject = subject;
    row->id = id;
    if (!parse_epoch(epoch, &row->epoch) ||
        !parse_verdict(verdict, &row->verdict) ||
        conform_lines_word(&line) != NULL) {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "a line is \"SUBJECT EPOCH ID VERDICT\" with "
            "rfc2616 or rfc9112, and non-strict, fail, error "
            "or flaky");
    }
    return EXIT_OK;
}

static enum exit_code read_rows(struct conform_expectations *expectations,
                                const char *path, struct conform_buffer *text,
                                struct conform_problem *problem)
{
    struct conform_lines lines = {.next = text->data,
                                  .end = text->data + text->size};
    enum exit_code status;
    char *line = NULL;

    do {
        status = conform_lines_next(&lines, &line, problem);
        if (status == EXIT_OK && line != NULL && *line != '\0') {
            struct conform_expectation row = {.file = path,
                                              .line = lines.number};

            status = parse(line, &row, problem);
            if (status == EXIT_OK) {
                status = keep(expectations, &row, problem);
            }
        }
    } while (status == EXIT_OK && line != NULL);
    if (status != EXIT_OK) {
        conform_problem_locate(problem, path, lines.number);
    }
    return status;
}

enum exit_code conform_expect_load(struct conform_expectations *expectations,
                                   const char *path,
                                   struct conform_problem *problem)
{
    struct conform_buffer *text =
        &expectations->texts[expectations->text_count];
    enum exit_code status =
        conform_buffer_read(text, path, CONFORM_EXPECT_SIZE_MAX, problem);

    if (status != EXIT_OK) {
        conform_buffer_free(text);
        return status;
    }
    expectations->text_count++;
    return read_rows(expectations, path, text, problem);
}

static const struct conform_expectation *
find_row(const struct conform_expectations *expectations,
         const struct conform_case *item, const struct conform_result *result,
         enum conform_epoch epoch)
{
    const struct conform_expectation key = {
        .subject = result->subject->name, .epoch = epoch, .id = item->id};

    return find(expectations, &key);
}

static bool allows(const struct conform_expectation *row,
                   enum conform_verdict verdict)
{
    return row == NULL ? !conform_verdict_deviates(verdict)
                       : row->verdict == verdict;
}

bool conform_expect_allows(const struct conform_expectations *expectations,
                           const struct conform_case *item,
                           const struct conform_result *result,
                           enum conform_epoch epoch)
{
    return allows(find_row(expectations, item, result, epoch),
                  result->verdicts[epoch]);
}

static size_t compare_one(const struct conform_expectations *expectations,
                          const struct conform_case *item,
                          const struct conform_result *result,
                          enum conform_epoch epoch)
{
    const struct conform_expectation *row =
        find_row(expectations, item, result, epoch);
    enum conform_verdict verdict = result->verdicts[epoch];

    if (allows(row, verdict)) {
        return 0;
    }
    printf("changed: %s %s %s is %s, ", result->subject->name,
           conform_epoch_name(epoch), item->id, conform_verdict_name(verdict));
    if (row == NULL) {
        printf("which no line expects\n");
    } else {
        printf("expected %s (%s:%lu)\n", conform_verdict_name(row->verdict),
               row->file, row->line);
    }
    return 1;
}

static bool chosen_subject(const struct conform_session *session,
                           const char *name)
{
    for (size_t i = 0; i < session->subject_count; i++) {
        if (strcmp(session->subjects[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* An expectation of a case that is gone would never be looked at again. */
static size_t find_orphans(const struct conform_expectations *expectations,
                           const struct conform_session *session)
{
    size_t count = 0;

    for (size_t i = 0; i < expectations->count; i++) {
        const struct conform_expectation *row = &expectations->rows[i];

        if (chosen_subject(session, row->subject) &&
            conform_corpus_find(session->corpus, row->id) == NULL) {
            printf("changed: %s %s %s is not in the corpus, expected %s "
                   "(%s:%lu)\n",
                   row->subject, conform_epoch_name(row->epoch), row->id,
                   conform_verdict_name(row->verdict), row->file, row->line);
            count++;
        }
    }
    return count;
}

size_t conform_expect_compare(const struct conform_expectations *expectations,
                              const struct conform_session *session)
{
    size_t count = 0;

    for (size_t i = 0; i < session->case_count; i++) {
        for (size_t k = 0; k < session->subject_count; k++) {
            const struct conform_result *result =
                conform_session_result(session, i, k);

            for (int e = 0; result->ran && e < CONFORM_EPOCH_COUNT; e++) {
                if (session->epochs[e]) {
                    count += compare_one(expectations, session->cases[i],
                                         result, (enum conform_epoch)e);
                }
            }
        }
    }
    return count + find_orphans(expectations, session);
}

void conform_expect_free(struct conform_expectations *expectations)
{
    free(expectations->rows);
    for (size_t i = 0; i < expectations->text_count; i++) {
        conform_buffer_free(&expectations->texts[i]);
    }
    *expectations = (struct conform_expectations){0};
}
