/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flat_file.h"

enum { SEED = 7, RECORDS = 1000 };

static void keys_grow_from_record_to_record(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < RECORDS; i++) {
        assert_true(flat_file_key(SEED, i) > flat_file_key(SEED, i - 1));
    }
}

static void content_is_the_same_in_pieces_of_any_size(void **state)
{
    enum { SIZE = 10 * FLAT_RECORD_BYTES };
    static const size_t pieces[] = {1, 7, FLAT_RECORD_BYTES, 400};
    unsigned char whole[SIZE], parts[SIZE];

    (void)state;
    flat_file_content(whole, SIZE, 0, SEED);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        for (size_t at = 0; at < SIZE; at += pieces[i]) {
            size_t left = SIZE - at;

            flat_file_content(parts + at, left < pieces[i] ? left : pieces[i],
                              at, SEED);
        }
        assert_memory_equal(parts, whole, SIZE);
    }
}

static void a_record_starts_with_its_key(void **state)
{
    unsigned char octets[FLAT_RECORD_BYTES];
    uint64_t key;

    (void)state;
    flat_file_content(octets, sizeof(octets), flat_file_offset(77), SEED);
    memcpy(&key, octets, FLAT_KEY_BYTES);
    assert_int_equal(key, flat_file_key(SEED, 77));
}

/* Counts its calls. */
static bool probe(void *context, uint64_t record, uint64_t *key_out)
{
    int *calls = context;

    (*calls)++;
    *key_out = flat_file_key(SEED, record);
    return true;
}

static void every_record_is_found_in_ten_probes_of_a_thousand(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < RECORDS; i++) {
        int calls = 0;
        uint64_t key = flat_file_key(SEED, i);

        assert_int_equal(flat_file_find(RECORDS, key, probe, &calls), i);
        assert_in_range(calls, 1, 10);
    }
}

static void a_key_of_no_record_is_not_found(void **state)
{
    int calls = 0;

    (void)state;
    for (uint64_t i = 0; i < RECORDS; i++) {
        uint64_t key = flat_file_key(SEED, i) + 1;
        uint64_t found = flat_file_find(RECORDS, key, probe, &calls);

        assert_true(found == RECORDS || flat_file_key(SEED, found) == key);
    }
    assert_int_equal(flat_file_find(RECORDS, UINT64_MAX, probe, &calls),
                     RECORDS);
    assert_int_equal(flat_file_find(0, 1, probe, &calls), 0);
}

static bool broken_probe(void *context, uint64_t record, uint64_t *key_out)
{
    (void)context;
    (void)record;
    (void)key_out;
    return false;
}

static void nothing_is_found_when_a_probe_fails(void **state)
{
    (void)state;
    assert_int_equal(flat_file_find(RECORDS, 0, broken_probe, NULL), RECORDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_grow_from_record_to_record),
        cmocka_unit_test(content_is_the_same_in_pieces_of_any_size),
        cmocka_unit_test(a_record_starts_with_its_key),
        cmocka_unit_test(every_record_is_found_in_ten_probes_of_a_thousand),
        cmocka_unit_test(a_key_of_no_record_is_not_found),
        cmocka_unit_test(nothing_is_found_when_a_probe_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
