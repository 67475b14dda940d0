/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/clock.h>

#include "support.h"

static void the_clock_never_goes_back(void **state)
{
    uint64_t last = mm_clock_ns();

    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint64_t now = mm_clock_ns();

        assert_true(now >= last);
        last = now;
    }
}

struct relay {
    _Atomic uint64_t latest;
    atomic_int backwards;
};

/* Whoever reads after another thread has stored must not read less. */
static void run_relay(void *context)
{
    struct relay *relay = context;

    for (int i = 0; i < 20000; i++) {
        uint64_t seen = atomic_load(&relay->latest);
        uint64_t now = mm_clock_ns();

        if (now < seen) {
            atomic_fetch_add(&relay->backwards, 1);
        }
        while (seen < now &&
               !atomic_compare_exchange_weak(&relay->latest, &seen, now)) {
        }
    }
}

static void threads_read_the_same_clock(void **state)
{
    struct relay relay = {0};

    (void)state;
    assert_true(support_in_threads(4, run_relay, &relay));
    assert_int_equal(atomic_load(&relay.backwards), 0);
}

static void reading_the_clock_costs_less_than_a_millisecond(void **state)
{
    double cost = mm_clock_cost_ns();

    (void)state;
    assert_true(cost > 0);
    assert_true(cost < 1000000);
}

static void the_smallest_step_is_between_one_ns_and_20_ms(void **state)
{
    uint64_t step = mm_clock_resolution_ns();

    (void)state;
    assert_in_range(step, 1, 20000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_never_goes_back),
        cmocka_unit_test(threads_read_the_same_clock),
        cmocka_unit_test(reading_the_clock_costs_less_than_a_millisecond),
        cmocka_unit_test(the_smallest_step_is_between_one_ns_and_20_ms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
