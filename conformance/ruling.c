/* SPDX-License-Identifier: MIT */
#include "ruling.h"

#include <string.h>

static const char *const epoch_names[CONFORM_EPOCH_COUNT] = {"rfc2616",
                                                             "rfc9112"};

static const char *const level_names[CONFORM_LEVEL_COUNT] = {
    "MUST", "SHOULD", "OUGHT", "MAY", "GRAMMAR", "INFO"};

const char *conform_epoch_name(enum conform_epoch epoch)
{
    return epoch_names[epoch];
}

const char *conform_level_name(enum conform_level level)
{
    return level_names[level];
}

static enum exit_code parse_level(const char *name,
                                  enum conform_level *level_out,
                                  struct conform_problem *problem)
{
    for (int i = 0; i < CONFORM_LEVEL_COUNT; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level_out = (enum conform_level)i;
            return EXIT_OK;
        }
    }
    return conform_problem_set(
        problem, EXIT_ENVIRONMENT,
        "level \"%s\": allowed are MUST SHOULD OUGHT MAY "
        "GRAMMAR INFO",
        name);
}

/* Sections such as "6.3(5), RFC9110 8.6"; the lint looks closer. */
static enum exit_code check_clause(const char *clause,
                                   struct conform_problem *problem)
{
    static const char allowed[] = "0123456789.(), RFC";

    if (clause[0] == '\0' || clause[strspn(clause, allowed)] != '\0') {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "clause \"%s\": allowed are sections such as "
            "6.3(5), or RFC9110 8.6 of another RFC",
            clause);
    }
    return EXIT_OK;
}

static enum exit_code parse_alternatives(const char *text,
                                         struct conform_ruling *ruling,
                                         struct conform_problem *problem)
{
    enum exit_code status = EXIT_OK;

    while (status == EXIT_OK && text != NULL) {
        const char *next = strstr(text, " / ");
        size_t size = next == NULL ? strlen(text) : (size_t)(next - text);

        if (ruling->count == CONFORM_ALTERNATIVES_MAX) {
            return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                       "more than %d outcomes",
                                       CONFORM_ALTERNATIVES_MAX);
        }
        status = conform_outcome_parse(
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

enum exit_code conform_ruling_parse(char *text,
                                    struct conform_ruling *ruling_out,
                                    struct conform_problem *problem)
{
    char *level = cut(text);
    char *clause = level == NULL ? NULL : cut(level);
    enum exit_code status;

    *ruling_out = (struct conform_ruling){.accepted = text, .clause = clause};
    if (clause == NULL) {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "a verdict is OUTCOME [/ OUTCOME]... | LEVEL | "
            "CLAUSE");
    }
    if (strncmp(text, "~ ", 2) == 0) {
        ruling_out->silent = true;
        text += 2;
    }
    status = parse_alternatives(text, ruling_out, problem);
    if (status == EXIT_OK) {
        status = parse_level(level, &ruling_out->level, problem);
    }
    return status == EXIT_OK ? check_clause(clause, problem) : status;
}
