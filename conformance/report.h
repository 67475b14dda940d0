/* SPDX-License-Identifier: MIT */
/* What the program says to a reader, on standard output. */
#ifndef MM_REPORT_H
#define MM_REPORT_H

#include "session.h"

/* Counts by class, one table for each subject and RFC. */
void mm_report_table(const struct mm_session *session);

/* One line for each result that deviates. */
void mm_report_deviations(const struct mm_session *session);

/* One line for each chosen case: id, class, direction, why. */
void mm_report_list(const struct mm_session *session);

/* All of one case and, where the session has run, what each subject did. */
void mm_report_case(const struct mm_session *session, size_t case_index);

#endif /* MM_REPORT_H */
