/* SPDX-License-Identifier: MIT */
#include "ruling.h"

#include <string.h>

static const char *const epoch_names[MM_EPOCH_COUNT] = {"rfc2616", "rfc9112"};

static const char *const level_names[MM_LEVEL_COUNT] = {
    "MUST", "SHOULD", "OUGHT", "MAY", "GRAMMAR", "INFO"};

const char *mm_epoch_name(enum mm_epoch epoch)
{
    return epoch_names[epoch];
}

const char *mm_level_name(enum mm_level level)
{
    return level_names[level];
}

static enum mm_exit parse_level(const char *name, enum mm_level *level_out,
                                struct mm_problem *problem)
{
    for (int i = 0; i < MM_LEVEL_COUNT; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level_out = (enum mm_level)i;
            return MM_EXIT_OK;
        }
    }
    return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                          "level \"%s\": allowed are MUST SHOULD OUGHT MAY "
                          "GRAMMAR INFO",
                          name);
}

/* Sections such as "6.3(5), RFC9110 8.6"; the lint looks closer. */
static enum mm_exit check_clause(const char *clause, struct mm_problem *problem)
{
    static const char allowed[] = "0123456789.(), RFC";

    if (clause[0] == '\0' || clause[strspn(clause, allowed)] != '\0') {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "clause \"%s\": allowed are sections such as "
                              "6.3(5), or RFC9110 8.6 of another RFC",
                              clause);
    }
    return MM_EXIT_OK;
}

static enum mm_exit parse_alternatives(const char *text,
                                       struct mm_ruling *ruling,
                                       struct mm_problem *problem)
{
    enum mm_exit status = MM_EXIT_OK;

    while (status == MM_EXIT_OK && text != NULL) {
        const char *next = strstr(text, " / ");
        size_t size = next == NULL ? strlen(text) : (size_t)(next - text);

        if (ruling->count == MM_ALTERNATIVES_MAX) {
            return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                                  "more than %d outcomes", MM_ALTERNATIVES_MAX);
        }
        status = mm_outcome_parse(
            text, size, &ruling->alternatives[ruling->count++], problem);
        text = next == NULL ? NULL : next + strlen(" / ");
    }
    return status;
}

/* Ends `text` at the next " | " and returns what stands behind it. */
static char *cut(char *text)
{
    char *bar = strstr(text, " | ");

    if (bar == NULL) {
        return NULL;
    }
    *bar = '\0';
    return bar + strlen(" | ");
}

enum mm_exit mm_ruling_parse(char *text, struct mm_ruling *ruling_out,
                             struct mm_problem *problem)
{
    char *level = cut(text);
    char *clause = level == NULL ? NULL : cut(level);
    enum mm_exit status;

    *ruling_out = (struct mm_ruling){.accepted = text, .clause = clause};
    if (clause == NULL) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "a verdict is OUTCOME [/ OUTCOME]... | LEVEL | "
                              "CLAUSE");
    }
    if (strncmp(text, "~ ", 2) == 0) {
        ruling_out->silent = true;
        text += 2;
    }
    status = parse_alternatives(text, ruling_out, problem);
    if (status == MM_EXIT_OK) {
        status = parse_level(level, &ruling_out->level, problem);
    }
    return status == MM_EXIT_OK ? check_clause(clause, problem) : status;
}
