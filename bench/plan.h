/* SPDX-License-Identifier: MIT */
/* From tables to rows: every combination that the plan wants, in the order of
 * measuring, with the rows of a comparison side by side. */
#ifndef PLAN_H
#define PLAN_H

#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

struct plan {
    struct bench_row *rows;
    size_t count;
};

/** Tells whether a row's name passes the user's filter. */
typedef bool plan_filter(const char *name, void *context);

/** What a plan is made of. */
struct plan_terms {
    const struct bench_table *const *tables; /* NULL at the end */
    const struct bench_options *options;
    plan_filter *filter; /* or NULL: all of them */
    void *context;       /* of the filter */
};

/**
 * Make all rows.
 *
 * Errors:    MM_INVALID (a table with too many parts, or a name that does not
 *            fit), MM_NO_MEMORY. On failure the plan is empty.
 * Ownership: the caller gives the plan to plan_free().
 */
enum mm_status plan_make(const struct plan_terms *terms, struct plan *plan_out);

/** The row of that name, without making any other. False when the plan has
 * none. */
bool plan_find(const struct plan_terms *terms, const char *name,
               struct bench_row *row_out);

void plan_free(struct plan *plan);

/** The row's name: subject/words/name:number. False when it does not fit. */
bool plan_name(const struct bench_row *row, char name[BENCH_NAME_MAX]);

/** Whether two rows belong to the same comparison. */
bool plan_compares(const struct bench_row *a, const struct bench_row *b);

/** How many rows from `first` on belong to its comparison, itself included. */
size_t plan_comparison(const struct plan *plan, size_t first);

/** The row's sampling, defaults filled in. */
struct bench_sampling plan_sampling(const struct bench_row *row,
                                    const struct bench_options *options);

/** Estimated seconds of all samples of the row. */
double plan_seconds(const struct bench_row *row,
                    const struct bench_options *options);

#ifdef __cplusplus
}
#endif

#endif /* PLAN_H */
