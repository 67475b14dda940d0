/* SPDX-License-Identifier: MIT */
/* Bodies driven by an engine of this test's own: the contract of bench.h does
 * not depend on Google Benchmark. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run.h"
#include "skip.h"

static int64_t count_down(void *engine, int64_t want)
{
    int64_t *left = engine;
    int64_t batch = want < *left ? want : *left;

    *left -= batch;
    return batch;
}

/* Call `body` for `iterations` and return the sample. */
static struct sample run_table(const struct bench_table *table,
                               int64_t iterations, double clock_cost_ns)
{
    struct measured measured = {.row = {.table = table}};
    struct bench_run run = {.next = count_down, .engine = &iterations};
    struct sample sample;

    run.sample = measured_add(&measured);
    assert_non_null(run.sample);
    run_body(&measured, &run, clock_cost_ns);
    sample = *run.sample;
    measured_free(&measured);
    return sample;
}

static struct sample run_body_of(void (*body)(struct bench_run *, void *))
{
    const struct bench_table table = {.subject = "t", .body = body};

    return run_table(&table, 10, 0);
}

static void loops(struct bench_run *run, void *state)
{
    (void)state;
    while (bench_next(run, 3) > 0) {
    }
}

static void batches_add_up_to_the_iterations(void **state)
{
    struct sample sample = run_body_of(loops);

    (void)state;
    assert_int_equal(sample.iterations, 10);
    assert_int_equal(sample.state, BENCH_OK);
    assert_int_equal(sample.usage_known, MM_OK);
}

static void leaves_early(struct bench_run *run, void *state)
{
    (void)state;
    (void)bench_next(run, 1);
}

static void a_body_that_leaves_its_loop_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(run_body_of(leaves_early).state, BENCH_ERROR);
}

static void fails_in_the_middle(struct bench_run *run, void *state)
{
    (void)state;
    while (bench_next(run, 1) > 0) {
        bench_check(run, MM_IO, "read 'x'");
    }
}

static void nothing_runs_after_a_failure(void **state)
{
    struct sample sample = run_body_of(fails_in_the_middle);

    (void)state;
    assert_int_equal(sample.iterations, 1);
    assert_int_equal(sample.state, BENCH_ERROR);
    assert_non_null(strstr(sample.reason.text, "read 'x'"));
}

static void cannot_be_done(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, MM_UNSUPPORTED, "prefetch");
    assert_int_equal(bench_next(run, 1), 0);
}

static void what_cannot_be_done_is_unsupported(void **state)
{
    (void)state;
    assert_int_equal(run_body_of(cannot_be_done).state, BENCH_UNSUPPORTED);
}

static void counts_nan(struct bench_run *run, void *state)
{
    loops(run, state);
    bench_count(run, BENCH_BYTES, NAN);
}

static void counts_infinity(struct bench_run *run, void *state)
{
    loops(run, state);
    bench_count(run, BENCH_BYTES, INFINITY);
}

static void a_counter_must_be_finite(void **state)
{
    struct sample sample = run_body_of(counts_nan);

    (void)state;
    assert_int_equal(sample.state, BENCH_ERROR);
    assert_false(sample.counted[BENCH_BYTES]);
    assert_int_equal(run_body_of(counts_infinity).state, BENCH_ERROR);
}

static void judges_up_and_down(struct bench_run *run, void *state)
{
    loops(run, state);
    bench_judge(run, BENCH_VOID, "first %d", 1);
    bench_judge(run, BENCH_UNPROVED, "second");
    bench_judge(run, BENCH_VOID, "third");
}

static void the_worst_and_first_reason_stays(void **state)
{
    struct sample sample = run_body_of(judges_up_and_down);

    (void)state;
    assert_int_equal(sample.state, BENCH_VOID);
    assert_string_equal(sample.reason.text, "first 1");
}

static void takes_a_microsecond(struct bench_run *run, void *state)
{
    const struct bench_phases phases = {.ns = {[BENCH_PHASE_ACCESS] = 1000},
                                        .readings = 1};

    (void)state;
    while (bench_next(run, 1) > 0) {
        bench_phase_times(run, &phases);
    }
}

static void a_dear_clock_leaves_a_row_unproved(void **state)
{
    const struct bench_table table = {.subject = "t",
                                      .flags = BENCH_TIMED_BY_HAND,
                                      .body = takes_a_microsecond};
    struct sample sample = run_table(&table, 10, 15);

    (void)state;
    assert_int_equal(sample.state, BENCH_OK); /* 1.5 % */
    assert_int_equal(sample_phases_ns(&sample), 10000);
    sample = run_table(&table, 10, 25);
    assert_int_equal(sample.state, BENCH_UNPROVED); /* 2.5 % */
}

static void a_row_timed_by_hand_must_take_time(void **state)
{
    const struct bench_table table = {
        .subject = "t", .flags = BENCH_TIMED_BY_HAND, .body = loops};

    (void)state;
    assert_int_equal(run_table(&table, 10, 0).state, BENCH_ERROR);
}

static void touches_fresh_pages(struct bench_run *run, void *state)
{
    enum { PAGES = 256, PAGE = 4096 };
    static unsigned char octets[PAGES * PAGE];

    (void)state;
    while (bench_next(run, 1) > 0) {
        for (size_t i = 0; i < sizeof(octets); i += PAGE) {
            ((volatile unsigned char *)octets)[i] = 1;
        }
    }
}

static void faults_of_the_loop_are_accounted(void **state)
{
    struct sample sample = run_body_of(touches_fresh_pages);

    (void)state;
    if (sample.used.minor_faults == MM_UNKNOWN) {
        SKIP_TEST("this system does not count faults");
    }
    /* Large pages may make it one fault, but never none. */
    assert_true(sample.used.minor_faults >= 1);
    assert_true(sample.used.minor_faults < 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_add_up_to_the_iterations),
        cmocka_unit_test(a_body_that_leaves_its_loop_is_an_error),
        cmocka_unit_test(nothing_runs_after_a_failure),
        cmocka_unit_test(what_cannot_be_done_is_unsupported),
        cmocka_unit_test(a_counter_must_be_finite),
        cmocka_unit_test(the_worst_and_first_reason_stays),
        cmocka_unit_test(a_dear_clock_leaves_a_row_unproved),
        cmocka_unit_test(a_row_timed_by_hand_must_take_time),
        cmocka_unit_test(faults_of_the_loop_are_accounted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
