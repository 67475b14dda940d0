/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stdio.h>
#include <string.h>

struct option {
    const char *name;
    const char *value; /* what to call it in help; NULL for a switch */
    const char *help;
    enum mm_exit (*set)(struct mm_options *options, const char *value,
                        struct mm_problem *problem);
};

static enum mm_exit set_corpus(struct mm_options *options, const char *value,
                               struct mm_problem *problem)
{
    (void)problem;
    options->corpus = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_cases(struct mm_options *options, const char *value,
                              struct mm_problem *problem)
{
    (void)problem;
    options->cases = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_epoch(struct mm_options *options, const char *value,
                              struct mm_problem *problem)
{
    bool known = strcmp(value, "both") == 0;

    for (int i = 0; i < MM_EPOCH_COUNT; i++) {
        bool named = strcmp(value, mm_epoch_name((enum mm_epoch)i)) == 0;

        options->epochs[i] = named || strcmp(value, "both") == 0;
        known = known || named;
    }
    if (!known) {
        return mm_problem_set(problem, MM_EXIT_USAGE,
                              "--epoch %.60s: allowed are rfc2616, rfc9112 and "
                              "both",
                              value);
    }
    return MM_EXIT_OK;
}

static enum mm_exit set_subject(struct mm_options *options, const char *value,
                                struct mm_problem *problem)
{
    (void)problem;
    options->subject = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_list(struct mm_options *options, const char *value,
                             struct mm_problem *problem)
{
    (void)value;
    (void)problem;
    options->list = true;
    return MM_EXIT_OK;
}

static enum mm_exit set_show(struct mm_options *options, const char *value,
                             struct mm_problem *problem)
{
    (void)problem;
    options->show = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_json(struct mm_options *options, const char *value,
                             struct mm_problem *problem)
{
    (void)problem;
    options->json = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_expect(struct mm_options *options, const char *value,
                               struct mm_problem *problem)
{
    if (options->expect_count == MM_EXPECT_FILES_MAX) {
        return mm_problem_set(problem, MM_EXIT_USAGE,
                              "--expect %.200s: at most %d files are allowed",
                              value, MM_EXPECT_FILES_MAX);
    }
    options->expects[options->expect_count++] = value;
    return MM_EXIT_OK;
}

static enum mm_exit set_version(struct mm_options *options, const char *value,
                                struct mm_problem *problem)
{
    (void)value;
    (void)problem;
    options->version = true;
    return MM_EXIT_OK;
}

static enum mm_exit set_help(struct mm_options *options, const char *value,
                             struct mm_problem *problem)
{
    (void)value;
    (void)problem;
    options->help = true;
    return MM_EXIT_OK;
}

static const struct option table[] = {
    {"--corpus", "DIR", "read the cases from DIR instead of the ones supplied",
     set_corpus},
    {"--cases", "GLOB", "only cases whose id matches, or class/id with a '/'",
     set_cases},
    {"--epoch", "RFC", "judge by rfc2616, rfc9112 or both (the default)",
     set_epoch},
    {"--subject", "NAME", "only this parser", set_subject},
    {"--list", NULL, "list the cases and run nothing", set_list},
    {"--show", "ID", "show one case: octets, rulings, what each parser did",
     set_show},
    {"--json", "FILE", "write the record of the run to FILE", set_json},
    {"--expect", "FILE", "known deviations; only changes against them count",
     set_expect},
    {"--version", NULL, "print the version", set_version},
    {"--help", NULL, "print this", set_help},
};

enum { OPTION_COUNT = sizeof(table) / sizeof(table[0]) };

void mm_options_help(void)
{
    printf("Usage: mapmark-conform [OPTION]...\n"
           "Asks HTTP/1.x parsers where messages end, and compares the answers "
           "with\nRFC 2616 and RFC 9112.\n\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        char name[32];

        snprintf(name, sizeof(name), "%s %s", table[i].name,
                 table[i].value == NULL ? "" : table[i].value);
        printf("  %-16s %s\n", name, table[i].help);
    }
    printf("\nExit codes:\n"
           "   0  done; without --expect, deviations change nothing\n"
           "   2  the command line is wrong\n"
           "   3  the corpus or an expectation file is missing or invalid\n"
           "   6  deviations changed against --expect\n"
           "  70  internal error\n"
           "  74  input or output failed\n"
           "  77  nothing could run: this build has no parser to test\n");
}

/* Points behind "NAME=" when the argument is of that form. */
static const char *inline_value(const char *argument, const char *name)
{
    size_t size = strlen(name);

    return strncmp(argument, name, size) == 0 && argument[size] == '='
               ? argument + size + 1
               : NULL;
}

static enum mm_exit take(char **argv, int *at, struct mm_options *options,
                         struct mm_problem *problem)
{
    const char *argument = argv[*at];

    for (int i = 0; i < OPTION_COUNT; i++) {
        const char *value = inline_value(argument, table[i].name);

        if (value == NULL && strcmp(argument, table[i].name) != 0) {
            continue;
        }
        if (table[i].value == NULL && value != NULL) {
            return mm_problem_set(problem, MM_EXIT_USAGE, "%s takes no value",
                                  table[i].name);
        }
        if (table[i].value != NULL && value == NULL) {
            value = argv[++*at];
        }
        if (table[i].value != NULL && (value == NULL || *value == '\0')) {
            return mm_problem_set(problem, MM_EXIT_USAGE, "%s needs a %s",
                                  table[i].name, table[i].value);
        }
        return table[i].set(options, value, problem);
    }
    return mm_problem_set(problem, MM_EXIT_USAGE,
                          "%.200s: there is no such option; --help lists them",
                          argument);
}

static enum mm_exit check(const struct mm_options *options,
                          struct mm_problem *problem)
{
    if (options->list && options->show != NULL) {
        return mm_problem_set(problem, MM_EXIT_USAGE,
                              "--list and --show exclude each other");
    }
    if ((options->list || options->show != NULL) &&
        (options->json != NULL || options->expect_count > 0)) {
        return mm_problem_set(problem, MM_EXIT_USAGE,
                              "%s goes without --json and --expect",
                              options->list ? "--list" : "--show");
    }
    if (options->show != NULL && options->cases != NULL) {
        return mm_problem_set(problem, MM_EXIT_USAGE,
                              "--show names its case and goes without --cases");
    }
    return MM_EXIT_OK;
}

enum mm_exit mm_options_parse(int argc, char **argv,
                              struct mm_options *options_out,
                              struct mm_problem *problem)
{
    enum mm_exit status = MM_EXIT_OK;

    *options_out = (struct mm_options){.epochs = {true, true}};
    for (int at = 1; status == MM_EXIT_OK && at < argc; at++) {
        status = take(argv, &at, options_out, problem);
    }
    return status == MM_EXIT_OK ? check(options_out, problem) : status;
}
