/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "passes.h"
#include "run.h"

enum { ITERATIONS = 5 };

/* A row of five iterations, and the engine that asks for them. */
struct trial {
    struct bench_table table;
    struct bench_row row;
    struct sample sample;
    struct bench_run run;
    int64_t left;
    uint64_t calls;
    uint64_t checksum;
};

static int64_t next(void *engine, int64_t want)
{
    int64_t *left = engine;
    int64_t batch = want < *left ? want : *left;

    *left -= batch;
    return batch;
}

static int64_t run(struct trial *trial, passes_body *body)
{
    int64_t passes;

    memset(trial, 0, sizeof(*trial));
    trial->left = ITERATIONS;
    trial->row.table = &trial->table;
    trial->run = (struct bench_run){.row = &trial->row,
                                    .sample = &trial->sample,
                                    .next = next,
                                    .engine = &trial->left};
    passes = passes_run(&trial->run, body, trial, &trial->checksum);
    free(trial->sample.latencies);
    return passes;
}

static bool is_alike(void *context, uint64_t *checksum_out)
{
    struct trial *trial = context;

    trial->calls++;
    *checksum_out = 99;
    return true;
}

static bool differs(void *context, uint64_t *checksum_out)
{
    struct trial *trial = context;

    *checksum_out = trial->calls++ == 3 ? 1 : 2;
    return true;
}

static bool fails_at_third(void *context, uint64_t *checksum_out)
{
    struct trial *trial = context;

    *checksum_out = 99;
    return ++trial->calls < 3 || bench_check(&trial->run, MM_IO, "go on");
}

static void passes_that_agree_give_their_checksum(void **state)
{
    struct trial trial;

    (void)state;
    assert_int_equal(run(&trial, is_alike), ITERATIONS);
    assert_int_equal(trial.calls, ITERATIONS);
    assert_int_equal(trial.checksum, 99);
    assert_int_equal(trial.sample.state, BENCH_OK);
}

static void passes_that_disagree_make_the_sample_void(void **state)
{
    struct trial trial;

    (void)state;
    assert_int_equal(run(&trial, differs), ITERATIONS);
    assert_int_equal(trial.sample.state, BENCH_VOID);
}

static void a_pass_that_fails_is_the_last(void **state)
{
    struct trial trial;

    (void)state;
    assert_int_equal(run(&trial, fails_at_third), 2);
    assert_int_equal(trial.calls, 3);
    assert_int_equal(trial.sample.state, BENCH_ERROR);
}

static void single_passes_are_more_and_may_scatter_more(void **state)
{
    const struct bench_options options = {.quick = true};
    struct bench_sampling many = {0}, single = {0};

    (void)state;
    passes_many(&options, 1, &many);
    passes_single(1, &single);
    assert_int_equal(many.iterations, 0);
    assert_true(many.min_seconds > 0);
    assert_int_equal(single.iterations, 1);
    assert_true(single.repetitions > many.repetitions);
    assert_true(single.variation_max > many.variation_max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_that_agree_give_their_checksum),
        cmocka_unit_test(passes_that_disagree_make_the_sample_void),
        cmocka_unit_test(a_pass_that_fails_is_the_last),
        cmocka_unit_test(single_passes_are_more_and_may_scatter_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
