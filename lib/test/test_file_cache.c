/* SPDX-License-Identifier: MIT */
/* Files and the page cache: with it, around it, and what is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/mapping.h>
#include <mapmark/view.h>

#include "skip.h"
#include "support.h"

enum {
    READ_WRITE = MM_FILE_READ | MM_FILE_WRITE,
    FRESH = READ_WRITE | MM_FILE_CREATE | MM_FILE_NEW,
};

static struct mm_file *open_file(const char *path, unsigned flags)
{
    struct mm_file *file = NULL;

    assert_status(mm_file_open(path, flags, &file), MM_OK);
    assert_non_null(file);
    return file;
}

static void write_all(struct mm_file *file, uint64_t offset, const void *octets,
                      size_t size)
{
    size_t count = 0;

    assert_status(mm_file_write(file, offset, octets, size, &count), MM_OK);
    assert_int_equal(count, size);
}

static void assert_octets(struct mm_file *file, uint64_t offset,
                          const void *expected, size_t size)
{
    unsigned char *seen = malloc(size);
    size_t count = 0;

    assert_non_null(seen);
    assert_status(mm_file_read(file, offset, seen, size, &count), MM_OK);
    assert_int_equal(count, size);
    assert_memory_equal(seen, expected, size);
    free(seen);
}

static void a_file_can_be_made_durable(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file =
        open_file(fixture->path, FRESH | MM_FILE_WRITE_THROUGH);

    write_all(file, 0, "abc", 3);
    assert_status(mm_file_sync(file), MM_OK);
    mm_file_close(file);
}

static void hints_change_nothing_but_speed(void **state)
{
    const unsigned hints[] = {MM_FILE_SEQUENTIAL, MM_FILE_RANDOM};
    const struct fixture *fixture = *state;
    unsigned char octets[10000];

    support_fill(octets, sizeof(octets), 3);
    assert_true(support_make_file(fixture->path, sizeof(octets), 3));
    for (size_t i = 0; i < 2; i++) {
        struct mm_file *file =
            open_file(fixture->path, MM_FILE_READ | hints[i]);

        assert_octets(file, 0, octets, sizeof(octets));
        mm_file_close(file);
    }
}

/* A place within `room` that is a multiple of the page size. */
static unsigned char *align(unsigned char *room)
{
    size_t page = mm_page_size();
    size_t over = (uintptr_t)room % page;

    return over == 0 ? room : room + page - over;
}

static void transfers_around_the_cache_must_be_aligned(void **state)
{
    const struct fixture *fixture = *state;
    size_t page = mm_page_size();
    unsigned char *room = calloc(4, page);
    unsigned char *octets;
    struct mm_file *file;
    enum mm_status status;
    size_t count = 0;

    assert_non_null(room);
    octets = align(room);
    status = mm_file_open(fixture->path, FRESH | MM_FILE_NO_CACHE, &file);
    if (status == MM_UNSUPPORTED) {
        free(room);
        SKIP_TEST("this file system has no way around its cache");
    }
    assert_status(status, MM_OK);
    support_fill(octets, 2 * page, 9);
    write_all(file, page, octets, 2 * page);
    assert_status(mm_file_write(file, 1, octets, page, &count), MM_MISALIGNED);
    assert_int_equal(count, 0);
    assert_status(mm_file_write(file, 0, octets, page - 1, &count),
                  MM_MISALIGNED);
    assert_status(mm_file_read(file, 0, octets + 1, page, &count),
                  MM_MISALIGNED);
    assert_int_equal(count, 0);

    /* The end of the file need not be aligned. */
    assert_status(mm_file_set_size(file, 3 * page + 5), MM_OK);
    memset(octets, 1, page);
    assert_status(mm_file_read(file, 3 * page, octets, page, &count), MM_OK);
    assert_int_equal(count, 5);
    assert_memory_equal(octets, "\0\0\0\0\0", 5);
    mm_file_close(file);
    free(room);
}

static void evicted_pages_are_gone_and_read_pages_are_there(void **state)
{
    const size_t size = (1 << 20) + 100;
    const struct fixture *fixture = *state;
    struct mm_file *file;
    unsigned char *octets = malloc(size);
    enum mm_status status;
    uint64_t cached = 1;
    size_t count;

    assert_non_null(octets);
    assert_true(support_make_file(fixture->path, size, 0));
    file = open_file(fixture->path, READ_WRITE);
    assert_status(mm_file_sync(file), MM_OK);
    status = mm_file_evict(file);
    if (status == MM_OK) {
        status = mm_file_cached(file, 0, 0, &cached);
    }
    if (status == MM_UNSUPPORTED) {
        mm_file_close(file);
        free(octets);
        SKIP_TEST("this system does not tell what is cached");
    }
    assert_status(status, MM_OK);
    assert_int_equal(cached, 0);

    assert_status(mm_file_read(file, 0, octets, size, &count), MM_OK);
    assert_status(mm_file_cached(file, 0, 0, &cached), MM_OK);
    assert_int_equal(cached, size);
    assert_status(mm_file_cached(file, 100, 5000, &cached), MM_OK);
    assert_int_equal(cached, 5000);
    assert_status(mm_file_cached(file, size, 0, &cached), MM_OK);
    assert_int_equal(cached, 0);
    assert_status(mm_file_cached(file, size - 1, 2, &cached), MM_OUT_OF_RANGE);
    assert_int_equal(cached, 0);
    assert_status(mm_file_cached(file, UINT64_MAX, 2, &cached),
                  MM_OUT_OF_RANGE);
    mm_file_close(file);
    free(octets);
}

static void the_cache_of_a_foreign_file_is_denied(void **state)
{
    const struct fixture *fixture = *state;
    int code;

    assert_true(support_make_file(fixture->path, 10, 0));
    code = support_run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                       "--clear-groups", support_peer_path(), "cached",
                       fixture->path, NULL);
    if (code != MM_DENIED && code != MM_OK) {
        SKIP_TEST("another user cannot run the peer here");
    }
    assert_status((enum mm_status)code, MM_DENIED);
}

/* Octets in the cache after one octet of a cold file was touched. */
static uint64_t cached_by_a_touch(struct mm_file *file, enum mm_advice advice)
{
    struct mm_mapping_options options = {.protection = MM_READ_ONLY};
    struct mm_mapping *mapping = NULL;
    struct mm_view view;
    uint64_t cached = 0;

    assert_status(mm_file_evict(file), MM_OK);
    assert_status(mm_mapping_create(file, &options, &mapping), MM_OK);
    assert_status(mm_view_map(mapping, 0, 0, MM_VIEW_READ, NULL, &view), MM_OK);
    assert_status(mm_view_advise(&view, 0, 0, advice), MM_OK);
    (void)*((volatile unsigned char *)view.address + view.size / 2);
    assert_status(mm_file_cached(file, 0, view.size, &cached), MM_OK);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    return cached;
}

/* A hint that a system accepts and ignores would be a lie of ours. */
static void a_hint_of_random_use_stops_reading_around(void **state)
{
    const uint64_t size = 1 << 20;
    const struct fixture *fixture = *state;
    struct mm_file *file;
    uint64_t cached = size;

    assert_true(support_make_file(fixture->path, (size_t)size, 5));
    file = open_file(fixture->path, READ_WRITE);
    if (mm_file_sync(file) != MM_OK || mm_file_evict(file) != MM_OK ||
        mm_file_cached(file, 0, size, &cached) != MM_OK || cached > 0) {
        mm_file_close(file);
        SKIP_TEST("this file cannot be evicted, or this system does not tell");
    }
    assert_int_equal(cached_by_a_touch(file, MM_ADVICE_RANDOM), mm_page_size());
    assert_true(cached_by_a_touch(file, MM_ADVICE_NORMAL) > mm_page_size());
    mm_file_close(file);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_can_be_made_durable),
        TEST(hints_change_nothing_but_speed),
        TEST(transfers_around_the_cache_must_be_aligned),
        TEST(evicted_pages_are_gone_and_read_pages_are_there),
        TEST(the_cache_of_a_foreign_file_is_denied),
        TEST(a_hint_of_random_use_stops_reading_around),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
