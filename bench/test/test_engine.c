/* SPDX-License-Identifier: MIT */
/* Whole walks over a small table: what is called, and what rows come to. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "walking.h"

static void set_up_runs_once_for_each_row(void **state)
{
    struct walking_seen seen;
    struct plan plan;
    struct record *record = walking_walk(&walking_table, &plan, &seen);

    (void)state;
    assert_int_equal(walking_calls.share, 1);
    assert_int_equal(walking_calls.unshare, 1);
    assert_int_equal(walking_calls.set_up, 2);
    assert_int_equal(walking_calls.tear_down, 2);
    assert_int_equal(walking_calls.body, 2 * 11);
    assert_true(seen.last_done <= seen.last_of);
    walking_close(record, &plan);
}

static void every_repetition_has_its_iterations_and_time(void **state)
{
    struct walking_seen seen;
    struct plan plan;
    struct record *record = walking_walk(&walking_table, &plan, &seen);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_OK);
        assert_int_equal(seen.copies[i].kept, 11);
        for (size_t k = 0; k < 11; k++) {
            const struct sample *sample =
                measured_repetition(&seen.copies[i], k);

            assert_int_equal(sample->iterations, 3);
            assert_true(sample->real_ns >= 1000);
            assert_true(sample->real_ns < 1e9);
        }
    }
    walking_close(record, &plan);
}

static void repetitions_of_a_comparison_are_interleaved(void **state)
{
    struct walking_seen seen;
    struct plan plan;
    struct record *record = walking_walk(&walking_table, &plan, &seen);
    int64_t last_a, first_b, last_b, first_a;

    (void)state;
    first_a = measured_repetition(&seen.copies[0], 0)->order;
    last_a = measured_repetition(&seen.copies[0], 10)->order;
    first_b = measured_repetition(&seen.copies[1], 0)->order;
    last_b = measured_repetition(&seen.copies[1], 10)->order;
    /* One of 352716 orders would not mix; then this fails by chance. */
    assert_true(first_b < last_a && first_a < last_b);
    walking_close(record, &plan);
}

static enum mm_status cannot_share(const struct bench_row *row,
                                   const struct bench_options *options,
                                   void **shared_out,
                                   struct bench_reason *reason)
{
    (void)row;
    (void)options;
    *shared_out = NULL;
    bench_explain(reason, "no room in '%s'", "x");
    return MM_NO_SPACE;
}

static void a_failed_share_fails_every_row_with_its_reason(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.share = cannot_share;
    record = walking_walk(&table, &plan, &seen);
    assert_int_equal(walking_calls.body, 0);
    assert_int_equal(walking_calls.unshare, 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_ERROR);
        assert_string_equal(seen.copies[i].reason.text, "no room in 'x'");
    }
    walking_close(record, &plan);
}

static enum mm_status b_is_unsupported(const struct bench_row *row,
                                       void *shared, void **state_out,
                                       struct bench_reason *reason)
{
    if (row->words[0] == 1) {
        *state_out = NULL;
        return MM_UNSUPPORTED;
    }
    return walking_table.set_up(row, shared, state_out, reason);
}

static void a_failed_set_up_leaves_the_other_rows_alone(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.set_up = b_is_unsupported;
    record = walking_walk(&table, &plan, &seen);
    assert_int_equal(walking_calls.tear_down, 1);
    assert_int_equal(seen.copies[0].worst, BENCH_OK);
    assert_int_equal(seen.copies[1].worst, BENCH_UNSUPPORTED);
    assert_int_equal(seen.copies[1].kept, 0);
    assert_int_equal(record_count(record, BENCH_OK), 1);
    assert_int_equal(record_count(record, BENCH_UNSUPPORTED), 1);
    assert_int_equal(record_missing(record), 0);
    walking_close(record, &plan);
}

static void disagrees(struct bench_run *run, void *state)
{
    walking_body(run, state);
    bench_checksum(run, bench_run_row(run)->words[0]);
}

static void ways_that_read_different_octets_are_void(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = disagrees;
    record = walking_walk(&table, &plan, &seen);
    assert_int_equal(seen.copies[0].worst, BENCH_VOID);
    assert_int_equal(seen.copies[1].worst, BENCH_VOID);
    walking_close(record, &plan);
}

static void changes(struct bench_run *run, void *state)
{
    walking_body(run, state);
    bench_checksum(run, bench_run_row(run)->words[0] == 0
                            ? (uint64_t)walking_calls.body
                            : 1);
}

static void a_row_that_reads_something_else_each_time_is_void(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = changes;
    record = walking_walk(&table, &plan, &seen);
    assert_int_equal(seen.copies[0].worst, BENCH_VOID);
    walking_close(record, &plan);
}

static void fails_once(struct bench_run *run, void *state)
{
    if (walking_calls.body == 5) {
        bench_judge(run, BENCH_ERROR, "the fifth call fails");
    }
    walking_body(run, state);
}

static void one_failed_repetition_fails_its_row(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;
    int failed = 0;

    (void)state;
    table.body = fails_once;
    record = walking_walk(&table, &plan, &seen);
    for (size_t i = 0; i < 2; i++) {
        if (seen.copies[i].worst == BENCH_ERROR) {
            assert_int_equal(seen.copies[i].kept, 1);
            assert_string_equal(seen.copies[i].reason.text,
                                "the fifth call fails");
            failed++;
        }
    }
    assert_int_equal(failed, 1);
    walking_close(record, &plan);
}

static void is_void_twice(struct bench_run *run, void *state)
{
    walking_body(run, state);
    if (walking_calls.body == 5 || walking_calls.body == 23) {
        bench_judge(run, BENCH_VOID, "disturbed");
    }
}

static size_t count_discarded(const struct measured *measured)
{
    size_t count = 0;

    for (size_t i = 0; i < measured->sample_count; i++) {
        count += measured->samples[i].role == SAMPLE_DISCARDED ? 1 : 0;
    }
    return count;
}

static void a_void_repetition_is_taken_again_and_not_hidden(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;
    size_t discarded = 0;

    (void)state;
    table.body = is_void_twice;
    record = walking_walk(&table, &plan, &seen);
    /* The fifth of 22 calls is void, and so is the one that replaces it. */
    assert_int_equal(walking_calls.body, 24);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_OK);
        assert_int_equal(seen.copies[i].kept, 11);
        discarded += count_discarded(&seen.copies[i]);
    }
    assert_int_equal(discarded, 2);
    walking_close(record, &plan);
}

static void is_always_void(struct bench_run *run, void *state)
{
    walking_body(run, state);
    bench_judge(run, BENCH_VOID, "mapped by somebody");
}

static void a_row_that_is_mostly_void_stands_as_void(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = is_always_void;
    record = walking_walk(&table, &plan, &seen);
    assert_int_equal(walking_calls.body, 22);
    assert_int_equal(seen.copies[0].worst, BENCH_VOID);
    assert_int_equal(count_discarded(&seen.copies[0]), 0);
    walking_close(record, &plan);
}

static void fails_by_the_clock(struct bench_run *run, void *state)
{
    bench_check(run, MM_IO, "read 'x'");
    walking_body(run, state);
}

static void a_row_that_always_fails_is_not_sampled_again(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = fails_by_the_clock;
    table.sampling = NULL; /* the engine looks for a number of iterations */
    record = walking_walk(&table, &plan, &seen);
    assert_int_equal(walking_calls.body, 2);
    assert_int_equal(seen.copies[0].worst, BENCH_ERROR);
    assert_int_equal(seen.copies[1].worst, BENCH_ERROR);
    walking_close(record, &plan);
}

static void fails_after_its_loop(struct bench_run *run, void *state)
{
    walking_body(run, state);
    bench_count(run, BENCH_BYTES, NAN);
}

static void a_failure_after_the_loop_is_one_of_the_row(void **state)
{
    struct bench_table table = walking_table;
    struct walking_seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = fails_after_its_loop;
    record = walking_walk(&table, &plan, &seen);
    assert_int_equal(walking_calls.body, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_ERROR);
        assert_string_equal(seen.copies[i].reason.text,
                            "a counter is not a finite number");
    }
    walking_close(record, &plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_up_runs_once_for_each_row),
        cmocka_unit_test(every_repetition_has_its_iterations_and_time),
        cmocka_unit_test(repetitions_of_a_comparison_are_interleaved),
        cmocka_unit_test(a_failed_share_fails_every_row_with_its_reason),
        cmocka_unit_test(a_failed_set_up_leaves_the_other_rows_alone),
        cmocka_unit_test(ways_that_read_different_octets_are_void),
        cmocka_unit_test(a_row_that_reads_something_else_each_time_is_void),
        cmocka_unit_test(one_failed_repetition_fails_its_row),
        cmocka_unit_test(a_void_repetition_is_taken_again_and_not_hidden),
        cmocka_unit_test(a_row_that_is_mostly_void_stands_as_void),
        cmocka_unit_test(a_row_that_always_fails_is_not_sampled_again),
        cmocka_unit_test(a_failure_after_the_loop_is_one_of_the_row),
    };

    return cmocka_run_group_tests(tests, walking_start, NULL);
}
