/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <program/arguments.h>

enum { TABLE_ROOM = 24 };

/* The table points into `options` and at texts that need more reading. */
struct reader {
    struct argument table[TABLE_ROOM];
    struct arguments arguments;
    const char *seed;
    const char *scatter;
    const char *repetitions;
    const char *progress;
};

static void prepare(struct reader *reader, struct options *options)
{
    const struct argument table[TABLE_ROOM] = {
        {"--out", "DIR",
         "write bench.json and histograms.json to this directory",
         .text = &options->out},
        {"--file", "FILE",
         "measure this file instead of generated ones; it is never written",
         .text = &options->file},
        {"--filter", "RE",
         "only rows in whose name this regular expression occurs",
         .text = &options->filter},
        {"--quick", NULL, "a small plan that still answers the question",
         .flag = &options->quick},
        {"--all", NULL,
         "every combination: look at --list, then choose; with --quick each "
         "is sampled less",
         .flag = &options->all},
        {"--repetitions", "N", "samples of every row, 1 to 1000",
         .text = &reader->repetitions},
        {"--scratch", "DIR",
         "directory for generated files; the one of --out, or this one",
         .text = &options->scratch},
        {"--seed", "N", "seed of generated content and of random traces; 1",
         .text = &reader->seed},
        {"--scatter", "PERCENT",
         "a row whose repetitions scatter more (coefficient of variation) is "
         "inconclusive; 25, where storage is waited for 50",
         .text = &reader->scatter},
        {"--progress", "HOW",
         "rows (a line each), json (lines for a program) or none",
         .text = &reader->progress},
        {"--list", NULL, "print the rows of the plan, and measure nothing",
         .flag = &options->list},
        {"--serve", NULL,
         "measure single rows on request, from standard input; the protocol is "
         "in bench/SERVE.md",
         .flag = &options->serve},
        {"--regions", "[PID]",
         "print what the addresses of a process are used for, and nothing else",
         .flag = &options->regions, .text = &options->regions_of},
        {"--version", NULL, "print the version", .flag = &options->version},
        {"--help", NULL, "print this", .flag = &options->help},
        {"-h", NULL, NULL, .flag = &options->help},
        {0},
    };

    memcpy(reader->table, table, sizeof(table));
    reader->arguments.program = "mapmark-bench";
    reader->arguments.table = reader->table;
}

void options_print_help(void)
{
    struct options options = {0};
    struct reader reader = {0};

    prepare(&reader, &options);
    puts("Usage: mapmark-bench [OPTION]...\n"
         "Measure what reading a file costs, mapped and by read calls.\n");
    arguments_print(&reader.arguments);
    puts("\nExit codes: 0 ok, 2 usage, 3 invalid environment, 4 inconclusive "
         "in every row,\n5 missing, void or failed rows, 70 internal error, 74 "
         "input/output error,\n77 nothing could run here, 130 interrupted.");
}

/* Whether the text is a decimal number from `least` to `most`. */
static bool read_number(const char *text, uint64_t least, uint64_t most,
                        uint64_t *number_out)
{
    char *end = NULL;

    errno = 0;
    *number_out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
           least <= *number_out && *number_out <= most;
}

static enum exit_code read_seed(const struct reader *reader,
                                struct options *options)
{
    options->seed = 1;
    /* The seed is a number of JSON too, so it keeps within 63 bits. */
    if (reader->seed != NULL &&
        !read_number(reader->seed, 0, INT64_MAX, &options->seed)) {
        return arguments_refuse(&reader->arguments,
                                "--seed '%s' is not a number from 0 to 2^63-1",
                                reader->seed);
    }
    return EXIT_OK;
}

static enum exit_code read_repetitions(const struct reader *reader,
                                       struct options *options)
{
    enum { MOST = 1000 };

    if (reader->repetitions != NULL &&
        !read_number(reader->repetitions, 1, MOST, &options->repetitions)) {
        return arguments_refuse(&reader->arguments,
                                "--repetitions '%s' is not a number from 1 to "
                                "%d",
                                reader->repetitions, MOST);
    }
    return EXIT_OK;
}

static enum exit_code read_scatter(const struct reader *reader,
                                   struct options *options)
{
    const char *text = reader->scatter;
    char *end = NULL;

    if (text == NULL) {
        return EXIT_OK;
    }
    options->scatter_percent = strtod(text, &end);
    if (*text < '0' || *text > '9' || *end != '\0' ||
        !(options->scatter_percent > 0) ||
        !isfinite(options->scatter_percent)) {
        return arguments_refuse(&reader->arguments,
                                "--scatter '%s' is not a percentage above 0",
                                text);
    }
    return EXIT_OK;
}

static enum exit_code read_progress(const struct reader *reader,
                                    struct options *options)
{
    const char *text = reader->progress;

    if (text == NULL || strcmp(text, "rows") == 0) {
        options->progress = PROGRESS_ROWS;
    } else if (strcmp(text, "json") == 0) {
        options->progress = PROGRESS_JSON;
    } else if (strcmp(text, "none") == 0) {
        options->progress = PROGRESS_NONE;
    } else {
        return arguments_refuse(&reader->arguments,
                                "--progress '%s' is none of rows, json, none",
                                text);
    }
    return EXIT_OK;
}

enum exit_code options_read(int count, char **arguments,
                            struct options *options_out)
{
    struct reader reader = {0};
    enum exit_code code = EXIT_OK;

    memset(options_out, 0, sizeof(*options_out));
    prepare(&reader, options_out);
    code = arguments_read(&reader.arguments, count, arguments);
    if (code == EXIT_OK) {
        code = read_seed(&reader, options_out);
    }
    if (code == EXIT_OK) {
        code = read_scatter(&reader, options_out);
    }
    if (code == EXIT_OK) {
        code = read_repetitions(&reader, options_out);
    }
    if (code == EXIT_OK) {
        code = read_progress(&reader, options_out);
    }
    if (options_out->scratch == NULL) {
        options_out->scratch =
            options_out->out != NULL ? options_out->out : ".";
    }
    return code;
}
