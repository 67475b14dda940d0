/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/process.h>

#include "inject.h"
#include "skip.h"

/* More than two rounds of the pages that it has. */
enum { MANY = 10000 };

static void assert_read(const char *text, enum mmi_injected kind,
                        uint32_t amount)
{
    struct mmi_injection injection;

    assert_true(mmi_injection_read(text, &injection));
    assert_int_equal(injection.kind, kind);
    assert_int_equal(injection.amount, amount);
}

static void what_to_inject_is_read_from_a_text(void **state)
{
    (void)state;
    assert_read("work:250", MMI_INJECT_WORK, 250);
    assert_read("call:1", MMI_INJECT_CALLS, 1);
    assert_read("fault:4294967295", MMI_INJECT_FAULTS, UINT32_MAX);
    assert_read("work:0", MMI_INJECT_WORK, 0);
}

static void nothing_is_injected_unless_it_is_asked_for(void **state)
{
    (void)state;
    assert_read(NULL, MMI_INJECT_NOTHING, 0);
    assert_read("", MMI_INJECT_NOTHING, 0);
    assert_read("none", MMI_INJECT_NOTHING, 0);
}

static void what_makes_no_sense_is_nothing(void **state)
{
    static const char *const texts[] = {
        "work",
        "work:",
        "work:-1",
        "work:1 ",
        "work: 1",
        "Work:1",
        "work:0x1",
        "nap:1",
        ":1",
        "1",
        "nonesuch",
        "call:1.5",
        "fault:4294967296",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct mmi_injection injection = {MMI_INJECT_CALLS, 7};

        assert_false(mmi_injection_read(texts[i], &injection));
        assert_int_equal(injection.kind, MMI_INJECT_NOTHING);
    }
}

static struct mm_process_usage used(void)
{
    struct mm_process_usage usage;

    assert_int_equal(mm_process_get_usage(NULL, &usage), MM_OK);
    return usage;
}

static uint64_t faults_of(enum mmi_injected kind, uint32_t amount)
{
    const struct mmi_injection injection = {kind, amount};
    uint64_t before = used().minor_faults;

    mmi_injection_do(&injection);
    return used().minor_faults - before;
}

static void every_fault_that_is_injected_is_one(void **state)
{
    (void)state;
    if (used().minor_faults == MM_UNKNOWN || used().minor_faults == 0) {
        SKIP_TEST("this system does not count faults");
    }
    assert_true(faults_of(MMI_INJECT_FAULTS, MANY) >= MANY);
    assert_true(faults_of(MMI_INJECT_FAULTS, MANY) >= MANY);
}

static void calls_and_work_are_no_faults(void **state)
{
    (void)state;
    assert_true(faults_of(MMI_INJECT_CALLS, MANY) < MANY / 10);
    assert_true(faults_of(MMI_INJECT_WORK, MANY) < MANY / 10);
    assert_true(faults_of(MMI_INJECT_NOTHING, MANY) < MANY / 10);
}

static void more_work_takes_more_time(void **state)
{
    const struct mmi_injection work = {MMI_INJECT_WORK, 100 * 1000 * 1000};
    struct mm_process_usage before = used(), after;

    (void)state;
    mmi_injection_do(&work);
    after = used();
    /* A nanosecond a unit, roughly; a tenth of it on any machine. */
    assert_true(after.user_ns - before.user_ns >= work.amount / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_to_inject_is_read_from_a_text),
        cmocka_unit_test(nothing_is_injected_unless_it_is_asked_for),
        cmocka_unit_test(what_makes_no_sense_is_nothing),
        cmocka_unit_test(every_fault_that_is_injected_is_one),
        cmocka_unit_test(calls_and_work_are_no_faults),
        cmocka_unit_test(more_work_takes_more_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
