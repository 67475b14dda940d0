/* SPDX-License-Identifier: MIT */
/* A file that is there whole or not at all. */
#ifndef PROGRAM_OUTPUT_H
#define PROGRAM_OUTPUT_H

#include <stdio.h>

enum { OUTPUT_PATH_MAX = 4096 };

/** Empty when all zeros. */
struct output {
    FILE *file;
    char path[OUTPUT_PATH_MAX];
    char temporary[OUTPUT_PATH_MAX + 32]; /* "" for a device or pipe */
};

/**
 * Open a file for writing through `output->file`. A regular file keeps its old
 * content until output_commit(); a device or pipe is written directly.
 * Gives 0 or a number of <errno.h>.
 */
int output_open(struct output *output, const char *path);

/**
 * Put the file in place, or remove what was written when any of it failed.
 * Either way the output is empty again. Gives 0 or a number of <errno.h>.
 */
int output_commit(struct output *output);

#endif /* PROGRAM_OUTPUT_H */
