/* SPDX-License-Identifier: MIT */
/* The members of bench.json and histograms.json, as reports/BUNDLE.md gives
 * them. */
#ifndef RECORD_JSON_H
#define RECORD_JSON_H

#include <program/json.h>
#include "record.h"

void record_json_context(struct json *json,
                         const struct record_context *context, bool complete);
void record_json_expected(struct json *json, const struct plan *plan);
void record_json_row(struct json *json, const struct measured *measured);
void record_json_samples(struct json *json, const struct measured *measured);
void record_json_histograms(struct json *json, const struct measured *measured);

/** The word for a state: "ok", "void", ... */
const char *record_state_name(enum bench_state state);

#endif /* RECORD_JSON_H */
