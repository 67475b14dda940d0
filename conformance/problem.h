/* SPDX-License-Identifier: MIT */
/* One sentence about what went wrong and what would be right. */
#ifndef CONFORM_PROBLEM_H
#define CONFORM_PROBLEM_H

#include <program/exit_code.h>

enum { CONFORM_PROBLEM_MAX = 1024 };

struct conform_problem {
    char text[CONFORM_PROBLEM_MAX];
};

/*
 * Replace the text and return `status`, so that a caller can report and leave
 * in one statement. Text that does not fit is cut.
 */
enum exit_code conform_problem_set(struct conform_problem *problem,
                                   enum exit_code status, const char *format,
                                   ...);

/* Put "PLACE:LINE: " in front of the text; line 0 gives "PLACE: ". */
void conform_problem_locate(struct conform_problem *problem, const char *place,
                            unsigned long line);

/* Memory ran out: says so and returns EXIT_INTERNAL. */
enum exit_code conform_problem_no_memory(struct conform_problem *problem);

#endif /* CONFORM_PROBLEM_H */
