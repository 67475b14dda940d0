/* SPDX-License-Identifier: MIT */
/* A file that is there whole or not at all. */
#ifndef MM_OUTPUT_H
#define MM_OUTPUT_H

#include <stdio.h>

#include "problem.h"

enum { MM_OUTPUT_PATH_MAX = 4096 };

/* Empty when all zeros. */
struct mm_output {
    FILE *file;
    char path[MM_OUTPUT_PATH_MAX];
    char temporary[MM_OUTPUT_PATH_MAX + 32]; /* "" for a device or pipe */
};

/*
 * Open a file for writing through `output->file`. A regular file keeps its old
 * content until mm_output_commit(); a device or pipe is written directly.
 */
enum mm_exit mm_output_open(struct mm_output *output, const char *path,
                            struct mm_problem *problem);

/*
 * Put the file in place, or remove what was written when any of it failed.
 * Either way the output is empty again.
 */
enum mm_exit mm_output_commit(struct mm_output *output,
                              struct mm_problem *problem);

#endif /* MM_OUTPUT_H */
