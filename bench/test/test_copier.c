/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "copier.h"
#include "scratch.h"

enum {
    WAYS = COPY_SYSTEM + 1,
    /* Two windows and a part of one that ends within a page. */
    SIZE = 2 * COPY_WINDOW_BYTES + 12345,
};

static unsigned char octets[SIZE];
static unsigned char piece[COPY_PIECE_BYTES];
static char *source, *target;

static int make_names(void **state)
{
    struct mm_file *file = NULL;

    (void)state;
    for (size_t i = 0; i < SIZE; i++) {
        octets[i] = (unsigned char)(i * 7 + i / 251);
    }
    if (scratch_create(".", "source", &source, &file) != MM_OK) {
        return -1;
    }
    mm_file_close(file);
    if (scratch_create(".", "target", &target, &file) != MM_OK) {
        return -1;
    }
    mm_file_close(file);
    return remove(target);
}

static int remove_files(void **state)
{
    (void)state;
    remove(source);
    remove(target);
    free(source);
    free(target);
    return 0;
}

static void write_source(size_t size)
{
    FILE *file = fopen(source, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(octets, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void assert_copied(size_t size)
{
    static unsigned char found[SIZE + 1];
    FILE *file = fopen(target, "rb");

    assert_non_null(file);
    assert_int_equal(fread(found, 1, SIZE + 1, file), size);
    fclose(file);
    assert_memory_equal(found, octets, size);
}

static struct copier copier_of(int way, size_t size, bool durable)
{
    return (struct copier){.way = (enum copy_way)way,
                           .durable = durable,
                           .size = size,
                           .source = {.path = source},
                           .target = {.path = target},
                           .piece = piece};
}

/* What the system refuses is said, and counts as no copy. */
static size_t copy_in_every_way(size_t size, bool durable)
{
    size_t copied = 0;

    write_source(size);
    for (int way = 0; way < WAYS; way++) {
        struct copier copier = copier_of(way, size, durable);
        enum mm_status status = copier_run(&copier);

        if (status == MM_UNSUPPORTED) {
            assert_true(way == COPY_SEQUENTIAL || way == COPY_SYSTEM);
            assert_non_null(copier.tried);
            print_message("SKIP way %d: %s: %s\n", way, copier.tried,
                          mm_status_text(status));
        } else {
            assert_int_equal(status, MM_OK);
            assert_copied(size);
            copied++;
        }
        remove(target);
    }
    return copied;
}

static void every_way_makes_an_equal_copy(void **state)
{
    static const size_t sizes[] = {1, COPY_PIECE_BYTES, COPY_WINDOW_BYTES,
                                   SIZE};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_in_range(copy_in_every_way(sizes[i], false), WAYS - 2, WAYS);
    }
}

static void a_durable_copy_is_equal_too(void **state)
{
    (void)state;
    assert_in_range(copy_in_every_way(SIZE, true), WAYS - 2, WAYS);
}

static void an_empty_file_has_an_empty_copy(void **state)
{
    (void)state;
    assert_in_range(copy_in_every_way(0, true), WAYS - 1, WAYS);
    assert_in_range(copy_in_every_way(0, false), WAYS - 1, WAYS);
}

static void a_target_that_exists_is_not_overwritten(void **state)
{
    static const int ways[] = {COPY_MAPPED, COPY_CALLS};
    struct copier copier;

    (void)state;
    write_source(SIZE);
    for (size_t i = 0; i < 2; i++) {
        copier = copier_of(COPY_CALLS, SIZE, false);
        assert_int_equal(copier_run(&copier), MM_OK);
        copier = copier_of(ways[i], SIZE, false);
        assert_int_equal(copier_run(&copier), MM_INVALID);
        assert_string_equal(copier.tried, "open both files");
        assert_copied(SIZE);
        remove(target);
    }
}

static void a_source_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS; way++) {
        struct copier copier = copier_of(way, SIZE, false);

        copier.source.path = "no such file";
        assert_true(mm_status_failed(copier_run(&copier)));
        assert_non_null(copier.tried);
        remove(target);
    }
}

static void phases_and_calls_are_those_of_the_way(void **state)
{
    const uint64_t calls = SIZE / COPY_PIECE_BYTES + 1;
    struct copier copier = copier_of(COPY_WINDOW, SIZE, true);

    (void)state;
    write_source(SIZE);
    assert_int_equal(copier_run(&copier), MM_OK);
    assert_int_equal(copier.maps, 2 * 3);
    assert_int_equal(copier.reads + copier.writes, 0);
    assert_true(copier.phases.ns[BENCH_PHASE_MAP] > 0);
    assert_true(copier.phases.ns[BENCH_PHASE_FLUSH] > 0);
    remove(target);
    copier = copier_of(COPY_CALLS, SIZE, false);
    assert_int_equal(copier_run(&copier), MM_OK);
    assert_int_equal(copier.reads, calls);
    assert_int_equal(copier.writes, calls);
    assert_int_equal(copier.phases.ns[BENCH_PHASE_MAP], 0);
    assert_int_equal(copier.phases.ns[BENCH_PHASE_FLUSH], 0);
    assert_true(copier.phases.ns[BENCH_PHASE_ACCESS] > 0);
    remove(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_makes_an_equal_copy),
        cmocka_unit_test(a_durable_copy_is_equal_too),
        cmocka_unit_test(an_empty_file_has_an_empty_copy),
        cmocka_unit_test(a_target_that_exists_is_not_overwritten),
        cmocka_unit_test(a_source_that_is_not_there_is_an_error),
        cmocka_unit_test(phases_and_calls_are_those_of_the_way),
    };

    return cmocka_run_group_tests(tests, make_names, remove_files);
}
