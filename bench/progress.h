/* SPDX-License-Identifier: MIT */
/* What a run tells while it goes on: lines for people, or events for a program
 * that watches (their form: reports/BUNDLE.md). */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "engine.h"
#include "options.h"

#ifdef __cplusplus
extern "C" {
#endif

void progress_plan(enum progress progress, size_t rows, double seconds);

/** What to give to engine_walk(). */
const struct engine_listener *progress_listener(enum progress progress);

void progress_end(enum progress progress, enum exit_code code);

#ifdef __cplusplus
}
#endif

#endif /* PROGRESS_H */
