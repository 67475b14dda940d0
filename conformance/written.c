/* SPDX-License-Identifier: MIT */
#include "written.h"

#include <string.h>

#include <program/output.h>

enum exit_code conform_written(const char *path,
                               void (*write)(FILE *file, const void *what),
                               const void *what,
                               struct conform_problem *problem)
{
    struct output output;
    int error = output_open(&output, path);

    if (error == 0) {
        write(output.file, what);
        error = output_commit(&output);
    }
    if (error != 0) {
        return conform_problem_set(problem, EXIT_INPUT_OUTPUT,
                                   "%.400s: cannot be written: %s", path,
                                   strerror(error));
    }
    return EXIT_OK;
}
