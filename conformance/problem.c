/* SPDX-License-Identifier: MIT */
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>

enum exit_code conform_problem_set(struct conform_problem *problem,
                                   enum exit_code status, const char *format,
                                   ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(problem->text, sizeof(problem->text), format, arguments);
    va_end(arguments);
    return status;
}

void conform_problem_locate(struct conform_problem *problem, const char *place,
                            unsigned long line)
{
    struct conform_problem inner = *problem;

    if (line == 0) {
        conform_problem_set(problem, EXIT_OK, "%s: %s", place, inner.text);
    } else {
        conform_problem_set(problem, EXIT_OK, "%s:%lu: %s", place, line,
                            inner.text);
    }
}

enum exit_code conform_problem_no_memory(struct conform_problem *problem)
{
    return conform_problem_set(problem, EXIT_INTERNAL, "out of memory");
}
