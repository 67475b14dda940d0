/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "claim.h"
#include "run.h"

/* A sample whose loop has ended. */
struct ended {
    struct sample sample;
    struct bench_run run;
};

static struct claim claim_in(struct ended *ended, enum cache cache)
{
    memset(ended, 0, sizeof(*ended));
    ended->run.sample = &ended->sample;
    ended->run.ended = true;
    return (struct claim){
        .run = &ended->run, .cache = cache, .object = "the thing"};
}

static struct cache_proof cached(double share)
{
    return (struct cache_proof){
        .known = MM_OK, .share = share, .canonical = true};
}

/* How a sample begins whose object is cached by this share. */
static enum bench_state begins(enum cache cache, double share)
{
    const struct cache_proof proof = cached(share);
    struct ended ended;
    const struct claim claim = claim_in(&ended, cache);
    bool goes_on = claim_begins(&claim, &proof);

    assert_true(goes_on == (ended.sample.state < BENCH_UNSUPPORTED));
    assert_true(ended.sample.counted[BENCH_CACHED_BEFORE]);
    return ended.sample.state;
}

static void the_cache_must_be_as_claimed(void **state)
{
    (void)state;
    assert_int_equal(begins(CACHE_WARM, 1), BENCH_OK);
    assert_int_equal(begins(CACHE_WARM, 0.99), BENCH_VOID);
    assert_int_equal(begins(CACHE_COLD, 0), BENCH_OK);
    assert_int_equal(begins(CACHE_COLD, 0.01), BENCH_VOID);
    assert_int_equal(begins(CACHE_COLD, 1), BENCH_VOID);
    assert_int_equal(begins(CACHE_FOUND, 0.5), BENCH_UNSUPPORTED);
}

static void a_hidden_cache_leaves_the_sample_unproved(void **state)
{
    const struct cache_proof proof = {.known = MM_DENIED};
    struct ended ended;
    const struct claim claim = claim_in(&ended, CACHE_WARM);

    (void)state;
    assert_true(claim_begins(&claim, &proof));
    claim_ends(&claim, &proof);
    assert_int_equal(ended.sample.state, BENCH_UNPROVED);
    assert_false(ended.sample.counted[BENCH_CACHED_BEFORE]);
    assert_false(ended.sample.counted[BENCH_CACHED_AFTER]);
}

static void what_was_cached_must_be_at_the_end(void **state)
{
    const struct cache_proof proof = cached(0.5);
    struct ended ended;
    struct claim claim = claim_in(&ended, CACHE_COLD);

    (void)state;
    claim_ends(&claim, &proof);
    assert_int_equal(ended.sample.state, BENCH_OK);
    claim.cache = CACHE_WARM;
    claim_ends(&claim, &proof);
    assert_int_equal(ended.sample.state, BENCH_VOID);
    assert_non_null(strstr(ended.sample.reason.text, "50.0 % of the thing"));
}

/* How a sample ends for which so many octets came from storage, of 4096. */
static enum bench_state fetched(enum cache cache, uint64_t octets)
{
    struct ended ended;
    const struct claim claim = claim_in(&ended, cache);

    ended.sample.used.storage_read_bytes = octets;
    claim_storage(&claim, 4096);
    return ended.sample.state;
}

static void storage_must_have_been_asked_when_cold_and_only_then(void **state)
{
    (void)state;
    assert_int_equal(fetched(CACHE_COLD, 4096), BENCH_OK);
    assert_int_equal(fetched(CACHE_COLD, 4095), BENCH_UNPROVED);
    assert_int_equal(fetched(CACHE_COLD, 0), BENCH_VOID);
    assert_int_equal(fetched(CACHE_WARM, 0), BENCH_OK);
    assert_int_equal(fetched(CACHE_WARM, 1), BENCH_VOID);
    assert_int_equal(fetched(CACHE_WARM, MM_UNKNOWN), BENCH_OK);
}

static void what_is_known_to_be_of_something_else_is_spared(void **state)
{
    struct ended ended;
    struct claim claim = claim_in(&ended, CACHE_WARM);

    (void)state;
    claim.spare = 8192;
    ended.sample.used.storage_read_bytes = 8192;
    claim_storage(&claim, 4096);
    assert_int_equal(ended.sample.state, BENCH_OK);
    ended.sample.used.storage_read_bytes = 8193;
    claim_storage(&claim, 4096);
    assert_int_equal(ended.sample.state, BENCH_VOID);
}

/* How a sample ends in which the system saw so many calls, and 100 were
 * made. */
static enum bench_state called(bool mapped, uint64_t seen)
{
    struct ended ended;

    (void)claim_in(&ended, CACHE_WARM);
    ended.sample.used.write_calls = seen;
    claim_calls(&ended.run, mapped, 100);
    return ended.sample.state;
}

static void calls_must_have_been_made_by_the_ways_that_make_them(void **state)
{
    (void)state;
    assert_int_equal(called(true, 3), BENCH_OK);
    assert_int_equal(called(true, 100), BENCH_VOID);
    assert_int_equal(called(false, 100), BENCH_OK);
    assert_int_equal(called(false, 99), BENCH_VOID);
    assert_int_equal(called(false, MM_UNKNOWN), BENCH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cache_must_be_as_claimed),
        cmocka_unit_test(a_hidden_cache_leaves_the_sample_unproved),
        cmocka_unit_test(what_was_cached_must_be_at_the_end),
        cmocka_unit_test(storage_must_have_been_asked_when_cold_and_only_then),
        cmocka_unit_test(what_is_known_to_be_of_something_else_is_spared),
        cmocka_unit_test(calls_must_have_been_made_by_the_ways_that_make_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
