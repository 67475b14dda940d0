/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef MM_OPTIONS_H
#define MM_OPTIONS_H

#include "expect.h"

struct mm_options {
    const char *corpus;  /* NULL: the one that belongs to the program */
    const char *cases;   /* NULL: all */
    const char *subject; /* NULL: all */
    const char *show;    /* NULL: do not show a case */
    const char *json;    /* NULL: no record */
    const char *expects[MM_EXPECT_FILES_MAX];
    size_t expect_count;
    bool epochs[MM_EPOCH_COUNT];
    bool list;
    bool version;
    bool help;
};

/* Fails with MM_EXIT_USAGE. */
enum mm_exit mm_options_parse(int argc, char **argv,
                              struct mm_options *options_out,
                              struct mm_problem *problem);

/* Print what --help promises to stdout. */
void mm_options_help(void);

#endif /* MM_OPTIONS_H */
