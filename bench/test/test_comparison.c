/* SPDX-License-Identifier: MIT */
/* Rows as they would have been measured, judged by each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "comparison.h"

enum { WAYS = 3, WHOLE = 0, HINTED = 1, WINDOW = 2, REPETITIONS = 3 };

/* The whole mappings of the same file; the window has its own reasons. */
static bool faults_alike(const struct bench_row *row)
{
    return row->words[0] != WINDOW;
}

static const char *const ways[] = {"whole", "hinted", "window", NULL};
static const struct bench_words words[] = {{"way", ways}};
static const struct bench_table table = {
    .subject = "t",
    .words = words,
    .word_count = 1,
    .faults_alike = faults_alike,
};

static struct measured rows[WAYS];

static int make_rows(void **state)
{
    (void)state;
    memset(rows, 0, sizeof(rows));
    for (unsigned way = 0; way < WAYS; way++) {
        rows[way].row.table = &table;
        rows[way].row.words[0] = way;
        for (int i = 0; i < REPETITIONS; i++) {
            struct sample *sample = measured_add(&rows[way]);

            if (sample == NULL) {
                return -1;
            }
            sample->role = SAMPLE_KEPT;
            sample->iterations = 1;
            rows[way].kept++;
        }
    }
    return 0;
}

static int free_rows(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS; way++) {
        measured_free(&rows[way]);
    }
    return 0;
}

static void set(int way, size_t repetition, double pages, uint64_t minor,
                uint64_t major)
{
    struct sample *sample = &rows[way].samples[repetition];

    sample->counters[BENCH_PAGES] = pages;
    sample->counted[BENCH_PAGES] = true;
    sample->used.minor_faults = minor;
    sample->used.major_faults = major;
}

static void set_all(int way, double pages, uint64_t minor, uint64_t major)
{
    for (size_t i = 0; i < REPETITIONS; i++) {
        set(way, i, pages, minor, major);
    }
}

static void assert_states(enum bench_state whole, enum bench_state hinted,
                          enum bench_state window)
{
    comparison_check_faults(rows, WAYS);
    assert_int_equal(rows[WHOLE].worst, whole);
    assert_int_equal(rows[HINTED].worst, hinted);
    assert_int_equal(rows[WINDOW].worst, window);
}

static void ways_with_other_faults_than_alike_ones_are_void(void **state)
{
    (void)state;
    set_all(WHOLE, 65536, 4096, 0);
    set_all(HINTED, 65536, 65536, 0);
    set_all(WINDOW, 65536, 65536, 0);
    assert_states(BENCH_VOID, BENCH_VOID, BENCH_OK);
    assert_non_null(strstr(rows[WHOLE].reason.text, "1.00 pages for 'hinted'"));
    assert_non_null(strstr(rows[WHOLE].reason.text, "15.75 for 'whole'"));
}

static void a_tenth_more_pages_per_fault_is_alike(void **state)
{
    (void)state;
    set_all(WHOLE, 65536, 4096, 0);
    set_all(HINTED, 65536, 4096 - 4096 / 12, 0);
    assert_states(BENCH_OK, BENCH_OK, BENCH_OK);
    set_all(HINTED, 65536, 4096 - 4096 / 9, 0);
    assert_states(BENCH_VOID, BENCH_VOID, BENCH_OK);
}

static void faults_of_both_kinds_count(void **state)
{
    (void)state;
    set_all(WHOLE, 65536, 4096, 0);
    set_all(HINTED, 65536, 96, 4000);
    assert_states(BENCH_OK, BENCH_OK, BENCH_OK);
}

static void one_other_repetition_is_enough(void **state)
{
    (void)state;
    set_all(WHOLE, 65536, 4096, 0);
    set_all(HINTED, 65536, 4096, 0);
    set(WHOLE, 1, 65536, 1024, 0);
    assert_states(BENCH_VOID, BENCH_VOID, BENCH_OK);
}

/* They are the harness's as well. */
static void few_faults_tell_nothing(void **state)
{
    (void)state;
    set_all(WHOLE, 16, 1, 0);
    set_all(HINTED, 16, 16, 0);
    assert_states(BENCH_OK, BENCH_OK, BENCH_OK);
}

/* A small file is in one aligned group of pages, or in two. */
static void where_a_view_begins_tells_nothing(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS; way++) {
        for (int i = 0; i < REPETITIONS; i++) {
            rows[way].samples[i].iterations = 1000;
        }
    }
    set_all(WHOLE, 16000, 1000, 0);
    set_all(HINTED, 16000, 2000, 0);
    assert_states(BENCH_OK, BENCH_OK, BENCH_OK);
    set_all(HINTED, 16000, 16000, 0);
    assert_states(BENCH_VOID, BENCH_VOID, BENCH_OK);
}

static void the_first_call_of_a_row_tells_nothing(void **state)
{
    (void)state;
    set_all(WHOLE, 65536, 4096, 0);
    set_all(HINTED, 65536, 4096, 0);
    set(WHOLE, 0, 65536, 12288, 0);
    assert_states(BENCH_OK, BENCH_OK, BENCH_OK);
}

static void uncounted_faults_tell_nothing(void **state)
{
    (void)state;
    set_all(WHOLE, 65536, 4096, MM_UNKNOWN);
    set_all(HINTED, 65536, MM_UNKNOWN, MM_UNKNOWN);
    assert_states(BENCH_OK, BENCH_OK, BENCH_OK);
}

static void a_failed_row_makes_no_other_void(void **state)
{
    (void)state;
    set_all(WHOLE, 65536, 4096, 0);
    set_all(HINTED, 65536, 65536, 0);
    measured_judge(&rows[HINTED], BENCH_ERROR, "failed");
    assert_states(BENCH_OK, BENCH_ERROR, BENCH_OK);
}

#define TEST(fact) cmocka_unit_test_setup_teardown(fact, make_rows, free_rows)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ways_with_other_faults_than_alike_ones_are_void),
        TEST(a_tenth_more_pages_per_fault_is_alike),
        TEST(faults_of_both_kinds_count),
        TEST(one_other_repetition_is_enough),
        TEST(few_faults_tell_nothing),
        TEST(where_a_view_begins_tells_nothing),
        TEST(the_first_call_of_a_row_tells_nothing),
        TEST(uncounted_faults_tell_nothing),
        TEST(a_failed_row_makes_no_other_void),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
