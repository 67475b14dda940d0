/* SPDX-License-Identifier: MIT */
/* The command line of mapmark-bench. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <program/exit_code.h>

#ifdef __cplusplus
extern "C" {
#endif

enum progress {
    PROGRESS_ROWS, /* a line for each row that is done */
    PROGRESS_JSON, /* for a program that watches */
    PROGRESS_NONE,
};

struct options {
    const char *out;     /* directory of bench.json, or NULL: none */
    const char *file;    /* to measure, or NULL: generate */
    const char *filter;  /* regular expression, or NULL */
    const char *scratch; /* directory for generated files */
    uint64_t seed;
    double scatter_percent; /* 0: each row has its own limit */
    uint64_t repetitions;   /* of every row; 0: as the plan has it */
    enum progress progress;
    bool quick;
    bool all;
    bool list;
    bool serve;
    bool help;
    bool version;
    bool regions;
    const char *regions_of; /* a process, or NULL: this one */
};

/** Read the command line; EXIT_OK, or EXIT_USAGE after a message on standard
 * error. The strings stay in `arguments`. */
enum exit_code options_read(int count, char **arguments,
                            struct options *options_out);

void options_print_help(void);

#ifdef __cplusplus
}
#endif

#endif /* OPTIONS_H */
