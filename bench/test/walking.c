/* SPDX-License-Identifier: MIT */
#include "walking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/clock.h>

#include "engine.h"
#include "shim.h"

struct walking_calls walking_calls;

static const char *const ways[] = {"a", "b", NULL};
static const struct bench_words words[] = {{"way", ways}};

static void see_step(void *context, const char *row, double done, double of)
{
    struct walking_seen *seen = context;

    assert_non_null(row);
    assert_true(done >= seen->last_done);
    assert_true(done <= of);
    seen->last_done = done;
    seen->last_of = of;
}

static void see_row(void *context, const struct measured *measured)
{
    struct walking_seen *seen = context;

    assert_true(seen->rows < WALKING_ROWS_MAX);
    seen->copies[seen->rows++] = *measured;
}

struct record *walking_walk(const struct bench_table *table, struct plan *plan,
                            struct walking_seen *seen)
{
    const struct bench_table *const tables[] = {table, NULL};
    static const struct bench_options options = {.quick = true};
    const struct plan_terms terms = {tables, &options, NULL, NULL};
    const struct record_context context = {.options = &options};
    const struct engine_listener listener = {see_step, see_row, seen};
    struct record *record = NULL;

    memset(seen, 0, sizeof(*seen));
    memset(&walking_calls, 0, sizeof(walking_calls));
    assert_int_equal(plan_make(&terms, plan), MM_OK);
    assert_int_equal(record_open(NULL, plan, &context, &record), MM_OK);
    assert_int_equal(engine_walk(plan, &options, 1, &listener, record), MM_OK);
    assert_int_equal(seen->rows, plan->count);
    return record;
}

void walking_close(struct record *record, struct plan *plan)
{
    record_close(record);
    plan_free(plan);
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    (void)row;
    (void)options;
    (void)reason;
    walking_calls.share++;
    *shared_out = &walking_calls;
    return MM_OK;
}

static void unshare(void *shared)
{
    assert_ptr_equal(shared, &walking_calls);
    walking_calls.unshare++;
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    (void)row;
    (void)reason;
    assert_ptr_equal(shared, &walking_calls);
    walking_calls.set_up++;
    *state_out = &walking_calls.body;
    return MM_OK;
}

static void tear_down(void *state)
{
    assert_ptr_equal(state, &walking_calls.body);
    walking_calls.tear_down++;
}

void walking_spin(struct bench_run *run, uint64_t ns)
{
    while (bench_next(run, 1) > 0) {
        uint64_t end = mm_clock_ns() + ns;

        while (mm_clock_ns() < end) {
        }
    }
}

void walking_body(struct bench_run *run, void *state)
{
    (void)state;
    walking_calls.body++;
    walking_spin(run, 1000);
}

static void three_iterations(const struct bench_row *row,
                             const struct bench_options *options,
                             struct bench_sampling *sampling_out)
{
    (void)row;
    (void)options;
    sampling_out->iterations = 3;
    sampling_out->repetitions = 11;
    sampling_out->variation_max = 1e9; /* microseconds scatter as they like */
}

const struct bench_table walking_table = {
    .subject = "spin",
    .words = words,
    .word_count = 1,
    .sampling = three_iterations,
    .share = share,
    .unshare = unshare,
    .set_up = set_up,
    .tear_down = tear_down,
    .body = walking_body,
};

int walking_start(void **state)
{
    (void)state;
    return shim_start() == MM_OK ? 0 : -1;
}
