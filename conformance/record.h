/* SPDX-License-Identifier: MIT */
/* The JSON record of a session, schema "mapmark-conformance/1". */
#ifndef MM_RECORD_H
#define MM_RECORD_H

#include "session.h"

/* Write the record to `path`, whole or not at all. */
enum mm_exit mm_record_write(const struct mm_session *session, const char *path,
                             struct mm_problem *problem);

#endif /* MM_RECORD_H */
