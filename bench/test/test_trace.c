/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace.h"

static struct trace *make(enum trace_pattern pattern, uint64_t file_size,
                          uint64_t access_size, size_t count_max, uint64_t seed)
{
    struct trace *trace = NULL;

    assert_int_equal(
        trace_make(pattern, file_size, access_size, count_max, seed, &trace),
        MM_OK);
    assert_non_null(trace);
    return trace;
}

static uint64_t pages(const struct trace *trace, uint64_t page_size)
{
    uint64_t count = 0;

    assert_int_equal(trace_pages(trace, page_size, &count), MM_OK);
    return count;
}

static void a_sequential_trace_covers_the_file_in_order(void **state)
{
    struct trace *trace = make(TRACE_SEQUENTIAL, 10001, 4096, 100, 1);
    uint64_t next = 0;

    (void)state;
    for (size_t i = 0; i < trace->count; i++) {
        assert_int_equal(trace_offset(trace, i), next);
        next += trace_size(trace, next);
    }
    assert_int_equal(next, 10001);
    trace_free(trace);
}

static void assert_every_part_once(enum trace_pattern pattern)
{
    static const uint64_t counts[] = {1,  2,    3,    5,    15,   16,
                                      17, 1000, 1023, 1025, 65537};

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct trace *trace =
            make(pattern, counts[i] * 512, 512, TRACE_ACCESSES_MAX, 7);
        unsigned char *seen = calloc(counts[i], 1);

        assert_non_null(seen);
        assert_int_equal(trace->count, counts[i]);
        for (size_t k = 0; k < trace->count; k++) {
            assert_true(trace->parts[k] < counts[i]);
            assert_int_equal(seen[trace->parts[k]]++, 0);
        }
        free(seen);
        trace_free(trace);
    }
}

static void these_traces_visit_every_part_once(void **state)
{
    (void)state;
    assert_every_part_once(TRACE_RANDOM);
    assert_every_part_once(TRACE_REVERSE);
    assert_every_part_once(TRACE_STRIDE);
}

static void a_reverse_trace_starts_at_the_end(void **state)
{
    struct trace *trace = make(TRACE_REVERSE, 10001, 4096, 2, 1);

    (void)state;
    assert_int_equal(trace->count, 2);
    assert_int_equal(trace_offset(trace, 0), 8192);
    assert_int_equal(trace_size(trace, 8192), 10001 - 8192);
    assert_int_equal(trace_offset(trace, 1), 4096);
    trace_free(trace);
}

static void a_stride_trace_takes_every_16th_part(void **state)
{
    struct trace *trace = make(TRACE_STRIDE, UINT64_C(40) * 512, 512, 100, 1);
    static const uint32_t expected[] = {0, 16, 32, 1, 17, 33};
    static const uint32_t last[] = {14, 30, 15, 31};

    (void)state;
    assert_int_equal(trace->count, 40);
    assert_memory_equal(trace->parts, expected, sizeof(expected));
    assert_memory_equal(&trace->parts[36], last, sizeof(last));
    trace_free(trace);
}

/* Of parts drawn in proportion to 1/rank, the harmonic number of their count
 * says how often each rank comes. */
static void zipf_ranks_come_as_often_as_they_should(void **state)
{
    enum { PARTS = 1000000 };
    struct trace *trace =
        make(TRACE_ZIPF, UINT64_C(512) * PARTS, 512, PARTS, 3);
    struct trace *ranks =
        make(TRACE_RANDOM, UINT64_C(512) * PARTS, 512, PARTS, 3);
    static const size_t tested[] = {0, 1, 2, 9, 99};
    double harmonic = 0;
    size_t *counts = calloc(PARTS, sizeof(*counts));

    (void)state;
    assert_non_null(counts);
    assert_int_equal(trace->count, PARTS);
    for (size_t i = 0; i < PARTS; i++) {
        assert_true(trace->parts[i] < PARTS);
        counts[trace->parts[i]]++;
    }
    for (int rank = PARTS; rank > 0; rank--) {
        harmonic += 1.0 / rank;
    }
    for (size_t i = 0; i < sizeof(tested) / sizeof(tested[0]); i++) {
        double expected = PARTS / harmonic / (double)(tested[i] + 1);
        double off = (double)counts[ranks->parts[tested[i]]] / expected;

        /* Four standard deviations of the rarest one tested: 15 %. */
        assert_true(off > 0.85 && off < 1.15);
    }
    free(counts);
    trace_free(trace);
    trace_free(ranks);
}

static void a_page_that_many_accesses_share_counts_once(void **state)
{
    struct trace *bytes = make(TRACE_STRIDE, 8192, 1, 8192, 1);
    struct trace *odd = make(TRACE_SEQUENTIAL, 12288, 5000, 100, 1);

    (void)state;
    assert_int_equal(pages(bytes, 4096), 2);
    assert_int_equal(pages(odd, 4096), 3);
    trace_free(bytes);
    trace_free(odd);
}

static void a_random_trace_is_far_from_sequential(void **state)
{
    struct trace *trace =
        make(TRACE_RANDOM, UINT64_C(4096) * 4096, 4096, TRACE_ACCESSES_MAX, 1);
    size_t neighbours = 0, low_half_first = 0;

    (void)state;
    for (size_t i = 1; i < trace->count; i++) {
        uint32_t before = trace->parts[i - 1], now = trace->parts[i];

        neighbours += now == before + 1 || before == now + 1 ? 1 : 0;
        low_half_first += i < trace->count / 2 && now < 2048 ? 1 : 0;
    }
    /* 2 of 4096 are expected; and a half of the parts in each half. */
    assert_true(neighbours < 20);
    assert_true(low_half_first > 900 && low_half_first < 1150);
    trace_free(trace);
}

static void the_seed_alone_decides_a_random_trace(void **state)
{
    struct trace *one = make(TRACE_RANDOM, 1 << 20, 512, 100, 1);
    struct trace *same = make(TRACE_RANDOM, 1 << 20, 512, 100, 1);
    struct trace *other = make(TRACE_RANDOM, 1 << 20, 512, 100, 2);
    size_t size = one->count * sizeof(one->parts[0]);

    (void)state;
    assert_memory_equal(one->parts, same->parts, size);
    assert_int_not_equal(memcmp(one->parts, other->parts, size), 0);
    trace_free(one);
    trace_free(same);
    trace_free(other);
}

static void a_short_budget_keeps_the_trace_short(void **state)
{
    struct trace *trace = make(TRACE_RANDOM, 1 << 30, 4096, 1024, 1);

    (void)state;
    assert_int_equal(trace->count, 1024);
    assert_int_equal(trace_bytes(trace), 1024 * 4096);
    assert_int_equal(pages(trace, 4096), 1024);
    trace_free(trace);
}

static void the_last_part_of_a_file_may_be_short(void **state)
{
    struct trace *trace = make(TRACE_RANDOM, 4097, 4096, 10, 1);

    (void)state;
    assert_int_equal(trace->count, 2);
    assert_int_equal(trace_bytes(trace), 4097);
    assert_int_equal(pages(trace, 4096), 2);
    trace_free(trace);
}

static void a_trace_of_nothing_is_refused(void **state)
{
    struct trace *trace = (struct trace *)&trace;

    (void)state;
    assert_int_equal(trace_make(TRACE_RANDOM, 0, 4096, 1, 1, &trace),
                     MM_INVALID);
    assert_null(trace);
    assert_int_equal(trace_make(TRACE_RANDOM, 4096, 0, 1, 1, &trace),
                     MM_INVALID);
    assert_int_equal(
        trace_make(TRACE_RANDOM, UINT64_C(1) << 40, 1, 1, 1, &trace),
        MM_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sequential_trace_covers_the_file_in_order),
        cmocka_unit_test(these_traces_visit_every_part_once),
        cmocka_unit_test(a_reverse_trace_starts_at_the_end),
        cmocka_unit_test(a_stride_trace_takes_every_16th_part),
        cmocka_unit_test(zipf_ranks_come_as_often_as_they_should),
        cmocka_unit_test(a_page_that_many_accesses_share_counts_once),
        cmocka_unit_test(a_random_trace_is_far_from_sequential),
        cmocka_unit_test(the_seed_alone_decides_a_random_trace),
        cmocka_unit_test(a_short_budget_keeps_the_trace_short),
        cmocka_unit_test(the_last_part_of_a_file_may_be_short),
        cmocka_unit_test(a_trace_of_nothing_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
