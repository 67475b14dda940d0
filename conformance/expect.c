/* SPDX-License-Identifier: MIT */
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

enum { EXPECT_SIZE_MAX = 16 * 1024 * 1024 };

static bool same_key(const struct mm_expectation *one,
                     const struct mm_expectation *two)
{
    return one->epoch == two->epoch && strcmp(one->id, two->id) == 0 &&
           strcmp(one->subject, two->subject) == 0;
}

static const struct mm_expectation *
find(const struct mm_expectations *expectations,
     const struct mm_expectation *key)
{
    for (size_t i = 0; i < expectations->count; i++) {
        if (same_key(&expectations->rows[i], key)) {
            return &expectations->rows[i];
        }
    }
    return NULL;
}

static enum mm_exit keep(struct mm_expectations *expectations,
                         const struct mm_expectation *row,
                         struct mm_problem *problem)
{
    const struct mm_expectation *twin = find(expectations, row);

    if (twin != NULL) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "the same subject, RFC and case as %s:%lu",
                              twin->file, twin->line);
    }
    if (expectations->count == expectations->room) {
        size_t room = expectations->room == 0 ? 64 : expectations->room * 2;
        struct mm_expectation *rows =
            realloc(expectations->rows, room * sizeof(*rows));

        if (rows == NULL) {
            return mm_problem_no_memory(problem);
        }
        expectations->rows = rows;
        expectations->room = room;
    }
    expectations->rows[expectations->count++] = *row;
    return MM_EXIT_OK;
}

static bool parse_epoch(const char *name, enum mm_epoch *epoch_out)
{
    for (int i = 0; name != NULL && i < MM_EPOCH_COUNT; i++) {
        if (strcmp(name, mm_epoch_name((enum mm_epoch)i)) == 0) {
            *epoch_out = (enum mm_epoch)i;
            return true;
        }
    }
    return false;
}

static bool parse_verdict(const char *name, enum mm_verdict *verdict_out)
{
    for (int i = 0; name != NULL && i < MM_VERDICT_COUNT; i++) {
        enum mm_verdict verdict = (enum mm_verdict)i;

        if (mm_verdict_deviates(verdict) &&
            strcmp(name, mm_verdict_name(verdict)) == 0) {
            *verdict_out = verdict;
            return true;
        }
    }
    return false;
}

static enum mm_exit parse(char *line, struct mm_expectation *row,
                          struct mm_problem *problem)
{
    char *subject = mm_lines_word(&line);
    char *epoch = mm_lines_word(&line);
    char *id = mm_lines_word(&line);
    char *verdict = mm_lines_word(&line);

    row->subject = subject;
    row->id = id;
    if (!parse_epoch(epoch, &row->epoch) ||
        !parse_verdict(verdict, &row->verdict) ||
        mm_lines_word(&line) != NULL) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "a line is \"SUBJECT EPOCH ID VERDICT\" with "
                              "rfc2616 or rfc9112, and non-strict, fail, error "
                              "or flaky");
    }
    return MM_EXIT_OK;
}

static enum mm_exit read_rows(struct mm_expectations *expectations,
                              const char *path, struct mm_buffer *text,
                              struct mm_problem *problem)
{
    struct mm_lines lines = {.next = text->data,
                             .end = text->data + text->size};
    enum mm_exit status;
    char *line = NULL;

    do {
        status = mm_lines_next(&lines, &line, problem);
        if (status == MM_EXIT_OK && line != NULL && *line != '\0') {
            struct mm_expectation row = {.file = path, .line = lines.number};

            status = parse(line, &row, problem);
            if (status == MM_EXIT_OK) {
                status = keep(expectations, &row, problem);
            }
        }
    } while (status == MM_EXIT_OK && line != NULL);
    if (status != MM_EXIT_OK) {
        mm_problem_locate(problem, path, lines.number);
    }
    return status;
}

enum mm_exit mm_expect_load(struct mm_expectations *expectations,
                            const char *path, struct mm_problem *problem)
{
    struct mm_buffer *text = &expectations->texts[expectations->text_count];
    enum mm_exit status = mm_buffer_read(text, path, EXPECT_SIZE_MAX, problem);

    if (status != MM_EXIT_OK) {
        mm_buffer_free(text);
        return status;
    }
    expectations->text_count++;
    return read_rows(expectations, path, text, problem);
}

static size_t compare_one(const struct mm_expectations *expectations,
                          const struct mm_case *item,
                          const struct mm_result *result, enum mm_epoch epoch)
{
    const struct mm_expectation key = {
        .subject = result->subject->name, .epoch = epoch, .id = item->id};
    const struct mm_expectation *row = find(expectations, &key);
    enum mm_verdict verdict = result->verdicts[epoch];

    if (row == NULL ? !mm_verdict_deviates(verdict) : row->verdict == verdict) {
        return 0;
    }
    printf("changed: %s %s %s is %s, ", key.subject, mm_epoch_name(epoch),
           key.id, mm_verdict_name(verdict));
    if (row == NULL) {
        printf("which no line expects\n");
    } else {
        printf("expected %s (%s:%lu)\n", mm_verdict_name(row->verdict),
               row->file, row->line);
    }
    return 1;
}

static bool chosen_subject(const struct mm_session *session, const char *name)
{
    for (size_t i = 0; i < session->subject_count; i++) {
        if (strcmp(session->subjects[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* An expectation of a case that is gone would never be looked at again. */
static size_t find_orphans(const struct mm_expectations *expectations,
                           const struct mm_session *session)
{
    size_t count = 0;

    for (size_t i = 0; i < expectations->count; i++) {
        const struct mm_expectation *row = &expectations->rows[i];

        if (chosen_subject(session, row->subject) &&
            mm_corpus_find(session->corpus, row->id) == NULL) {
            printf("changed: %s %s %s is not in the corpus, expected %s "
                   "(%s:%lu)\n",
                   row->subject, mm_epoch_name(row->epoch), row->id,
                   mm_verdict_name(row->verdict), row->file, row->line);
            count++;
        }
    }
    return count;
}

size_t mm_expect_compare(const struct mm_expectations *expectations,
                         const struct mm_session *session)
{
    size_t count = 0;

    for (size_t i = 0; i < session->case_count; i++) {
        for (size_t k = 0; k < session->subject_count; k++) {
            const struct mm_result *result = mm_session_result(session, i, k);

            for (int e = 0; result->ran && e < MM_EPOCH_COUNT; e++) {
                if (session->epochs[e]) {
                    count += compare_one(expectations, session->cases[i],
                                         result, (enum mm_epoch)e);
                }
            }
        }
    }
    return count + find_orphans(expectations, session);
}

void mm_expect_free(struct mm_expectations *expectations)
{
    free(expectations->rows);
    for (size_t i = 0; i < expectations->text_count; i++) {
        mm_buffer_free(&expectations->texts[i]);
    }
    *expectations = (struct mm_expectations){0};
}
