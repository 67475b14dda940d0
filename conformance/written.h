/* SPDX-License-Identifier: MIT */
/* Files that the program writes: whole, or not at all. */
#ifndef CONFORM_WRITTEN_H
#define CONFORM_WRITTEN_H

#include <stdio.h>

#include "problem.h"

/* Have `write` fill the file at `path`; EXIT_INPUT_OUTPUT names it. */
enum exit_code conform_written(const char *path,
                               void (*write)(FILE *file, const void *what),
                               const void *what,
                               struct conform_problem *problem);

#endif /* CONFORM_WRITTEN_H */
