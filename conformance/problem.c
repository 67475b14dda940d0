/* SPDX-License-Identifier: MIT */
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>

enum mm_exit mm_problem_set(struct mm_problem *problem, enum mm_exit status,
                            const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(problem->text, sizeof(problem->text), format, arguments);
    va_end(arguments);
    return status;
}

void mm_problem_locate(struct mm_problem *problem, const char *place,
                       unsigned long line)
{
    struct mm_problem inner = *problem;

    if (line == 0) {
        mm_problem_set(problem, MM_EXIT_OK, "%s: %s", place, inner.text);
    } else {
        mm_problem_set(problem, MM_EXIT_OK, "%s:%lu: %s", place, line,
                       inner.text);
    }
}

enum mm_exit mm_problem_no_memory(struct mm_problem *problem)
{
    return mm_problem_set(problem, MM_EXIT_INTERNAL, "out of memory");
}
