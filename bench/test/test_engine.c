/* SPDX-License-Identifier: MIT */
/* Whole walks over small tables, with Google Benchmark as the engine. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/clock.h>

#include "engine.h"
#include "shim.h"

enum { ROWS_MAX = 4 };

/* What the walk told, by row, and what the table's functions were called. */
struct seen {
    size_t rows;
    struct measured copies[ROWS_MAX];
    double last_done;
    double last_of;
};

static struct calls {
    int share, unshare, set_up, tear_down, body;
    int of_way[2];
} calls;

static const char *const ways[] = {"a", "b", NULL};
static const struct bench_words words[] = {{"way", ways}};

static void see_step(void *context, const char *row, double done, double of)
{
    struct seen *seen = context;

    assert_non_null(row);
    assert_true(done >= seen->last_done);
    assert_true(done <= of);
    seen->last_done = done;
    seen->last_of = of;
}

static void see_row(void *context, const struct measured *measured)
{
    struct seen *seen = context;

    assert_true(seen->rows < ROWS_MAX);
    seen->copies[seen->rows++] = *measured;
}

/* The samples live in the record: look at them before closing it. */
static struct record *walk(const struct bench_table *table, struct plan *plan,
                           struct seen *seen)
{
    const struct bench_table *const tables[] = {table, NULL};
    static const struct bench_options options = {.quick = true};
    const struct record_context context = {.options = &options};
    const struct engine_listener listener = {see_step, see_row, seen};
    struct record *record = NULL;

    memset(seen, 0, sizeof(*seen));
    memset(&calls, 0, sizeof(calls));
    assert_int_equal(plan_make(tables, &options, NULL, NULL, plan), MM_OK);
    assert_int_equal(record_open(NULL, plan, &context, &record), MM_OK);
    assert_int_equal(engine_walk(plan, &options, 1, &listener, record), MM_OK);
    assert_int_equal(seen->rows, plan->count);
    return record;
}

static void close_walk(struct record *record, struct plan *plan)
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
    calls.share++;
    *shared_out = &calls;
    return MM_OK;
}

static void unshare(void *shared)
{
    assert_ptr_equal(shared, &calls);
    calls.unshare++;
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    (void)row;
    (void)reason;
    assert_ptr_equal(shared, &calls);
    calls.set_up++;
    *state_out = &calls.body;
    return MM_OK;
}

static void tear_down(void *state)
{
    assert_ptr_equal(state, &calls.body);
    calls.tear_down++;
}

static void spin_for(struct bench_run *run, uint64_t ns)
{
    while (bench_next(run, 1) > 0) {
        uint64_t end = mm_clock_ns() + ns;

        while (mm_clock_ns() < end) {
        }
    }
}

static void spin(struct bench_run *run, void *state)
{
    (void)state;
    calls.body++;
    spin_for(run, 1000);
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

static const struct bench_table spinning = {
    .subject = "spin",
    .words = words,
    .word_count = 1,
    .sampling = three_iterations,
    .share = share,
    .unshare = unshare,
    .set_up = set_up,
    .tear_down = tear_down,
    .body = spin,
};

static void set_up_runs_once_for_each_row(void **state)
{
    struct seen seen;
    struct plan plan;
    struct record *record = walk(&spinning, &plan, &seen);

    (void)state;
    assert_int_equal(calls.share, 1);
    assert_int_equal(calls.unshare, 1);
    assert_int_equal(calls.set_up, 2);
    assert_int_equal(calls.tear_down, 2);
    assert_int_equal(calls.body, 2 * 11);
    assert_true(seen.last_done <= seen.last_of);
    close_walk(record, &plan);
}

static void every_repetition_has_its_iterations_and_time(void **state)
{
    struct seen seen;
    struct plan plan;
    struct record *record = walk(&spinning, &plan, &seen);

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
    close_walk(record, &plan);
}

static void repetitions_of_a_comparison_are_interleaved(void **state)
{
    struct seen seen;
    struct plan plan;
    struct record *record = walk(&spinning, &plan, &seen);
    int64_t last_a, first_b, last_b, first_a;

    (void)state;
    first_a = measured_repetition(&seen.copies[0], 0)->order;
    last_a = measured_repetition(&seen.copies[0], 10)->order;
    first_b = measured_repetition(&seen.copies[1], 0)->order;
    last_b = measured_repetition(&seen.copies[1], 10)->order;
    /* One of 352716 orders would not mix; then this fails by chance. */
    assert_true(first_b < last_a && first_a < last_b);
    close_walk(record, &plan);
}

static void a_row_timed_by_the_engine_runs_its_least_time(void **state)
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.sampling = NULL;
    record = walk(&table, &plan, &seen);
    for (size_t i = 0; i < 2; i++) {
        const struct sample *sample = measured_repetition(&seen.copies[i], 0);

        assert_true(sample->real_ns * (double)sample->iterations >= 0.09e9);
    }
    close_walk(record, &plan);
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
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.share = cannot_share;
    record = walk(&table, &plan, &seen);
    assert_int_equal(calls.body, 0);
    assert_int_equal(calls.unshare, 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_ERROR);
        assert_string_equal(seen.copies[i].reason.text, "no room in 'x'");
    }
    close_walk(record, &plan);
}

static enum mm_status b_is_unsupported(const struct bench_row *row,
                                       void *shared, void **state_out,
                                       struct bench_reason *reason)
{
    if (row->words[0] == 1) {
        *state_out = NULL;
        return MM_UNSUPPORTED;
    }
    return set_up(row, shared, state_out, reason);
}

static void a_failed_set_up_leaves_the_other_rows_alone(void **state)
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.set_up = b_is_unsupported;
    record = walk(&table, &plan, &seen);
    assert_int_equal(calls.tear_down, 1);
    assert_int_equal(seen.copies[0].worst, BENCH_OK);
    assert_int_equal(seen.copies[1].worst, BENCH_UNSUPPORTED);
    assert_int_equal(seen.copies[1].kept, 0);
    assert_int_equal(record_count(record, BENCH_OK), 1);
    assert_int_equal(record_count(record, BENCH_UNSUPPORTED), 1);
    assert_int_equal(record_missing(record), 0);
    close_walk(record, &plan);
}

static void disagrees(struct bench_run *run, void *state)
{
    spin(run, state);
    bench_checksum(run, bench_run_row(run)->words[0]);
}

static void ways_that_read_different_octets_are_void(void **state)
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = disagrees;
    record = walk(&table, &plan, &seen);
    assert_int_equal(seen.copies[0].worst, BENCH_VOID);
    assert_int_equal(seen.copies[1].worst, BENCH_VOID);
    close_walk(record, &plan);
}

/* The first way is the ceiling. */
static void does_less_than_the_ceiling(struct bench_run *run, void *state)
{
    (void)state;
    spin_for(run, bench_run_row(run)->words[0] == 0 ? 1000000 : 1000);
}

static void does_more_than_the_ceiling(struct bench_run *run, void *state)
{
    (void)state;
    spin_for(run, bench_run_row(run)->words[0] == 0 ? 1000 : 1000000);
}

/* How the row beside its ceiling ends. */
static struct measured beside_its_ceiling(void (*body)(struct bench_run *,
                                                       void *))
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    table.body = body;
    table.ceiling = table.words[0].values[0];
    record = walk(&table, &plan, &seen);
    assert_int_equal(seen.copies[0].worst, BENCH_OK);
    close_walk(record, &plan);
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

static void changes(struct bench_run *run, void *state)
{
    spin(run, state);
    bench_checksum(run, bench_run_row(run)->words[0] == 0 ? (uint64_t)calls.body
                                                          : 1);
}

static void a_row_that_reads_something_else_each_time_is_void(void **state)
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = changes;
    record = walk(&table, &plan, &seen);
    assert_int_equal(seen.copies[0].worst, BENCH_VOID);
    close_walk(record, &plan);
}

static void fails_once(struct bench_run *run, void *state)
{
    if (calls.body == 5) {
        bench_judge(run, BENCH_ERROR, "the fifth call fails");
    }
    spin(run, state);
}

static void one_failed_repetition_fails_its_row(void **state)
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;
    int failed = 0;

    (void)state;
    table.body = fails_once;
    record = walk(&table, &plan, &seen);
    for (size_t i = 0; i < 2; i++) {
        if (seen.copies[i].worst == BENCH_ERROR) {
            assert_int_equal(seen.copies[i].kept, 1);
            assert_string_equal(seen.copies[i].reason.text,
                                "the fifth call fails");
            failed++;
        }
    }
    assert_int_equal(failed, 1);
    close_walk(record, &plan);
}

static void is_void_twice(struct bench_run *run, void *state)
{
    spin(run, state);
    if (calls.body == 5 || calls.body == 23) {
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
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;
    size_t discarded = 0;

    (void)state;
    table.body = is_void_twice;
    record = walk(&table, &plan, &seen);
    /* The fifth of 22 calls is void, and so is the one that replaces it. */
    assert_int_equal(calls.body, 24);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_OK);
        assert_int_equal(seen.copies[i].kept, 11);
        discarded += count_discarded(&seen.copies[i]);
    }
    assert_int_equal(discarded, 2);
    close_walk(record, &plan);
}

static void is_always_void(struct bench_run *run, void *state)
{
    spin(run, state);
    bench_judge(run, BENCH_VOID, "mapped by somebody");
}

static void a_row_that_is_mostly_void_stands_as_void(void **state)
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = is_always_void;
    record = walk(&table, &plan, &seen);
    assert_int_equal(calls.body, 22);
    assert_int_equal(seen.copies[0].worst, BENCH_VOID);
    assert_int_equal(count_discarded(&seen.copies[0]), 0);
    close_walk(record, &plan);
}

/* A row timed by hand takes what it says, and that is what is looked at. */
static void takes(struct bench_run *run, uint64_t ns)
{
    struct bench_phases phases = {.ns = {[BENCH_PHASE_ACCESS] = ns}};

    calls.body++;
    while (bench_next(run, 1) > 0) {
        bench_phase_times(run, &phases);
    }
}

static void three_steady_iterations(const struct bench_row *row,
                                    const struct bench_options *options,
                                    struct bench_sampling *sampling_out)
{
    three_iterations(row, options, sampling_out);
    sampling_out->variation_max = 0.25;
}

static struct bench_table timed_by_hand(void (*body)(struct bench_run *,
                                                     void *))
{
    struct bench_table table = spinning;

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
    struct seen seen;
    struct plan plan;
    struct record *record = walk(&table, &plan, &seen);

    (void)state;
    assert_int_equal(seen.copies[0].worst, BENCH_OK);
    assert_int_equal(seen.copies[0].kept, 11);
    assert_int_equal(seen.copies[1].kept, 22);
    assert_int_equal(seen.copies[1].worst, BENCH_INCONCLUSIVE);
    assert_non_null(strstr(seen.copies[1].reason.text, "scatter"));
    assert_int_equal(record_count(record, BENCH_INCONCLUSIVE), 1);
    close_walk(record, &plan);
}

static void gets_slower(struct bench_run *run, void *state)
{
    (void)state;
    takes(run, 1000 + 10 * (uint64_t)calls.body);
}

static void a_row_that_drifts_is_not_published(void **state)
{
    const struct bench_table table = timed_by_hand(gets_slower);
    struct seen seen;
    struct plan plan;
    struct record *record = walk(&table, &plan, &seen);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_INCONCLUSIVE);
        assert_non_null(strstr(seen.copies[i].reason.text, "slower"));
    }
    close_walk(record, &plan);
}

static void fails_by_the_clock(struct bench_run *run, void *state)
{
    bench_check(run, MM_IO, "read 'x'");
    spin(run, state);
}

static void a_row_that_always_fails_is_not_sampled_again(void **state)
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = fails_by_the_clock;
    table.sampling = NULL; /* the engine looks for a number of iterations */
    record = walk(&table, &plan, &seen);
    assert_int_equal(calls.body, 2);
    assert_int_equal(seen.copies[0].worst, BENCH_ERROR);
    assert_int_equal(seen.copies[1].worst, BENCH_ERROR);
    close_walk(record, &plan);
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
    spin_for(run, calls.of_way[way]++ == 0 ? 200000000 : 1000);
}

static void a_sample_that_is_far_too_short_is_unproved(void **state)
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = is_held_up_at_first;
    table.sampling = scatters;
    record = walk(&table, &plan, &seen);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_UNPROVED);
        assert_non_null(strstr(seen.copies[i].reason.text, "a sample took"));
    }
    close_walk(record, &plan);
}

static void fails_after_its_loop(struct bench_run *run, void *state)
{
    spin(run, state);
    bench_count(run, BENCH_BYTES, NAN);
}

static void a_failure_after_the_loop_is_one_of_the_row(void **state)
{
    struct bench_table table = spinning;
    struct seen seen;
    struct plan plan;
    struct record *record;

    (void)state;
    table.body = fails_after_its_loop;
    record = walk(&table, &plan, &seen);
    assert_int_equal(calls.body, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seen.copies[i].worst, BENCH_ERROR);
        assert_string_equal(seen.copies[i].reason.text,
                            "a counter is not a finite number");
    }
    close_walk(record, &plan);
}

static int start(void **state)
{
    (void)state;
    return shim_start() == MM_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_up_runs_once_for_each_row),
        cmocka_unit_test(every_repetition_has_its_iterations_and_time),
        cmocka_unit_test(repetitions_of_a_comparison_are_interleaved),
        cmocka_unit_test(a_row_timed_by_the_engine_runs_its_least_time),
        cmocka_unit_test(a_failed_share_fails_every_row_with_its_reason),
        cmocka_unit_test(a_failed_set_up_leaves_the_other_rows_alone),
        cmocka_unit_test(ways_that_read_different_octets_are_void),
        cmocka_unit_test(a_row_faster_than_its_ceiling_is_void),
        cmocka_unit_test(a_row_slower_than_its_ceiling_is_fine),
        cmocka_unit_test(a_row_that_reads_something_else_each_time_is_void),
        cmocka_unit_test(one_failed_repetition_fails_its_row),
        cmocka_unit_test(a_void_repetition_is_taken_again_and_not_hidden),
        cmocka_unit_test(a_row_that_is_mostly_void_stands_as_void),
        cmocka_unit_test(a_row_that_scatters_is_sampled_twice_as_often),
        cmocka_unit_test(a_row_that_drifts_is_not_published),
        cmocka_unit_test(a_row_that_always_fails_is_not_sampled_again),
        cmocka_unit_test(a_sample_that_is_far_too_short_is_unproved),
        cmocka_unit_test(a_failure_after_the_loop_is_one_of_the_row),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
