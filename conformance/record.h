/* SPDX-License-Identifier: MIT */
/* The JSON record of a session, schema "mapmark-conformance/1". */
#ifndef CONFORM_RECORD_H
#define CONFORM_RECORD_H

#include "session.h"

/* Write the record to `path`, whole or not at all. */
enum exit_code conform_record_write(const struct conform_session *session,
                                    const char *path,
                                    struct conform_problem *problem);

#endif /* CONFORM_RECORD_H */
