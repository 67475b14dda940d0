/* SPDX-License-Identifier: MIT */
/* What a session came to, a line for each case, subject and RFC. */
#ifndef CONFORM_CSV_H
#define CONFORM_CSV_H

#include "session.h"

enum exit_code conform_csv_write(const struct conform_session *session,
                                 const char *path,
                                 struct conform_problem *problem);

#endif /* CONFORM_CSV_H */
