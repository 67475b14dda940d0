/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef CONFORM_OPTIONS_H
#define CONFORM_OPTIONS_H

#include "expect.h"

struct conform_options {
    const char *corpus;  /* NULL: the one that belongs to the program */
    const char *cases;   /* NULL: all */
    const char *subject; /* NULL: all */
    const char *show;    /* NULL: do not show a case */
    const char *json;    /* NULL: no record */
    const char *junit;   /* NULL: no such file, as csv */
    const char *csv;
    const char *write_expect; /* NULL: no file of expectations */
    size_t largest;           /* octets of a case; SIZE_MAX: any */
    struct argument_list expects;
    bool epochs[CONFORM_EPOCH_COUNT];
    bool no_splits;
    bool list;
    bool version;
    bool help;
};

/* Fails with EXIT_USAGE, after a message on standard error. The values stay
 * in `values`, where the program's own name comes first. */
enum exit_code conform_options_read(int count, char **values,
                                    struct conform_options *options_out);

/* Print what --help promises to stdout. */
void conform_options_help(void);

#endif /* CONFORM_OPTIONS_H */
