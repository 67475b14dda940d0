/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "steadiness.h"

enum { COUNT = 7 };

static void assert_near(double value, double wanted)
{
    assert_true(value > wanted - 1e-9 && value < wanted + 1e-9);
}

static void equal_times_are_steady(void **state)
{
    static const double times[COUNT] = {5, 5, 5, 5, 5, 5, 5};
    struct steadiness found = steadiness_of(times, COUNT);

    (void)state;
    assert_near(found.variation, 0);
    assert_near(found.rise, 0);
    assert_false(found.drifts);
}

static void variation_is_the_deviation_over_the_mean(void **state)
{
    static const double times[] = {2, 4, 4, 6};
    struct steadiness found = steadiness_of(times, 4);

    (void)state;
    /* squares 4 + 0 + 0 + 4, over 3 */
    assert_near(found.variation * found.variation, 8.0 / 3 / 16);
}

static void a_line_drifts_by_its_rise(void **state)
{
    static const double up[COUNT] = {10, 11, 12, 13, 14, 15, 16};
    static const double down[COUNT] = {16, 15, 14, 13, 12, 11, 10};
    struct steadiness found = steadiness_of(up, COUNT);

    (void)state;
    assert_true(found.drifts);
    assert_near(found.rise, 6.0 / 13);
    found = steadiness_of(down, COUNT);
    assert_true(found.drifts);
    assert_near(found.rise, -6.0 / 13);
}

static void one_slow_end_is_no_drift(void **state)
{
    static const double times[COUNT] = {10, 9, 11, 10, 9, 11, 30};

    (void)state;
    assert_false(steadiness_of(times, COUNT).drifts);
}

/* Of all 5040 orders of seven times, chance may call one in a hundred a
 * drift. */
static void order_swap(double *times, size_t i, size_t k)
{
    double kept = times[i];

    times[i] = times[k];
    times[k] = kept;
}

static void count_drifts(double *times, size_t from, unsigned *drifts,
                         unsigned *orders)
{
    if (from == COUNT) {
        (*orders)++;
        *drifts += steadiness_of(times, COUNT).drifts ? 1 : 0;
        return;
    }
    for (size_t i = from; i < COUNT; i++) {
        order_swap(times, from, i);
        count_drifts(times, from + 1, drifts, orders);
        order_swap(times, from, i);
    }
}

static void chance_is_called_a_drift_once_in_a_hundred(void **state)
{
    double times[COUNT] = {1, 2, 3, 4, 5, 6, 7};
    unsigned drifts = 0, orders = 0;

    (void)state;
    count_drifts(times, 0, &drifts, &orders);
    assert_int_equal(orders, 5040);
    assert_true(drifts > 0);
    assert_true(drifts <= orders / 100);
}

static void four_times_are_too_few_for_a_drift(void **state)
{
    static const double times[] = {1, 2, 3, 4};

    (void)state;
    assert_false(steadiness_of(times, 4).drifts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_times_are_steady),
        cmocka_unit_test(variation_is_the_deviation_over_the_mean),
        cmocka_unit_test(a_line_drifts_by_its_rise),
        cmocka_unit_test(one_slow_end_is_no_drift),
        cmocka_unit_test(chance_is_called_a_drift_once_in_a_hundred),
        cmocka_unit_test(four_times_are_too_few_for_a_drift),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
