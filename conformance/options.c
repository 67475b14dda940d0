/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_ROOM = 18 };

/* The table points into `options` and at texts that need more reading. */
struct reader {
    struct argument table[TABLE_ROOM];
    struct arguments arguments;
    const char *epoch;
    const char *largest;
};

static void prepare(struct reader *reader, struct conform_options *options)
{
    const struct argument table[TABLE_ROOM] = {
        {"--corpus", "DIR",
         "read the cases from DIR instead of the ones supplied",
         .text = &options->corpus},
        {"--cases", "GLOB",
         "only cases whose id matches, or class/id with a '/'",
         .text = &options->cases},
        {"--largest", "OCTETS", "only cases of at most so many octets",
         .text = &reader->largest},
        {"--epoch", "RFC", "judge by rfc2616, rfc9112 or both (the default)",
         .text = &reader->epoch},
        {"--subject", "GLOB", "only parsers whose name matches",
         .text = &options->subject},
        {"--no-splits", NULL,
         "whole and octet by octet only, which takes a hundredth of the time",
         .flag = &options->no_splits},
        {"--list", NULL, "list the cases and run nothing",
         .flag = &options->list},
        {"--show", "ID", "show one case: octets, rulings, what each parser did",
         .text = &options->show},
        {"--json", "FILE", "write the record of the run to FILE",
         .text = &options->json},
        {"--junit", "FILE", "write the verdicts to FILE, as JUnit XML",
         .text = &options->junit},
        {"--csv", "FILE", "write the verdicts to FILE, a line each",
         .text = &options->csv},
        {"--expect", "FILE",
         "known deviations; only changes against them count",
         .list = &options->expects},
        {"--write-expect", "FILE",
         "write the deviations found to FILE, below its comment",
         .text = &options->write_expect},
        {"--version", NULL, "print the version", .flag = &options->version},
        {"--help", NULL, "print this", .flag = &options->help},
        {"-h", NULL, NULL, .flag = &options->help},
        {0},
    };

    memcpy(reader->table, table, sizeof(table));
    reader->arguments.program = "mapmark-conform";
    reader->arguments.table = reader->table;
}

void conform_options_help(void)
{
    struct conform_options options = {0};
    struct reader reader = {0};

    prepare(&reader, &options);
    puts("Usage: mapmark-conform [OPTION]...\n"
         "Asks HTTP/1.x parsers where messages end, and compares the answers "
         "with\nRFC 2616 and RFC 9112.\n");
    arguments_print(&reader.arguments);
    puts("\nExit codes:\n"
         "   0  done; without --expect, deviations change nothing\n"
         "   2  the command line is wrong\n"
         "   3  the corpus or an expectation file is missing or invalid\n"
         "   6  deviations changed against --expect\n"
         "  70  internal error\n"
         "  74  input or output failed\n"
         "  77  nothing could run: this build has no parser to test");
}

static enum exit_code read_epoch(const struct reader *reader,
                                 struct conform_options *options)
{
    const char *text = reader->epoch;
    bool both = text == NULL || strcmp(text, "both") == 0;
    bool known = both;

    for (int i = 0; i < CONFORM_EPOCH_COUNT; i++) {
        const char *name = conform_epoch_name((enum conform_epoch)i);

        options->epochs[i] = both || strcmp(text, name) == 0;
        known = known || options->epochs[i];
    }
    return known ? EXIT_OK
                 : arguments_refuse(
                       &reader->arguments,
                       "--epoch '%s' is none of rfc2616, rfc9112, both", text);
}

static enum exit_code read_largest(const struct reader *reader,
                                   struct conform_options *options)
{
    const char *text = reader->largest;
    char *end = NULL;

    options->largest = SIZE_MAX;
    if (text == NULL) {
        return EXIT_OK;
    }
    errno = 0;
    options->largest = strtoull(text, &end, 10);
    if (*text < '1' || *text > '9' || *end != '\0' || errno != 0) {
        return arguments_refuse(&reader->arguments,
                                "--largest '%s' is no number of octets", text);
    }
    return EXIT_OK;
}

static bool writes(const struct conform_options *options)
{
    return options->json != NULL || options->junit != NULL ||
           options->csv != NULL || options->write_expect != NULL;
}

static enum exit_code check(const struct arguments *arguments,
                            const struct conform_options *options)
{
    if (options->list && options->show != NULL) {
        return arguments_refuse(arguments,
                                "--list and --show exclude each other");
    }
    if ((options->list || options->show != NULL) &&
        (writes(options) || options->expects.count > 0)) {
        return arguments_refuse(arguments,
                                "%s goes without --json, --junit, --csv, "
                                "--expect and --write-expect",
                                options->list ? "--list" : "--show");
    }
    if (options->write_expect != NULL &&
        (options->cases != NULL || options->largest != SIZE_MAX ||
         options->no_splits || !options->epochs[CONFORM_EPOCH_RFC2616] ||
         !options->epochs[CONFORM_EPOCH_RFC9112])) {
        return arguments_refuse(
            arguments,
            "--write-expect goes without --cases, --largest, --no-splits and "
            "--epoch");
    }
    if (options->show != NULL && options->cases != NULL) {
        return arguments_refuse(
            arguments, "--show names its case and goes without --cases");
    }
    return EXIT_OK;
}

enum exit_code conform_options_read(int count, char **values,
                                    struct conform_options *options_out)
{
    struct reader reader = {0};
    enum exit_code code;

    *options_out = (struct conform_options){0};
    prepare(&reader, options_out);
    code = arguments_read(&reader.arguments, count, values);
    if (code == EXIT_OK) {
        code = read_epoch(&reader, options_out);
    }
    if (code == EXIT_OK) {
        code = read_largest(&reader, options_out);
    }
    return code == EXIT_OK ? check(&reader.arguments, options_out) : code;
}
