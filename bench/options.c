/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One option: a flag to set, or a text to keep. */
struct option {
    const char *name;
    bool *flag;
    const char **text;
    const char *value_name;
    const char *help;
};

enum { OPTION_COUNT = 11 };

/* The table points into `options` and at texts that need more reading. */
struct reader {
    struct option table[OPTION_COUNT];
    const char *seed;
    const char *progress;
};

static void make_table(struct reader *reader, struct options *options)
{
    const struct option table[OPTION_COUNT] = {
        {"--out", NULL, &options->out, "DIR",
         "write bench.json and histograms.json to this directory"},
        {"--file", NULL, &options->file, "FILE",
         "measure this file instead of generated ones; it is never written"},
        {"--filter", NULL, &options->filter, "RE",
         "only rows in whose name this regular expression occurs"},
        {"--quick", &options->quick, NULL, NULL,
         "a small plan that still answers the question"},
        {"--scratch", NULL, &options->scratch, "DIR",
         "directory for generated files; the one of --out, or this one"},
        {"--seed", NULL, &reader->seed, "N",
         "seed of generated content and of random traces; 1"},
        {"--progress", NULL, &reader->progress, "HOW",
         "rows (a line each), json (lines for a program) or none"},
        {"--list", &options->list, NULL, NULL,
         "print the rows of the plan, and measure nothing"},
        {"--version", &options->version, NULL, NULL, "print the version"},
        {"--help", &options->help, NULL, NULL, "print this"},
        {"-h", &options->help, NULL, NULL, NULL},
    };

    memcpy(reader->table, table, sizeof(table));
}

void options_print_help(void)
{
    struct options options = {0};
    struct reader reader = {0};

    make_table(&reader, &options);
    puts("Usage: mapmark-bench [OPTION]...\n"
         "Measure what reading a file costs, mapped and by read calls.\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &reader.table[i];
        const char *value = option->value_name;

        if (option->help != NULL) {
            printf("  %-10s %-5s %s\n", option->name,
                   value != NULL ? value : "", option->help);
        }
    }
    puts("\nExit codes: 0 ok, 2 usage, 3 invalid environment, 5 missing, void "
         "or failed rows,\n70 internal error, 74 input/output error, 77 "
         "nothing could run here, 130 interrupted.");
}

static enum exit_code complain(const char *format, const char *what)
{
    fputs("mapmark-bench: ", stderr);
    fprintf(stderr, format, what);
    fputs("; --help lists the options\n", stderr);
    return EXIT_USAGE;
}

static struct option *find_option(struct reader *reader, const char *argument)
{
    size_t size = strcspn(argument, "=");

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *name = reader->table[i].name;

        if (strlen(name) == size && strncmp(name, argument, size) == 0) {
            return &reader->table[i];
        }
    }
    return NULL;
}

/* Read the option at `*index_in_out` and what belongs to it. */
static enum exit_code read_option(struct reader *reader, int count,
                                  char **arguments, int *index_in_out)
{
    const char *argument = arguments[*index_in_out];
    const struct option *option = find_option(reader, argument);
    const char *value = strchr(argument, '=');

    if (option == NULL) {
        return complain("unknown option '%s'", argument);
    }
    if (option->flag != NULL) {
        if (value != NULL) {
            return complain("option '%s' takes no value", argument);
        }
        *option->flag = true;
        return EXIT_OK;
    }
    if (value != NULL) {
        value++;
    } else if (*index_in_out + 1 < count) {
        value = arguments[++*index_in_out];
    }
    if (value == NULL || *value == '\0') {
        return complain("option '%s' needs a value", option->name);
    }
    *option->text = value;
    return EXIT_OK;
}

static enum exit_code read_seed(const char *text, struct options *options)
{
    char *end = NULL;

    options->seed = 1;
    if (text == NULL) {
        return EXIT_OK;
    }
    errno = 0;
    options->seed = strtoull(text, &end, 10);
    /* The seed is a number of JSON too, so it keeps within 63 bits. */
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
        options->seed > INT64_MAX) {
        return complain("--seed '%s' is not a number from 0 to 2^63-1", text);
    }
    return EXIT_OK;
}

static enum exit_code read_progress(const char *text, struct options *options)
{
    if (text == NULL || strcmp(text, "rows") == 0) {
        options->progress = PROGRESS_ROWS;
    } else if (strcmp(text, "json") == 0) {
        options->progress = PROGRESS_JSON;
    } else if (strcmp(text, "none") == 0) {
        options->progress = PROGRESS_NONE;
    } else {
        return complain("--progress '%s' is none of rows, json, none", text);
    }
    return EXIT_OK;
}

enum exit_code options_read(int count, char **arguments,
                            struct options *options_out)
{
    struct reader reader = {0};
    enum exit_code code = EXIT_OK;

    memset(options_out, 0, sizeof(*options_out));
    make_table(&reader, options_out);
    for (int i = 1; code == EXIT_OK && i < count; i++) {
        code = read_option(&reader, count, arguments, &i);
    }
    if (code == EXIT_OK) {
        code = read_seed(reader.seed, options_out);
    }
    if (code == EXIT_OK) {
        code = read_progress(reader.progress, options_out);
    }
    if (options_out->scratch == NULL) {
        options_out->scratch =
            options_out->out != NULL ? options_out->out : ".";
    }
    return code;
}
