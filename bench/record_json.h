/* SPDX-License-Identifier: MIT */
/* The members of bench.json and histograms.json, as reports/BUNDLE.md gives
 * them. */
#ifndef RECORD_JSON_H
#define RECORD_JSON_H

#include <program/json.h>
#include "record.h"

void record_json_context(struct json *json,
                         const struct record_context *context, bool complete);
/** The members "version" and "build". */
void record_json_program(struct json *json);

/** The rows of the plan by name, as an array. */
void record_json_names(struct json *json, const char *name,
                       const struct plan *plan);
void record_json_row(struct json *json, const struct measured *measured);
void record_json_samples(struct json *json, const struct measured *measured);

/** What was measured, of a single sample: members, for an open object. */
void record_json_sample(struct json *json, const struct sample *sample);
void record_json_histograms(struct json *json, const struct measured *measured);

/** The word for a state: "ok", "void", ... */
const char *record_state_name(enum bench_state state);

#endif /* RECORD_JSON_H */
