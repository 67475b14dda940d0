/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/file.h>
#include <mapmark/mapping.h>
#include <mapmark/view.h>

#include "dataset.h"

enum { SIZE = (1 << 20) + 100 };

static struct datasets *open_store(uint64_t seed)
{
    struct bench_reason reason = {{0}};
    struct datasets *datasets = NULL;

    assert_int_equal(datasets_open(NULL, ".", seed, &datasets, &reason), MM_OK);
    return datasets;
}

static struct dataset *get(struct datasets *datasets, uint64_t size)
{
    struct bench_reason reason = {{0}};
    struct dataset *dataset = NULL;

    assert_int_equal(datasets_get(datasets, size, false, &dataset, &reason),
                     MM_OK);
    assert_int_equal(dataset_size(dataset), size);
    return dataset;
}

static unsigned char *read_whole(const char *path, size_t size)
{
    unsigned char *octets = malloc(size + 1);
    FILE *file = fopen(path, "rb");

    assert_non_null(octets);
    assert_non_null(file);
    assert_int_equal(fread(octets, 1, size + 1, file), size);
    fclose(file);
    return octets;
}

static void content_depends_on_the_seed_only(void **state)
{
    static const uint64_t seeds[] = {1, 1, 2};
    unsigned char *octets[3];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct datasets *datasets = open_store(seeds[i]);

        octets[i] = read_whole(dataset_path(get(datasets, SIZE)), SIZE);
        datasets_close(datasets);
    }
    assert_memory_equal(octets[0], octets[1], SIZE);
    assert_int_not_equal(memcmp(octets[0], octets[2], SIZE), 0);
    for (size_t i = 0; i < 3; i++) {
        free(octets[i]);
    }
}

static void a_size_is_generated_once_and_removed_at_the_end(void **state)
{
    struct datasets *datasets = open_store(1);
    struct dataset *dataset = get(datasets, SIZE);
    char path[256];
    FILE *file;

    (void)state;
    assert_ptr_equal(get(datasets, SIZE), dataset);
    assert_ptr_not_equal(get(datasets, SIZE + 1), dataset);
    snprintf(path, sizeof(path), "%s", dataset_path(dataset));
    datasets_close(datasets);
    file = fopen(path, "rb");
    assert_null(file);
}

/* Each octet tells its place. */
static void make_ramp(unsigned char *octets, size_t size, uint64_t offset,
                      uint64_t seed)
{
    for (size_t i = 0; i < size; i++) {
        octets[i] = (unsigned char)((offset + i) % 251 + seed);
    }
}

static void content_of_the_callers_own_is_another_file(void **state)
{
    struct datasets *datasets = open_store(3);
    struct dataset *ramp = NULL, *again = NULL;
    struct bench_reason reason = {{0}};
    unsigned char *octets;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(datasets_get_with(datasets, SIZE, false, make_ramp,
                                           i == 0 ? &ramp : &again, &reason),
                         MM_OK);
    }
    assert_ptr_equal(ramp, again);
    assert_ptr_not_equal(ramp, get(datasets, SIZE));
    octets = read_whole(dataset_path(ramp), SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        assert_int_equal(octets[i], (unsigned char)(i % 251 + 3));
    }
    free(octets);
    datasets_close(datasets);
}

static void two_stores_do_not_share_a_file(void **state)
{
    struct datasets *one = open_store(1), *other = open_store(2);

    (void)state;
    assert_string_not_equal(dataset_path(get(one, SIZE)),
                            dataset_path(get(other, SIZE)));
    datasets_close(one);
    datasets_close(other);
}

/* A system that hides the cache must say so; then nothing is claimed. */
static bool is_hidden(const struct cache_proof *proof)
{
    return proof->known == MM_UNSUPPORTED || proof->known == MM_DENIED;
}

static void warm_and_cold_are_what_they_claim(void **state)
{
    struct datasets *datasets = open_store(1);
    struct dataset *dataset = get(datasets, SIZE);
    struct cache_proof proof;

    (void)state;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(dataset_establish(dataset, CACHE_COLD, &proof), MM_OK);
        if (is_hidden(&proof)) {
            break;
        }
        assert_true(proof.share <= 0);
        assert_int_equal(dataset_establish(dataset, CACHE_WARM, &proof), MM_OK);
        assert_true(proof.share >= 1);
        assert_true(proof.canonical);
        assert_int_equal(dataset_establish(dataset, CACHE_SCATTERED, &proof),
                         MM_OK);
        assert_true(proof.share >= 1);
        assert_true(proof.canonical);
    }
    datasets_close(datasets);
}

/* The system reads ahead on its own time, and what is on its way cannot be
 * dropped. */
static void read_ahead(const char *path)
{
    const struct mm_mapping_options options = {.protection = MM_READ_ONLY};
    struct mm_mapping *mapping = NULL;
    struct mm_file *file = NULL;
    struct mm_view view;

    assert_int_equal(mm_file_open(path, MM_FILE_READ, &file), MM_OK);
    assert_int_equal(mm_mapping_create(file, &options, &mapping), MM_OK);
    assert_int_equal(mm_view_map(mapping, 0, 0, MM_VIEW_READ, NULL, &view),
                     MM_OK);
    assert_int_equal(mm_view_advise(&view, 0, 0, MM_ADVICE_WILL_NEED), MM_OK);
    mm_view_unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

static void what_is_still_being_fetched_goes_as_well(void **state)
{
    enum { LARGE = 32 << 20, ROUNDS = 20 };
    struct datasets *datasets = open_store(1);
    struct dataset *dataset = get(datasets, LARGE);
    struct cache_proof proof;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(dataset_establish(dataset, CACHE_COLD, &proof), MM_OK);
        if (proof.known == MM_OK) {
            assert_true(proof.share == 0);
        }
        read_ahead(dataset_path(dataset));
    }
    datasets_close(datasets);
}

static void a_given_file_stays_as_found_until_it_is_touched(void **state)
{
    struct datasets *datasets = NULL;
    struct bench_reason reason = {{0}};
    struct datasets *maker = open_store(1);
    const char *path = dataset_path(get(maker, SIZE));
    struct dataset *dataset = NULL;
    struct cache_proof proof;

    (void)state;
    assert_int_equal(datasets_open(path, ".", 1, &datasets, &reason), MM_OK);
    assert_int_equal(datasets_get(datasets, SIZE, false, &dataset, &reason),
                     MM_OK);
    assert_int_equal(dataset_establish(dataset, CACHE_FOUND, &proof), MM_OK);
    assert_false(proof.disturbed);
    assert_int_equal(dataset_establish(dataset, CACHE_WARM, &proof), MM_OK);
    assert_true(proof.disturbed);
    assert_int_equal(dataset_establish(dataset, CACHE_FOUND, &proof), MM_OK);
    assert_true(proof.disturbed);
    datasets_close(datasets);
    datasets_close(maker);
}

static void what_is_written_is_another_file(void **state)
{
    struct bench_reason reason = {{0}};
    struct datasets *datasets = open_store(1);
    struct dataset *read_only = get(datasets, SIZE), *written = NULL;

    (void)state;
    assert_int_equal(datasets_get(datasets, SIZE, true, &written, &reason),
                     MM_OK);
    assert_ptr_not_equal(read_only, written);
    assert_string_not_equal(dataset_path(read_only), dataset_path(written));
    datasets_close(datasets);
}

static void a_warm_file_that_somebody_evicts_is_seen_and_filled(void **state)
{
    struct datasets *datasets = open_store(1);
    struct dataset *dataset = get(datasets, SIZE);
    struct mm_file *file = NULL;
    struct cache_proof proof;

    (void)state;
    assert_int_equal(dataset_establish(dataset, CACHE_WARM, &proof), MM_OK);
    assert_int_equal(mm_file_open(dataset_path(dataset), MM_FILE_READ, &file),
                     MM_OK);
    assert_int_equal(mm_file_evict(file), MM_OK);
    mm_file_close(file);
    dataset_prove(dataset, &proof);
    if (!is_hidden(&proof)) {
        assert_true(proof.share <= 0);
        assert_int_equal(dataset_establish(dataset, CACHE_WARM, &proof), MM_OK);
        assert_true(proof.share >= 1);
    }
    datasets_close(datasets);
}

static void a_given_file_that_cannot_be_measured_is_named(void **state)
{
    struct bench_reason reason = {{0}};
    struct datasets *datasets = (struct datasets *)&datasets;

    (void)state;
    assert_int_equal(datasets_open("no such file", ".", 1, &datasets, &reason),
                     MM_NOT_FOUND);
    assert_null(datasets);
    assert_non_null(strstr(reason.text, "no such file"));
    assert_int_equal(datasets_open(".", ".", 1, &datasets, &reason),
                     MM_WRONG_TYPE);
    assert_non_null(strstr(reason.text, "regular file"));
}

static void a_scratch_directory_that_is_not_there_is_named(void **state)
{
    struct bench_reason reason = {{0}};
    struct datasets *datasets = NULL;
    struct dataset *dataset = NULL;

    (void)state;
    assert_int_equal(
        datasets_open(NULL, "no such place", 1, &datasets, &reason), MM_OK);
    assert_int_equal(datasets_get(datasets, SIZE, false, &dataset, &reason),
                     MM_NOT_FOUND);
    assert_non_null(strstr(reason.text, "no such place"));
    assert_null(dataset);
    datasets_close(datasets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_depends_on_the_seed_only),
        cmocka_unit_test(a_size_is_generated_once_and_removed_at_the_end),
        cmocka_unit_test(content_of_the_callers_own_is_another_file),
        cmocka_unit_test(two_stores_do_not_share_a_file),
        cmocka_unit_test(warm_and_cold_are_what_they_claim),
        cmocka_unit_test(what_is_still_being_fetched_goes_as_well),
        cmocka_unit_test(a_given_file_stays_as_found_until_it_is_touched),
        cmocka_unit_test(what_is_written_is_another_file),
        cmocka_unit_test(a_warm_file_that_somebody_evicts_is_seen_and_filled),
        cmocka_unit_test(a_given_file_that_cannot_be_measured_is_named),
        cmocka_unit_test(a_scratch_directory_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
