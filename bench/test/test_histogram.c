/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "histogram.h"

/* The bounds of the one bucket that counts `ns`. */
static void bounds_of(uint64_t ns, uint64_t *lower_out, uint64_t *upper_out)
{
    struct histogram histogram = {0};
    size_t found = 0;

    histogram_record(&histogram, ns);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram.buckets[i] > 0) {
            histogram_bounds(i, lower_out, upper_out);
            found++;
        }
    }
    assert_int_equal(found, 1);
}

static void the_middle_of_a_bucket_is_within_one_percent(void **state)
{
    (void)state;
    for (uint64_t ns = 1; ns < HISTOGRAM_MAX_NS; ns += ns / 10 + 1) {
        uint64_t lower, upper, middle;
        double off;

        bounds_of(ns, &lower, &upper);
        middle = lower + (upper - lower) / 2;
        off = middle > ns ? (double)(middle - ns) : (double)(ns - middle);
        assert_true(off / (double)ns < 0.01);
    }
}

static void buckets_touch_without_gap_or_overlap(void **state)
{
    uint64_t lower, upper, before = 0;

    (void)state;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        histogram_bounds(i, &lower, &upper);
        assert_int_equal(lower, before);
        assert_true(upper > lower);
        before = upper;
    }
    assert_true(before > HISTOGRAM_MAX_NS);
}

static void every_value_falls_into_the_bucket_that_bounds_it(void **state)
{
    (void)state;
    for (uint64_t ns = 1; ns < HISTOGRAM_MAX_NS; ns = ns * 3 + 1) {
        uint64_t lower, upper;

        bounds_of(ns, &lower, &upper);
        assert_true(lower <= ns && ns < upper);
    }
}

static void a_value_out_of_range_is_clamped_and_counted(void **state)
{
    struct histogram histogram = {0};

    (void)state;
    histogram_record(&histogram, 0);
    histogram_record(&histogram, HISTOGRAM_MAX_NS + 1);
    histogram_record(&histogram, UINT64_MAX);
    histogram_record(&histogram, 5);
    assert_int_equal(histogram.count, 4);
    assert_int_equal(histogram.clamped, 3);
    assert_int_equal(histogram.min_ns, HISTOGRAM_MIN_NS);
    assert_int_equal(histogram.max_ns, HISTOGRAM_MAX_NS);
}

static void added_histograms_count_as_one(void **state)
{
    struct histogram all = {0}, low = {0}, high = {0};

    (void)state;
    for (uint64_t ns = 1; ns <= 1000; ns++) {
        histogram_record(&all, ns * 1000);
        histogram_record(ns <= 500 ? &low : &high, ns * 1000);
    }
    histogram_add(&low, &high);
    assert_memory_equal(&low, &all, sizeof(all));
}

static void adding_an_empty_histogram_changes_nothing(void **state)
{
    struct histogram empty = {0}, one = {0}, copy;

    (void)state;
    histogram_record(&one, 7);
    copy = one;
    histogram_add(&one, &empty);
    assert_memory_equal(&one, &copy, sizeof(one));
}

static void percentiles_of_a_uniform_spread_are_its_shares(void **state)
{
    static const double shares[] = {0.5, 0.9, 0.99, 0.999};
    struct histogram histogram = {0};

    (void)state;
    for (uint64_t ns = 1; ns <= 100000; ns++) {
        histogram_record(&histogram, ns);
    }
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        double wanted = shares[i] * 100000;
        double told = (double)histogram_percentile(&histogram, shares[i]);

        assert_true(told > wanted * 0.99 && told < wanted * 1.01);
    }
    assert_int_equal(histogram_percentile(&histogram, 1), 100000);
}

static void an_empty_histogram_has_no_percentile(void **state)
{
    struct histogram histogram = {0};

    (void)state;
    assert_int_equal(histogram_percentile(&histogram, 0.5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_middle_of_a_bucket_is_within_one_percent),
        cmocka_unit_test(buckets_touch_without_gap_or_overlap),
        cmocka_unit_test(every_value_falls_into_the_bucket_that_bounds_it),
        cmocka_unit_test(a_value_out_of_range_is_clamped_and_counted),
        cmocka_unit_test(added_histograms_count_as_one),
        cmocka_unit_test(adding_an_empty_histogram_changes_nothing),
        cmocka_unit_test(percentiles_of_a_uniform_spread_are_its_shares),
        cmocka_unit_test(an_empty_histogram_has_no_percentile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
