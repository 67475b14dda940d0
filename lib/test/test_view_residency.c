/* SPDX-License-Identifier: MIT */
/* Which octets of a view are in memory, and in whose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/view.h>

#include "skip.h"
#include "support.h"

#define KIB64 ((size_t)65536)

struct mapped {
    struct mm_file *file; /* NULL for the paging store */
    struct mm_mapping *mapping;
    struct mm_view view;
};

static void map(struct mapped *mapped, enum mm_protection protection,
                size_t size, enum mm_access access)
{
    struct mm_mapping_options options = {
        .size = size,
        .protection = protection,
    };

    assert_status(mm_mapping_create(mapped->file, &options, &mapped->mapping),
                  MM_OK);
    assert_status(
        mm_view_map(mapped->mapping, 0, 0, access, NULL, &mapped->view), MM_OK);
}

static void map_file(struct mapped *mapped, const char *path, size_t size)
{
    assert_true(support_make_file(path, size, 1));
    assert_status(
        mm_file_open(path, MM_FILE_READ | MM_FILE_WRITE, &mapped->file), MM_OK);
    map(mapped, MM_READ_WRITE, 0, MM_VIEW_WRITE);
}

static void unmap(struct mapped *mapped)
{
    assert_status(mm_view_unmap(&mapped->view), MM_OK);
    mm_mapping_close(mapped->mapping);
    mm_file_close(mapped->file);
}

static void touch(const struct mm_view *view, size_t offset)
{
    volatile const unsigned char *octets = view->address;

    (void)octets[offset];
}

static uint64_t present(const struct mm_view *view, size_t offset, size_t size)
{
    uint64_t octets = 1;

    assert_status(mm_view_in_working_set(view, offset, size, &octets), MM_OK);
    return octets;
}

/* the paging store, whose pages no system brings in unasked. */
static void pages_join_the_working_set_when_touched(void **state)
{
    const size_t page = mm_page_size();
    struct mapped mapped = {0};
    const struct mm_view *view = &mapped.view;

    (void)state;
    map(&mapped, MM_READ_WRITE, 16 * KIB64, MM_VIEW_WRITE);
    assert_int_equal(present(view, 0, 0), 0);
    ((volatile char *)view->address)[5 * page] = 1;
    assert_int_equal(present(view, 5 * page, page), page);
    assert_int_equal(present(view, 5 * page + 1, 10), 10);
    assert_true(present(view, 0, 0) < view->size);
    for (size_t at = 0; at < view->size; at += page) {
        ((volatile char *)view->address)[at] = 1;
    }
    assert_int_equal(present(view, 0, 0), view->size);
    assert_int_equal(present(view, view->size, 0), 0);
    unmap(&mapped);
}

/* each view is asked about its own pages. */
static void a_second_view_starts_without_pages(void **state)
{
    struct mapped mapped = {0};
    struct mm_view other;

    (void)state;
    map(&mapped, MM_READ_WRITE, KIB64, MM_VIEW_WRITE);
    memset(mapped.view.address, 1, KIB64);
    assert_status(mm_view_map(mapped.mapping, 0, 0, MM_VIEW_READ, NULL, &other),
                  MM_OK);
    assert_int_equal(present(&mapped.view, 0, 0), KIB64);
    assert_int_equal(present(&other, 0, 0), 0);
    assert_status(mm_view_unmap(&other), MM_OK);
    unmap(&mapped);
}

static void ranges_of_questions_stay_within_the_view(void **state)
{
    struct mm_view nothing = {0};
    struct mapped mapped = {0};
    uint64_t octets = 1;

    (void)state;
    map(&mapped, MM_READ_WRITE, KIB64, MM_VIEW_WRITE);
    assert_status(mm_view_in_working_set(&mapped.view, KIB64, 1, &octets),
                  MM_OUT_OF_RANGE);
    assert_int_equal(octets, 0);
    octets = 1;
    assert_status(mm_view_cached(&mapped.view, 1, KIB64, &octets),
                  MM_OUT_OF_RANGE);
    assert_int_equal(octets, 0);
    assert_status(mm_view_in_working_set(&nothing, 0, 0, &octets), MM_INVALID);
    assert_status(mm_view_cached(&nothing, 0, 0, &octets), MM_INVALID);
    unmap(&mapped);
}

/* The file agrees, and no page is touched for the answer. */
static void the_cache_of_a_view_is_that_of_its_file(void **state)
{
    const struct fixture *fixture = *state;
    const size_t size = 32 * KIB64 + 100;
    struct mapped mapped = {0};
    uint64_t cached = 1;
    uint64_t octets = 0;
    enum mm_status status;

    map_file(&mapped, fixture->path, size);
    status = mm_view_cached(&mapped.view, 0, 0, &cached);
    if (status == MM_UNSUPPORTED) {
        assert_int_equal(cached, 0);
        unmap(&mapped);
        SKIP_TEST("this system does not show its cache");
    }
    assert_status(status, MM_OK);
    assert_int_equal(cached, size);
    assert_int_equal(present(&mapped.view, 0, 0), 0);
    assert_status(mm_view_cached(&mapped.view, 100, 200, &cached), MM_OK);
    assert_int_equal(cached, 200);
    assert_status(mm_file_sync(mapped.file), MM_OK);
    if (mm_file_evict(mapped.file) == MM_OK) {
        touch(&mapped.view, 5 * KIB64);
        assert_status(mm_view_cached(&mapped.view, 0, 0, &cached), MM_OK);
        assert_status(mm_file_cached(mapped.file, 0, 0, &octets), MM_OK);
        assert_true(octets > 0);
        assert_int_equal(cached, octets);
        assert_status(mm_view_cached(&mapped.view, 5 * KIB64, 10, &cached),
                      MM_OK);
        assert_int_equal(cached, 10);
    }
    unmap(&mapped);
}

/* The page cache is asked at the view's place in the file. */
static void a_view_in_the_middle_is_asked_about_its_middle(void **state)
{
    const struct fixture *fixture = *state;
    struct mapped mapped = {0};
    struct mm_view middle;
    uint64_t cached = 1;

    map_file(&mapped, fixture->path, 4 * KIB64);
    assert_status(mm_view_map(mapped.mapping, KIB64, 2 * KIB64, MM_VIEW_READ,
                              NULL, &middle),
                  MM_OK);
    if (mm_view_cached(&middle, 0, 0, &cached) == MM_UNSUPPORTED) {
        assert_status(mm_view_unmap(&middle), MM_OK);
        unmap(&mapped);
        SKIP_TEST("this system does not show its cache");
    }
    assert_int_equal(cached, 2 * KIB64);
    assert_status(mm_file_sync(mapped.file), MM_OK);
    if (mm_file_evict(mapped.file) == MM_OK) {
        assert_status(mm_view_prefetch(&mapped.view, KIB64, KIB64), MM_OK);
        assert_status(mm_view_cached(&middle, 0, KIB64, &cached), MM_OK);
        assert_int_equal(cached, KIB64);
    }
    assert_status(mm_view_unmap(&middle), MM_OK);
    unmap(&mapped);
}

/* address space is not memory. */
static void the_paging_store_is_cached_when_committed(void **state)
{
    struct mm_mapping_options options = {
        .size = 256 * KIB64,
        .protection = MM_READ_WRITE,
        .flags = MM_MAPPING_RESERVE,
    };
    struct mapped mapped = {0};
    uint64_t cached = 1;

    (void)state;
    assert_status(mm_mapping_create(NULL, &options, &mapped.mapping), MM_OK);
    assert_status(
        mm_view_map(mapped.mapping, 0, 0, MM_VIEW_WRITE, NULL, &mapped.view),
        MM_OK);
    if (mm_view_cached(&mapped.view, 0, 0, &cached) == MM_UNSUPPORTED) {
        unmap(&mapped);
        SKIP_TEST("this system does not show its cache");
    }
    assert_int_equal(cached, 0);
    assert_status(mm_view_commit(&mapped.view, 0, 3 * KIB64), MM_OK);
    assert_status(mm_view_cached(&mapped.view, 0, 0, &cached), MM_OK);
    assert_int_equal(cached, 3 * KIB64);
    unmap(&mapped);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_join_the_working_set_when_touched),
        TEST(a_second_view_starts_without_pages),
        TEST(ranges_of_questions_stay_within_the_view),
        TEST(the_cache_of_a_view_is_that_of_its_file),
        TEST(a_view_in_the_middle_is_asked_about_its_middle),
        TEST(the_paging_store_is_cached_when_committed),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
