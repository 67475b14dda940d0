/* SPDX-License-Identifier: MIT */
/* What the program says to a reader, on standard output. */
#ifndef CONFORM_REPORT_H
#define CONFORM_REPORT_H

#include "session.h"

/* Counts by class, one table for each subject and RFC. */
void conform_report_table(const struct conform_session *session);

/* One line for each result that deviates. */
void conform_report_deviations(const struct conform_session *session);

/* One line for each chosen case: id, class, direction, why. */
void conform_report_list(const struct conform_session *session);

/* All of one case and, where the session has run, what each subject did. */
void conform_report_case(const struct conform_session *session,
                         size_t case_index);

#endif /* CONFORM_REPORT_H */
