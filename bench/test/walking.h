/* SPDX-License-Identifier: MIT */
/* A small table that counts its calls, and whole walks over it, with Google
 * Benchmark as the engine. */
#ifndef WALKING_H
#define WALKING_H

#include "record.h"

enum { WALKING_ROWS_MAX = 4 };

/* What the walk told, by row. */
struct walking_seen {
    size_t rows;
    struct measured copies[WALKING_ROWS_MAX];
    double last_done;
    double last_of;
};

/* How often the table's functions were called in the last walk; `of_way` is
 * for bodies of the test's own. */
extern struct walking_calls {
    int share, unshare, set_up, tear_down, body;
    int of_way[2];
} walking_calls;

/* Ways a and b, timed by the engine: 11 repetitions of three iterations of a
 * microsecond, which may scatter as they like. */
extern const struct bench_table walking_table;

/* Iterations that take `ns` each. */
void walking_spin(struct bench_run *run, uint64_t ns);
void walking_body(struct bench_run *run, void *state);

/* Walk the table's quick plan. The samples live in the record: look at them
 * before walking_close(). */
struct record *walking_walk(const struct bench_table *table, struct plan *plan,
                            struct walking_seen *seen);
void walking_close(struct record *record, struct plan *plan);

/* Set-up of a group of tests. */
int walking_start(void **state);

#endif /* WALKING_H */
