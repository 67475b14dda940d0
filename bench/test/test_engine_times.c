/* SPDX-License-Identifier: MIT */
/* Whole walks over a small table: what rows come to by their times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "walking.h"

static void a_row_timed_by_the_engine_runs_its_least_time(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.sampling = NULL;
    record = walking_walk(&table, &plan, &seen);
    for (size_t i = 0; i < 2; i++) {
        const struct sample *sample = measured_repetition(&seen.copies[i], 0);

        assert_true(sample->real_ns * (double)sample->iterations >= 0.09e9);
    }
    walking_close(record, &plan);
}

/* A row timed by hand takes what it says, and that is what is looked at. */
static void takes(struct bench_run *run, uint64_t ns)
{
    struct bench_phases phases = {.ns = {[BENCH_PHASE_ACCESS] = ns}};

    walking_calls.body++;
    while (bench_next(run, 1) > 0) {
        bench_phase_times(run, &phases);
    }
}

static void three_steady_iterations(const struct bench_row *row,
                                    const struct bench_options *options,
                                    struct bench_sampling *sampling_out)
{
    walking_table.sampling(row, options, sampling_out);
    sampling_out->variation_max = 0.25;
}

static struct bench_table timed_by_hand(void (*body)(struct bench_run *,
                                                     void *))
{
    struct bench_table table = walking_table;

    table.flags = BENCH_TIMED_BY_HAND;
    table.sampling = three_steady_iterations;
    table.body = body;
    return table;
}

/* Way b's times alternate, by a factor of two. */
static void b_scatters(struct bench_run *run, void *state)
{
    (void)state;
    takes(run, bench_run_row(run)->words[0] == 1 && run->sample->order % 2 == 1
                   ? 2000
                   : 1000);
}

static void a_row_that_scatters_is_sampled_twice_as_often(void **state)
{
    const struct bench_table table = timed_by_hand(b_scatters);
    struct walking_seen seen;
    struct plan plan;
    struct record *record = walking_walk(&table, &plan, &seen);

    (void)state;
    assert_int_equal(seen.copies[0].worst, BENCH_OK);
    assert_int_equal(seen.copies[0].kept, 11);
    assert_int_equal(seen.copies[1].kept, 22);
    assert_int_equal(seen.copies[1].worst, BENCH_INCONCLUSIVE);
    assert_non_null(strstr(seen.copies[1].reason.text, "scatter"));
    assert_int_equal(record_count(record, BENCH_INCONCLUSIVE), 1);
    walking_close(record, &plan);
}

/* The first way is the ceiling. */
static void does_less_than_the_ceiling(struct bench_run *run, void *state)
{
    (void)state;
    takes(run, bench_run_row(run)->words[0] == 0 ? 1000000 : 1000);
}

static void does_more_than_the_ceiling(struct bench_run *run, void *state)
{
    (void)state;
    takes(run, bench_run_row(run)->words[0] == 0 ? 1000 : 1000000);
}

/* How the row beside its ceiling ends. */
static struct measured beside_its_ceiling(void (*body)(struct bench_run *,
                                                       void *))
{
    struct bench_table table = timed_by_hand(body);
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    table.ceiling = table.words[0].values[0];
    record = walking_walk(&table, &plan, &seen);
    assert_int_equal(seen.copies[0].worst, BENCH_OK);
    walking_close(record, &plan);
    return seen.copies[1];
}

static void a_row_faster_than_its_ceiling_is_void(void **state)
{
    struct measured row = beside_its_ceiling(does_less_than_the_ceiling);

    (void)state;
    assert_int_equal(row.worst, BENCH_VOID);
    assert_non_null(strstr(row.reason.text, "nothing can beat"));
}

static void a_row_slower_than_its_ceiling_is_fine(void **state)
{
    (void)state;
    assert_int_equal(beside_its_ceiling(does_more_than_the_ceiling).worst,
                     BENCH_OK);
}

/* Each way by its own count: the order of the ways is left to chance. */
static void gets_slower(struct bench_run *run, void *state)
{
    unsigned way = bench_run_row(run)->words[0];

    (void)state;
    takes(run, 1000 + 20 * (uint64_t)walking_calls.of_way[way]++);
}

static void a_row_that_drifts_is_not_published(void **state)
{
    const struct bench_table table = timed_by_hand(gets_slower);
    struct walking_seen seen;
    struct plan plan;
    struct record *record = walking_walk(&table, &plan, &seen);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_INCONCLUSIVE);
        assert_non_null(strstr(seen.copies[i].reason.text, "slower"));
    }
    walking_close(record, &plan);
}

static void scatters(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    (void)row;
    (void)options;
    sampling_out->variation_max = 1e9;
}

/* As if something had held up the call that learns how long one takes. */
static void is_held_up_at_first(struct bench_run *run, void *state)
{
    unsigned way = bench_run_row(run)->words[0];

    (void)state;
    walking_spin(run, walking_calls.of_way[way]++ == 0 ? 200000000 : 1000);
}

static void a_sample_that_is_far_too_short_is_unproved(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = is_held_up_at_first;
    table.sampling = scatters;
    record = walking_walk(&table, &plan, &seen);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_UNPROVED);
        assert_non_null(strstr(seen.copies[i].reason.text, "a sample took"));
    }
    walking_close(record, &plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_timed_by_the_engine_runs_its_least_time),
        cmocka_unit_test(a_row_that_scatters_is_sampled_twice_as_often),
        cmocka_unit_test(a_row_faster_than_its_ceiling_is_void),
        cmocka_unit_test(a_row_slower_than_its_ceiling_is_fine),
        cmocka_unit_test(a_row_that_drifts_is_not_published),
        cmocka_unit_test(a_sample_that_is_far_too_short_is_unproved),
    };

    return cmocka_run_group_tests(tests, walking_start, NULL);
}
