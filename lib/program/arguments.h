/* SPDX-License-Identifier: MIT */
/* A command line as a table: what is allowed, what it sets, what help says. */
#ifndef PROGRAM_ARGUMENTS_H
#define PROGRAM_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include <program/exit_code.h>

enum { ARGUMENT_LIST_MAX = 16 };

/** The values of an option that may be repeated. */
struct argument_list {
    const char *values[ARGUMENT_LIST_MAX];
    size_t count;
};

/** One option. Exactly one of the three targets is set; or flag and text, for
 * a value that may be left out and does not begin with '-'. */
struct argument {
    const char *name;
    const char *value_name; /* NULL for a flag */
    const char *help;       /* NULL: another name of one that has it */
    bool *flag;
    const char **text;
    struct argument_list *list;
};

/** A table that ends with an option without a name. */
struct arguments {
    const char *program;
    const struct argument *table;
};

/**
 * Read "--name VALUE" and "--name=VALUE". The values stay in `values`, where
 * the program's own name comes first. EXIT_OK, or EXIT_USAGE after a message.
 */
enum exit_code arguments_read(const struct arguments *arguments, int count,
                              char **values);

/** Print a line for each option to standard output. */
void arguments_print(const struct arguments *arguments);

/**
 * Print "PROGRAM: the message; --help lists the options" to standard error.
 * Gives EXIT_USAGE.
 */
enum exit_code arguments_refuse(const struct arguments *arguments,
                                const char *format, ...);

#endif /* PROGRAM_ARGUMENTS_H */
