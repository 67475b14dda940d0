/* SPDX-License-Identifier: MIT */
/* One sentence about what went wrong and what would be right. */
#ifndef MM_PROBLEM_H
#define MM_PROBLEM_H

#include "exit.h"

enum { MM_PROBLEM_MAX = 1024 };

struct mm_problem {
    char text[MM_PROBLEM_MAX];
};

/*
 * Replace the text and return `status`, so that a caller can report and leave
 * in one statement. Text that does not fit is cut.
 */
enum mm_exit mm_problem_set(struct mm_problem *problem, enum mm_exit status,
                            const char *format, ...);

/* Put "PLACE:LINE: " in front of the text; line 0 gives "PLACE: ". */
void mm_problem_locate(struct mm_problem *problem, const char *place,
                       unsigned long line);

/* Memory ran out: says so and returns MM_EXIT_INTERNAL. */
enum mm_exit mm_problem_no_memory(struct mm_problem *problem);

#endif /* MM_PROBLEM_H */
