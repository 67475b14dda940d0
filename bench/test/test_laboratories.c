/* SPDX-License-Identifier: MIT */
/* What the laboratories beside reading and writing plan, and how long they say
 * it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine.h"

extern const struct bench_table bench_copy_mapped_or_calls;
extern const struct bench_table bench_record_mapped_or_calls;
extern const struct bench_table bench_sparse_mapped_or_calls;
extern const struct bench_table bench_ipc_round_trip;
extern const struct bench_table bench_ipc_uncontended;

static const struct bench_table *const tables[] = {
    &bench_copy_mapped_or_calls,
    &bench_record_mapped_or_calls,
    &bench_sparse_mapped_or_calls,
    NULL,
};

static const struct bench_table *const wakeups[] = {
    &bench_ipc_round_trip,
    &bench_ipc_uncontended,
    NULL,
};

static const struct bench_options quick = {.quick = true};
static const struct bench_options full = {.quick = false};
static const struct bench_options all = {.all = true};

static bool contains(const char *name, void *context)
{
    return strstr(name, context) != NULL;
}

/* How many rows of the plan have the text in their name. */
static size_t count_rows(const struct bench_options *options, const char *text)
{
    char wanted[BENCH_NAME_MAX];
    const struct plan_terms terms = {tables, options, contains, wanted};
    struct plan plan;
    size_t count;

    snprintf(wanted, sizeof(wanted), "%s", text);
    assert_int_equal(plan_make(&terms, &plan), MM_OK);
    count = plan.count;
    plan_free(&plan);
    return count;
}

static double seconds_of(const struct bench_table *const *some,
                         const struct bench_options *options)
{
    const struct plan_terms terms = {some, options, NULL, NULL};
    struct plan plan;
    double seconds;

    assert_int_equal(plan_make(&terms, &plan), MM_OK);
    assert_true(plan.count > 0);
    seconds = engine_seconds(&plan, options);
    plan_free(&plan);
    return seconds;
}

static void the_quick_plans_together_take_twelve_seconds_at_most(void **state)
{
    (void)state;
    assert_true(seconds_of(tables, &quick) <= 12);
}

static void
waking_takes_twenty_five_seconds_of_a_quick_plan_at_most(void **state)
{
    (void)state;
    assert_true(seconds_of(wakeups, &quick) <= 25);
    assert_true(seconds_of(wakeups, &full) <= 300);
}

static void each_full_plan_takes_five_minutes_at_most(void **state)
{
    (void)state;
    for (size_t i = 0; tables[i] != NULL; i++) {
        const struct bench_table *const one[] = {tables[i], NULL};

        assert_true(seconds_of(one, &full) <= 300);
    }
}

static void every_plan_has_a_row_of_each_laboratory(void **state)
{
    (void)state;
    for (size_t i = 0; tables[i] != NULL; i++) {
        const char *subject = tables[i]->subject;
        size_t few = count_rows(&quick, subject);
        size_t more = count_rows(&full, subject);

        assert_true(few >= 3);
        assert_true(more > few);
        assert_true(count_rows(&all, subject) > more);
    }
}

static void a_given_file_is_no_database_and_no_copy(void **state)
{
    const struct bench_options given = {.all = true, .file_size = 1 << 20};

    (void)state;
    assert_int_equal(count_rows(&given, "/"), 0);
}

static void more_than_four_gibibytes_are_copied_on_request_only(void **state)
{
    const char *huge = "copy/mapped/durable/warm/size:4295032833";

    (void)state;
    assert_int_equal(count_rows(&quick, huge), 0);
    assert_int_equal(count_rows(&full, huge), 0);
    assert_int_equal(count_rows(&all, huge), 1);
    assert_int_equal(count_rows(&all, "copy/stdio/dirty/warm/size:4295032833"),
                     0);
}

static void an_empty_file_is_copied_and_is_never_cold(void **state)
{
    (void)state;
    assert_int_equal(count_rows(&full, "copy/mapped/durable/warm/size:0"), 1);
    assert_int_equal(count_rows(&all, "/cold/size:0"), 0);
}

static void only_updates_are_flushed(void **state)
{
    (void)state;
    assert_int_equal(count_rows(&all, "/find/each"), 0);
    assert_int_equal(count_rows(&all, "/read/periodic"), 0);
    assert_int_equal(count_rows(&full, "/update/each/warm/records:1000000"), 4);
    assert_int_equal(
        count_rows(&full, "/update-page/periodic/warm/records:1000000"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_quick_plans_together_take_twelve_seconds_at_most),
        cmocka_unit_test(
            waking_takes_twenty_five_seconds_of_a_quick_plan_at_most),
        cmocka_unit_test(each_full_plan_takes_five_minutes_at_most),
        cmocka_unit_test(every_plan_has_a_row_of_each_laboratory),
        cmocka_unit_test(a_given_file_is_no_database_and_no_copy),
        cmocka_unit_test(more_than_four_gibibytes_are_copied_on_request_only),
        cmocka_unit_test(an_empty_file_is_copied_and_is_never_cold),
        cmocka_unit_test(only_updates_are_flushed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
