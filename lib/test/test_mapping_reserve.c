/* SPDX-License-Identifier: MIT */
/* Mappings that are reserved, and grow in place by what is committed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/memory.h>
#include <mapmark/view.h>

#include "skip.h"
#include "support.h"

#define KIB64 ((size_t)65536)

static struct mm_mapping *create(uint64_t size, const char *name)
{
    struct mm_mapping_options options = {
        .size = size,
        .protection = MM_READ_WRITE,
        .flags = MM_MAPPING_RESERVE,
        .name = name,
    };
    struct mm_mapping *mapping = NULL;

    assert_status(mm_mapping_create(NULL, &options, &mapping), MM_OK);
    return mapping;
}

static struct mm_view map(struct mm_mapping *mapping, uint64_t offset,
                          size_t size, enum mm_access access)
{
    struct mm_view view;

    assert_status(mm_view_map(mapping, offset, size, access, NULL, &view),
                  MM_OK);
    return view;
}

static void unmap(struct mm_view *view)
{
    assert_status(mm_view_unmap(view), MM_OK);
}

static unsigned char *octets_of(const struct mm_view *view)
{
    return view->address;
}

static bool can_be_read(const unsigned char *octets, size_t size)
{
    return mm_memory_readable(octets, size) == MM_OK;
}

/* M23, R-32: asked, so that nobody dies of it. */
static void what_is_not_committed_cannot_be_touched(void **state)
{
    struct mm_mapping *mapping = create(16 * KIB64, NULL);
    struct mm_view view = map(mapping, 0, 0, MM_VIEW_WRITE);
    bool before = can_be_read(octets_of(&view), 1);
    bool behind;

    (void)state;
    assert_int_equal(view.size, 16 * KIB64);
    assert_status(mm_view_commit(&view, 0, 2 * KIB64), MM_OK);
    assert_true(can_be_read(octets_of(&view), 2 * KIB64));
    behind = can_be_read(octets_of(&view) + 2 * KIB64, 1);
    unmap(&view);
    mm_mapping_close(mapping);
    if (support_on_wine()) {
        SKIP_TEST("Wine hands out pages that nobody committed");
    }
    assert_false(before);
    assert_false(behind);
}

/* M24: in other views too, and twice is once. */
static void committed_pages_are_zero_and_in_every_view(void **state)
{
    struct mm_mapping *mapping = create(16 * KIB64, NULL);
    struct mm_view one = map(mapping, 0, 0, MM_VIEW_WRITE);
    struct mm_view other = map(mapping, KIB64, 3 * KIB64, MM_VIEW_READ);

    (void)state;
    assert_status(mm_view_commit(&one, KIB64, KIB64), MM_OK);
    assert_true(can_be_read(octets_of(&other), KIB64));
    for (size_t i = 0; i < KIB64; i++) {
        assert_int_equal(octets_of(&other)[i], 0);
    }
    octets_of(&one)[KIB64 + 5] = 99;
    assert_status(mm_view_commit(&one, KIB64, KIB64), MM_OK);
    assert_status(mm_view_commit(&one, 0, 4 * KIB64), MM_OK);
    assert_int_equal(octets_of(&other)[5], 99);
    assert_int_equal(octets_of(&other)[3 * KIB64 - 1], 0);
    unmap(&one);
    unmap(&other);
    one = map(mapping, KIB64, KIB64, MM_VIEW_READ);
    assert_int_equal(octets_of(&one)[5], 99);
    unmap(&one);
    mm_mapping_close(mapping);
}

/* Where the systems differ, as the header says: nobody sees anything else. */
static void pages_in_front_of_committed_ones_are_zero_or_not_there(void **state)
{
    struct mm_mapping *mapping = create(4 * KIB64, NULL);
    struct mm_view view = map(mapping, 0, 0, MM_VIEW_WRITE);

    (void)state;
    assert_status(mm_view_commit(&view, 2 * KIB64, KIB64), MM_OK);
    if (can_be_read(octets_of(&view), KIB64)) {
        octets_of(&view)[5] = 5;
    }
    assert_status(mm_view_commit(&view, 0, 2 * KIB64), MM_OK);
    assert_int_equal(octets_of(&view)[6], 0);
    assert_int_equal(octets_of(&view)[2 * KIB64 - 1], 0);
    unmap(&view);
    mm_mapping_close(mapping);
}

static void whole_pages_around_a_range_are_committed(void **state)
{
    const size_t page = mm_page_size();
    struct mm_mapping *mapping = create(KIB64, NULL);
    struct mm_view view = map(mapping, 0, 0, MM_VIEW_WRITE);

    (void)state;
    assert_status(mm_view_commit(&view, page - 1, 2), MM_OK);
    assert_true(can_be_read(octets_of(&view), 2 * page));
    octets_of(&view)[2 * page - 1] = 1;
    assert_status(mm_view_commit(&view, KIB64 - 1, 0), MM_OK);
    assert_true(can_be_read(octets_of(&view) + KIB64 - page, page));
    unmap(&view);
    mm_mapping_close(mapping);
}

/* M24: what an opener was not told, it sees at once. */
static void another_process_sees_the_mapping_grow(void **state)
{
    enum { PAGES = 4 };
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping = create(64 * KIB64, fixture->second_name);
    struct mm_view view = map(mapping, 0, 0, MM_VIEW_READ);
    const size_t page = mm_page_size();
    unsigned char expected[65536];
    struct mm_process *process;
    struct talk talk;

    assert_true(page <= sizeof(expected));
    assert_true(talk_open(&talk, fixture->name));
    process = support_start_peer("grow", fixture->name, fixture->second_name,
                                 "4", NULL);
    assert_non_null(process);
    for (uint32_t i = 0; i < PAGES; i++) {
        talk_say(&talk, 2 * i + 1);
        assert_true(talk_wait(&talk, 2 * i + 2));
        support_fill(expected, page, i);
        assert_memory_equal(octets_of(&view) + i * page, expected, page);
    }
    assert_int_equal(support_finish(process), 0);
    unmap(&view);
    mm_mapping_close(mapping);
    talk_close(&talk);
}

static void only_views_for_writing_commit(void **state)
{
    struct mm_mapping *mapping = create(KIB64, NULL);
    struct mm_view reading = map(mapping, 0, 0, MM_VIEW_READ);
    struct mm_view copying = map(mapping, 0, 0, MM_VIEW_COPY);
    struct mm_view view = map(mapping, 0, 0, MM_VIEW_WRITE);
    struct mm_view nothing = {0};

    (void)state;
    assert_status(mm_view_commit(&reading, 0, 0), MM_DENIED);
    assert_status(mm_view_commit(&copying, 0, 0), MM_DENIED);
    assert_status(mm_view_commit(&nothing, 0, 0), MM_INVALID);
    assert_status(mm_view_commit(NULL, 0, 0), MM_INVALID);
    assert_status(mm_view_commit(&view, KIB64 + 1, 0), MM_OUT_OF_RANGE);
    assert_status(mm_view_commit(&view, 1, KIB64), MM_OUT_OF_RANGE);
    assert_status(mm_view_commit(&view, KIB64, 0), MM_OK);
    unmap(&reading);
    unmap(&copying);
    unmap(&view);
    mm_mapping_close(mapping);
}

/* M25 */
static void a_file_is_there_whole_though_reserved(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping_options options = {
        .size = 2 * KIB64,
        .protection = MM_READ_WRITE,
        .flags = MM_MAPPING_RESERVE,
    };
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;
    uint64_t size = 0;

    assert_true(support_make_file(fixture->path, 100, 0));
    assert_status(
        mm_file_open(fixture->path, MM_FILE_READ | MM_FILE_WRITE, &file),
        MM_OK);
    assert_status(mm_mapping_create(file, &options, &mapping), MM_OK);
    assert_status(mm_file_size(file, &size), MM_OK);
    assert_int_equal(size, 2 * KIB64);
    view = map(mapping, 0, 0, MM_VIEW_WRITE);
    octets_of(&view)[2 * KIB64 - 1] = 5;
    assert_status(mm_view_commit(&view, 0, 0), MM_OK);
    assert_int_equal(octets_of(&view)[2 * KIB64 - 1], 5);
    unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* Committing what is committed from the start is no error. */
static void an_ordinary_mapping_is_committed_already(void **state)
{
    struct mm_mapping_options options = {
        .size = KIB64,
        .protection = MM_READ_WRITE,
    };
    struct mm_mapping *mapping;
    struct mm_view view;

    (void)state;
    assert_status(mm_mapping_create(NULL, &options, &mapping), MM_OK);
    view = map(mapping, 0, 0, MM_VIEW_WRITE);
    octets_of(&view)[0] = 1;
    assert_status(mm_view_commit(&view, 0, 0), MM_OK);
    assert_int_equal(octets_of(&view)[0], 1);
    unmap(&view);
    mm_mapping_close(mapping);
}

/* M26, R-36, R-86 */
static void more_than_any_memory_can_be_reserved(void **state)
{
    const uint64_t gib = UINT64_C(1) << 30;
    struct mm_mapping *mapping = create(256 * gib, NULL);
    struct mm_view view = map(mapping, 128 * gib, KIB64, MM_VIEW_WRITE);

    (void)state;
    assert_int_equal(mm_mapping_size(mapping), 256 * gib);
    assert_status(mm_view_commit(&view, 0, 0), MM_OK);
    octets_of(&view)[KIB64 - 1] = 1;
    assert_int_equal(octets_of(&view)[0], 0);
    unmap(&view);
    mm_mapping_close(mapping);
}

/* the shortage shows at the commit, and as a status. */
static void what_no_machine_has_cannot_be_committed(void **state)
{
    const size_t size = (size_t)1 << 44;
    struct mm_mapping *mapping;
    struct mm_view view;

    (void)state;
    if (support_on_wine()) {
        SKIP_TEST("Wine commits nothing, so it never runs short");
    }
    mapping = create(size, NULL);
    if (mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, &view) != MM_OK) {
        mm_mapping_close(mapping);
        SKIP_TEST("this process may not have so many addresses");
    }
    assert_status(mm_view_commit(&view, 0, 0), MM_NO_MEMORY);
    assert_false(can_be_read(octets_of(&view), 1));
    assert_status(mm_view_commit(&view, 0, KIB64), MM_OK);
    octets_of(&view)[0] = 1;
    unmap(&view);
    mm_mapping_close(mapping);
}

/* */
static void an_opener_gets_a_reserved_mapping_as_it_is(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *first = create(16 * KIB64, fixture->name);
    struct mm_mapping *second;
    struct mm_view view;
    struct mm_view other;

    assert_status(mm_mapping_open(fixture->name, MM_READ_WRITE, 0, &second),
                  MM_OK);
    assert_int_equal(mm_mapping_size(second), 16 * KIB64);
    view = map(second, 0, 0, MM_VIEW_WRITE);
    assert_status(mm_view_commit(&view, 0, KIB64), MM_OK);
    octets_of(&view)[7] = 7;
    mm_mapping_close(second);
    other = map(first, 0, 0, MM_VIEW_READ);
    assert_int_equal(octets_of(&other)[7], 7);
    unmap(&view);
    unmap(&other);
    mm_mapping_close(first);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_committed_cannot_be_touched),
        TEST(committed_pages_are_zero_and_in_every_view),
        TEST(pages_in_front_of_committed_ones_are_zero_or_not_there),
        TEST(whole_pages_around_a_range_are_committed),
        TEST(another_process_sees_the_mapping_grow),
        TEST(only_views_for_writing_commit),
        TEST(a_file_is_there_whole_though_reserved),
        TEST(an_ordinary_mapping_is_committed_already),
        TEST(more_than_any_memory_can_be_reserved),
        TEST(what_no_machine_has_cannot_be_committed),
        TEST(an_opener_gets_a_reserved_mapping_as_it_is),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
