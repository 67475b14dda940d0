/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reach.h"
#include "scratch.h"

enum {
    SIZE = 3 * REACH_WINDOW_BYTES + 1000,
    WORD = sizeof(uint64_t),
    WAYS = REACH_STDIO + 1,
};

static char *path;

/* Words at every place of interest: the borders of windows too. */
static const uint64_t places[] = {
    0,
    REACH_WINDOW_BYTES - 3,
    UINT64_C(2) * REACH_WINDOW_BYTES,
    REACH_WINDOW_BYTES + 5,
    SIZE - WORD,
    100,
};
enum { PLACES = sizeof(places) / sizeof(places[0]) };

static int make_file(void **state)
{
    struct mm_file *file = NULL;

    (void)state;
    if (scratch_create(".", "reach", &path, &file) != MM_OK) {
        return -1;
    }
    if (mm_file_set_size(file, SIZE) != MM_OK) {
        return -1;
    }
    mm_file_close(file);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    remove(path);
    free(path);
    return 0;
}

static void open_way(struct reach *reach, enum reach_way way, bool writes)
{
    memset(reach, 0, sizeof(*reach));
    reach->way = way;
    reach->writes = writes;
    assert_int_equal(reach_open(reach, path), MM_OK);
    assert_int_equal(reach_map(reach), MM_OK);
}

static void close_way(struct reach *reach)
{
    assert_int_equal(reach_unmap(reach), MM_OK);
    reach_close(reach);
}

static void store_all(struct reach *reach, uint64_t base)
{
    for (uint64_t i = 0; i < PLACES; i++) {
        uint64_t word = base + i;

        assert_int_equal(reach_store(reach, places[i], &word, WORD), MM_OK);
    }
}

static void fetch_all(struct reach *reach, uint64_t base)
{
    for (uint64_t i = 0; i < PLACES; i++) {
        uint64_t word = 0;

        assert_int_equal(reach_fetch(reach, places[i], &word, WORD), MM_OK);
        assert_int_equal(word, base + i);
    }
}

static void every_way_fetches_what_every_way_stored(void **state)
{
    struct reach writer, reader;

    (void)state;
    for (int way = 0; way < WAYS; way++) {
        uint64_t base = (uint64_t)(way + 1) << 40;

        open_way(&writer, (enum reach_way)way, true);
        store_all(&writer, base);
        assert_int_equal(reach_settle(&writer), MM_OK);
        close_way(&writer);
        for (int other = 0; other < WAYS; other++) {
            open_way(&reader, (enum reach_way)other, false);
            fetch_all(&reader, base);
            close_way(&reader);
        }
    }
}

static void every_way_flushes_and_goes_on(void **state)
{
    struct reach reach;

    (void)state;
    for (int way = 0; way < WAYS; way++) {
        open_way(&reach, (enum reach_way)way, true);
        reach.flushes = true;
        store_all(&reach, 1);
        assert_int_equal(reach_flush(&reach, places[1], WORD), MM_OK);
        assert_int_equal(reach_flush(&reach, 0, 0), MM_OK);
        store_all(&reach, 2);
        assert_int_equal(reach_settle(&reach), MM_OK);
        fetch_all(&reach, 2);
        close_way(&reach);
    }
}

static void a_window_moves_only_when_it_is_left(void **state)
{
    struct reach reach;
    uint64_t word;

    (void)state;
    open_way(&reach, REACH_WINDOW, false);
    assert_int_equal(reach.maps, 0);
    for (uint64_t at = 0; at < REACH_WINDOW_BYTES; at += 4096) {
        assert_int_equal(reach_fetch(&reach, at, &word, WORD), MM_OK);
    }
    assert_int_equal(reach.maps, 1);
    assert_int_equal(reach_fetch(&reach, REACH_WINDOW_BYTES, &word, WORD),
                     MM_OK);
    assert_int_equal(reach.maps, 2);
    close_way(&reach);
}

static void ways_count_the_calls_that_they_ask_for(void **state)
{
    struct reach reach;

    (void)state;
    for (int way = 0; way < WAYS; way++) {
        bool calls = way >= REACH_CALLS;

        open_way(&reach, (enum reach_way)way, true);
        store_all(&reach, 1);
        fetch_all(&reach, 1);
        assert_int_equal(reach.reads, calls ? PLACES : 0);
        assert_int_equal(reach.stores, calls ? PLACES : 0);
        close_way(&reach);
    }
}

static void a_fetch_beyond_the_end_is_an_error_that_is_named(void **state)
{
    struct reach reach;
    uint64_t word;

    (void)state;
    open_way(&reach, REACH_CALLS, false);
    assert_int_equal(reach_fetch(&reach, SIZE - 1, &word, WORD), MM_IO);
    assert_string_equal(reach.tried, "read");
    close_way(&reach);
    open_way(&reach, REACH_STDIO, false);
    assert_int_equal(reach_fetch(&reach, SIZE - 1, &word, WORD), MM_IO);
    assert_string_equal(reach.tried, "read a stream");
    close_way(&reach);
}

static void a_file_that_is_not_there_cannot_be_opened(void **state)
{
    struct reach reach;

    (void)state;
    for (int way = 0; way < WAYS; way++) {
        memset(&reach, 0, sizeof(reach));
        reach.way = (enum reach_way)way;
        assert_int_equal(reach_open(&reach, "no such file"), MM_NOT_FOUND);
        assert_string_equal(reach.tried, "open the file");
        reach_close(&reach);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_fetches_what_every_way_stored),
        cmocka_unit_test(every_way_flushes_and_goes_on),
        cmocka_unit_test(a_window_moves_only_when_it_is_left),
        cmocka_unit_test(ways_count_the_calls_that_they_ask_for),
        cmocka_unit_test(a_fetch_beyond_the_end_is_an_error_that_is_named),
        cmocka_unit_test(a_file_that_is_not_there_cannot_be_opened),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
