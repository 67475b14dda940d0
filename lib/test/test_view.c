/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/view.h>

#include "skip.h"
#include "support.h"

enum {
    READ_WRITE = MM_FILE_READ | MM_FILE_WRITE,
};

#define KIB64 ((size_t)65536)

static struct mm_mapping *create(struct mm_file *file, uint64_t size,
                                 enum mm_protection protection)
{
    struct mm_mapping_options options = {
        .size = size,
        .protection = protection,
    };
    struct mm_mapping *mapping = NULL;

    assert_status(mm_mapping_create(file, &options, &mapping), MM_OK);
    return mapping;
}

/* A mapping of a file that is made for it. */
static struct mm_mapping *map_new_file(const char *path, size_t size,
                                       enum mm_protection protection,
                                       struct mm_file **file_out)
{
    assert_true(support_make_file(path, size, 1));
    assert_status(mm_file_open(path, READ_WRITE, file_out), MM_OK);
    return create(*file_out, 0, protection);
}

static struct mm_view map(struct mm_mapping *mapping, enum mm_access access)
{
    struct mm_view view;

    assert_status(mm_view_map(mapping, 0, 0, access, NULL, &view), MM_OK);
    assert_non_null(view.address);
    return view;
}

static void unmap(struct mm_view *view)
{
    assert_status(mm_view_unmap(view), MM_OK);
    assert_null(view->address);
    assert_int_equal(view->size, 0);
}

static void assert_refused(struct mm_mapping *mapping, uint64_t offset,
                           size_t size, enum mm_access access, void *wanted,
                           enum mm_status expected)
{
    struct mm_view view;

    memset(&view, 0x55, sizeof(view));
    assert_status(mm_view_map(mapping, offset, size, access, wanted, &view),
                  expected);
    assert_null(view.address);
    assert_int_equal(view.size, 0);
    assert_status(mm_view_unmap(&view), MM_INVALID);
}

static volatile unsigned char *octets_of(const struct mm_view *view)
{
    return view->address;
}

static unsigned char file_octet(struct mm_file *file, uint64_t offset)
{
    unsigned char octet = 0;
    size_t count = 0;

    assert_status(mm_file_read(file, offset, &octet, 1, &count), MM_OK);
    assert_int_equal(count, 1);
    return octet;
}

/* M6, R-26 */
static void an_offset_must_be_granular(void **state)
{
    struct mm_mapping *mapping = create(NULL, 4 * KIB64, MM_READ_WRITE);

    (void)state;
    assert_int_equal(mm_granularity(), KIB64);
    assert_refused(mapping, 4096, 4096, MM_VIEW_READ, NULL, MM_MISALIGNED);
    assert_refused(mapping, 1, 1, MM_VIEW_READ, NULL, MM_MISALIGNED);
    assert_refused(mapping, KIB64 + 4096, 0, MM_VIEW_READ, NULL, MM_MISALIGNED);
    mm_mapping_close(mapping);
}

/* M7 */
static void a_view_cannot_leave_its_mapping(void **state)
{
    struct mm_mapping *mapping = create(NULL, 2 * KIB64, MM_READ_WRITE);

    (void)state;
    assert_refused(mapping, KIB64, KIB64 + 1, MM_VIEW_READ, NULL,
                   MM_OUT_OF_RANGE);
    assert_refused(mapping, 0, SIZE_MAX, MM_VIEW_READ, NULL, MM_OUT_OF_RANGE);
    assert_refused(mapping, 2 * KIB64, 0, MM_VIEW_READ, NULL, MM_OUT_OF_RANGE);
    assert_refused(mapping, UINT64_MAX - KIB64 + 1, 0, MM_VIEW_READ, NULL,
                   MM_OUT_OF_RANGE);
    mm_mapping_close(mapping);
}

/* M8, R-26 */
static void size_zero_maps_to_the_end(void **state)
{
    const struct fixture *fixture = *state;
    unsigned char expected[KIB64 + 100];
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    support_fill(expected, sizeof(expected), 1);
    mapping =
        map_new_file(fixture->path, sizeof(expected), MM_READ_WRITE, &file);
    view = map(mapping, MM_VIEW_READ);
    assert_int_equal(view.size, sizeof(expected));
    assert_memory_equal(view.address, expected, sizeof(expected));
    /* Behind the end of the file the last page reads as zeros. */
    for (size_t i = sizeof(expected); i % mm_page_size() != 0; i++) {
        assert_int_equal(octets_of(&view)[i], 0);
    }
    unmap(&view);
    assert_status(mm_view_map(mapping, KIB64, 0, MM_VIEW_READ, NULL, &view),
                  MM_OK);
    assert_int_equal(view.size, 100);
    assert_memory_equal(view.address, expected + KIB64, 100);
    unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* M10, R-27 */
static void views_of_a_mapping_see_the_same_octets(void **state)
{
    struct mm_mapping *mapping = create(NULL, 3 * KIB64, MM_READ_WRITE);
    struct mm_view whole = map(mapping, MM_VIEW_WRITE);
    struct mm_view same = map(mapping, MM_VIEW_WRITE);
    struct mm_view part;

    (void)state;
    assert_status(mm_view_map(mapping, KIB64, KIB64, MM_VIEW_READ, NULL, &part),
                  MM_OK);
    assert_ptr_not_equal(whole.address, same.address);
    assert_int_equal(part.size, KIB64);
    octets_of(&whole)[KIB64 + 5] = 11;
    octets_of(&same)[KIB64 + 6] = 12;
    assert_int_equal(octets_of(&same)[KIB64 + 5], 11);
    assert_int_equal(octets_of(&whole)[KIB64 + 6], 12);
    assert_int_equal(octets_of(&part)[5], 11);
    assert_int_equal(octets_of(&part)[6], 12);
    unmap(&whole);
    unmap(&part);
    assert_int_equal(octets_of(&same)[KIB64 + 5], 11);
    unmap(&same);
    mm_mapping_close(mapping);
}

/* M11 */
static void a_view_and_file_calls_see_the_same_octets(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;
    size_t count;

    mapping = map_new_file(fixture->path, 2 * KIB64, MM_READ_WRITE, &file);
    view = map(mapping, MM_VIEW_WRITE);
    octets_of(&view)[KIB64 + 1] = 200;
    assert_int_equal(file_octet(file, KIB64 + 1), 200);
    assert_status(mm_file_write(file, KIB64 + 2, "\xC9", 1, &count), MM_OK);
    assert_int_equal(octets_of(&view)[KIB64 + 2], 0xC9);
    unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* M12, R-31 */
static void a_private_view_keeps_its_changes_to_itself(void **state)
{
    const enum mm_protection protections[] = {MM_READ_WRITE, MM_WRITE_COPY};
    const struct fixture *fixture = *state;

    for (int i = 0; i < 2; i++) {
        struct mm_mapping *mapping;
        struct mm_view view;
        struct mm_view other;
        struct mm_file *file;
        unsigned char before;
        size_t count;

        mapping = map_new_file(fixture->path, KIB64, protections[i], &file);
        view = map(mapping, MM_VIEW_COPY);
        other = map(mapping, MM_VIEW_READ);
        before = octets_of(&view)[10];
        octets_of(&view)[10] = (unsigned char)(before + 1);
        assert_int_equal(octets_of(&other)[10], before);
        assert_int_equal(file_octet(file, 10), before);
        /* And the page is this view's own from now on. */
        assert_status(mm_file_write(file, 11, "\x77", 1, &count), MM_OK);
        assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_DURABLE), MM_OK);
        assert_int_equal(octets_of(&other)[11], 0x77);
        assert_int_not_equal(octets_of(&view)[11], 0x77);
        assert_int_equal(octets_of(&view)[10], before + 1);
        unmap(&view);
        unmap(&other);
        assert_int_equal(file_octet(file, 10), before);
        mm_mapping_close(mapping);
        mm_file_close(file);
    }
}

/* M13, R-22 */
static void a_view_asks_no_more_than_its_mapping_grants(void **state)
{
    struct mm_mapping *reading = create(NULL, KIB64, MM_READ_ONLY);
    struct mm_mapping *copying = create(NULL, KIB64, MM_WRITE_COPY);
    struct mm_mapping *writing = create(NULL, KIB64, MM_READ_WRITE);
    struct mm_view view;

    (void)state;
    assert_refused(reading, 0, 0, MM_VIEW_WRITE, NULL, MM_DENIED);
    assert_refused(reading, 0, 0, MM_VIEW_COPY, NULL, MM_DENIED);
    assert_refused(copying, 0, 0, MM_VIEW_WRITE, NULL, MM_DENIED);
    assert_refused(writing, 0, 0, (enum mm_access)9, NULL, MM_INVALID);
    assert_refused(NULL, 0, 0, MM_VIEW_READ, NULL, MM_INVALID);
    view = map(reading, MM_VIEW_READ);
    unmap(&view);
    view = map(copying, MM_VIEW_READ);
    unmap(&view);
    view = map(copying, MM_VIEW_COPY);
    unmap(&view);
    view = map(writing, MM_VIEW_READ);
    unmap(&view);
    view = map(writing, MM_VIEW_COPY);
    unmap(&view);
    view = map(writing, MM_VIEW_WRITE);
    unmap(&view);
    mm_mapping_close(reading);
    mm_mapping_close(copying);
    mm_mapping_close(writing);
}

/* M27, R-26 */
static void a_wanted_address_is_taken_or_refused(void **state)
{
    struct mm_mapping *mapping = create(NULL, 4 * KIB64, MM_READ_WRITE);
    struct mm_view first = map(mapping, MM_VIEW_WRITE);
    uintptr_t somewhere = (uintptr_t)first.address;
    struct mm_view view;
    void *wanted;

    (void)state;
    /* A granular place within what is about to become free. */
    wanted = (void *)((somewhere + KIB64 - 1) / KIB64 * KIB64);
    assert_refused(mapping, 0, KIB64, MM_VIEW_READ, wanted, MM_BUSY);
    assert_refused(mapping, 0, KIB64, MM_VIEW_READ, (char *)wanted + 4096,
                   MM_MISALIGNED);
    assert_refused(mapping, 0, KIB64, MM_VIEW_READ, (char *)wanted + 1,
                   MM_MISALIGNED);
    octets_of(&first)[0] = 3;
    unmap(&first);
    assert_status(mm_view_map(mapping, 0, KIB64, MM_VIEW_READ, wanted, &view),
                  MM_OK);
    assert_ptr_equal(view.address, wanted);
    assert_int_equal(octets_of(&view)[0], 3);
    assert_refused(mapping, 0, KIB64, MM_VIEW_READ, wanted, MM_BUSY);
    unmap(&view);
    mm_mapping_close(mapping);
}

/* M28 */
static void only_an_exact_view_can_be_unmapped(void **state)
{
    struct mm_mapping *mapping = create(NULL, 2 * KIB64, MM_READ_WRITE);
    struct mm_view view = map(mapping, MM_VIEW_WRITE);
    struct mm_view changed;
    struct mm_view nothing = {0};
    int somewhere = 0;

    (void)state;
    assert_status(mm_view_unmap(NULL), MM_INVALID);
    assert_status(mm_view_unmap(&nothing), MM_INVALID);
    memset(&changed, 0xA5, sizeof(changed));
    assert_status(mm_view_unmap(&changed), MM_INVALID);

    changed = view;
    changed.address = (char *)view.address + KIB64;
    assert_status(mm_view_unmap(&changed), MM_INVALID);
    changed = view;
    changed.size -= 1;
    assert_status(mm_view_unmap(&changed), MM_INVALID);
    changed = view;
    changed.address = (char *)view.address + KIB64;
    changed.size -= KIB64;
    assert_status(mm_view_unmap(&changed), MM_INVALID);
    changed = view;
    changed.address = &somewhere;
    assert_status(mm_view_unmap(&changed), MM_INVALID);
    for (size_t i = 0; i < sizeof(view.opaque) / sizeof(view.opaque[0]); i++) {
        changed = view;
        changed.opaque[i] ^= 8;
        assert_status(mm_view_unmap(&changed), MM_INVALID);
    }

    octets_of(&view)[0] = 1; /* it is still there */
    unmap(&view);
    assert_status(mm_view_unmap(&view), MM_INVALID);
    mm_mapping_close(mapping);
}

static void a_moved_view_is_the_same_view(void **state)
{
    struct mm_mapping *mapping = create(NULL, KIB64, MM_READ_WRITE);
    struct mm_view view = map(mapping, MM_VIEW_WRITE);
    struct mm_view moved = view;

    (void)state;
    memset(&view, 0, sizeof(view));
    assert_status(mm_view_flush(&moved, 0, 0, MM_FLUSH_STARTED), MM_OK);
    unmap(&moved);
    mm_mapping_close(mapping);
}

static void prefetched_octets_are_right_and_in_range(void **state)
{
    const struct fixture *fixture = *state;
    unsigned char expected[2 * KIB64];
    struct mm_view nothing = {0};
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;
    enum mm_status status;

    support_fill(expected, sizeof(expected), 1);
    mapping =
        map_new_file(fixture->path, sizeof(expected), MM_READ_WRITE, &file);
    view = map(mapping, MM_VIEW_READ);
    status = mm_view_prefetch(&view, 0, 0);
    if (status == MM_UNSUPPORTED) {
        unmap(&view);
        mm_mapping_close(mapping);
        mm_file_close(file);
        SKIP_TEST("this system has no prefetching");
    }
    assert_status(status, MM_OK);
    assert_memory_equal(view.address, expected, sizeof(expected));
    assert_status(mm_view_prefetch(&view, 5000, 1), MM_OK);
    assert_status(mm_view_prefetch(&view, sizeof(expected), 0), MM_OK);
    assert_status(mm_view_prefetch(&view, 1, sizeof(expected)),
                  MM_OUT_OF_RANGE);
    assert_status(mm_view_prefetch(&view, SIZE_MAX, 1), MM_OUT_OF_RANGE);
    assert_status(mm_view_prefetch(&nothing, 0, 0), MM_INVALID);
    unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

static void a_hint_is_taken_or_refused_and_changes_no_octet(void **state)
{
    const enum mm_advice hints[] = {MM_ADVICE_SEQUENTIAL, MM_ADVICE_RANDOM,
                                    MM_ADVICE_WILL_NEED, MM_ADVICE_HUGE_PAGES,
                                    MM_ADVICE_NORMAL};
    const struct fixture *fixture = *state;
    unsigned char expected[2 * KIB64];
    struct mm_view nothing = {0};
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    support_fill(expected, sizeof(expected), 1);
    mapping =
        map_new_file(fixture->path, sizeof(expected), MM_READ_WRITE, &file);
    view = map(mapping, MM_VIEW_READ);
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        enum mm_status status = mm_view_advise(&view, 0, 0, hints[i]);

        if (status != MM_UNSUPPORTED || hints[i] == MM_ADVICE_NORMAL) {
            assert_status(status, MM_OK);
        }
        assert_memory_equal(view.address, expected, sizeof(expected));
    }
    assert_status(mm_view_advise(&view, 5000, 1, MM_ADVICE_NORMAL), MM_OK);
    assert_status(mm_view_advise(&view, 1, sizeof(expected), MM_ADVICE_NORMAL),
                  MM_OUT_OF_RANGE);
    assert_status(mm_view_advise(&view, 0, 0, (enum mm_advice)99), MM_INVALID);
    assert_status(mm_view_advise(&nothing, 0, 0, MM_ADVICE_NORMAL), MM_INVALID);
    unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* one fault a page, when it is touched and not before. */
static void pages_come_one_by_one_at_the_first_touch(void **state)
{
    const size_t page = mm_page_size();
    const size_t pages = 512;
    struct mm_process_usage before;
    struct mm_process_usage mapped;
    struct mm_process_usage touched;
    struct mm_mapping *mapping;
    struct mm_view view;

    (void)state;
    mapping = create(NULL, pages * page, MM_READ_WRITE);
    assert_status(mm_process_get_usage(NULL, &before), MM_OK);
    view = map(mapping, MM_VIEW_WRITE);
    assert_status(mm_process_get_usage(NULL, &mapped), MM_OK);
    for (size_t i = 0; i < pages; i++) {
        octets_of(&view)[i * page] = 1;
    }
    assert_status(mm_process_get_usage(NULL, &touched), MM_OK);
    unmap(&view);
    mm_mapping_close(mapping);
    if (support_on_wine()) {
        SKIP_TEST("Wine does not count faults");
    }
    assert_true(mapped.minor_faults - before.minor_faults < pages / 4);
    /* A system may bring in neighbours of a page that is touched. */
    assert_true(touched.minor_faults - mapped.minor_faults >= pages / 32);
}

struct shared_mapping {
    struct mm_mapping *mapping;
    atomic_int failed;
};

static void map_and_unmap(void *context)
{
    struct shared_mapping *shared = context;

    for (int i = 0; i < 500; i++) {
        struct mm_view view;
        _Atomic uint32_t *word;

        if (mm_view_map(shared->mapping, KIB64, 100, MM_VIEW_WRITE, NULL,
                        &view) != MM_OK) {
            atomic_fetch_add(&shared->failed, 1);
            continue;
        }
        word = view.address;
        atomic_fetch_add(word, 1);
        if (mm_view_unmap(&view) != MM_OK) {
            atomic_fetch_add(&shared->failed, 1);
        }
    }
}

static void threads_map_one_mapping_at_once(void **state)
{
    struct shared_mapping shared = {create(NULL, 2 * KIB64, MM_READ_WRITE), 0};
    struct mm_view view;

    (void)state;
    assert_true(support_in_threads(4, map_and_unmap, &shared));
    assert_int_equal(atomic_load(&shared.failed), 0);
    assert_status(
        mm_view_map(shared.mapping, KIB64, 4, MM_VIEW_READ, NULL, &view),
        MM_OK);
    assert_int_equal(*(uint32_t *)view.address, 2000);
    unmap(&view);
    mm_mapping_close(shared.mapping);
}

/* M37: a leaked view or handle would meet a limit long before the end. */
static void mapping_again_and_again_uses_nothing_up(void **state)
{
    const unsigned rounds = 2000 * support_scale();

    (void)state;
    for (unsigned i = 0; i < rounds; i++) {
        struct mm_mapping *mapping = create(NULL, KIB64, MM_READ_WRITE);
        struct mm_view view = map(mapping, MM_VIEW_WRITE);

        octets_of(&view)[0] = 1;
        mm_mapping_close(mapping);
        unmap(&view);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(an_offset_must_be_granular),
        TEST(a_view_cannot_leave_its_mapping),
        TEST(size_zero_maps_to_the_end),
        TEST(views_of_a_mapping_see_the_same_octets),
        TEST(a_view_and_file_calls_see_the_same_octets),
        TEST(a_private_view_keeps_its_changes_to_itself),
        TEST(a_view_asks_no_more_than_its_mapping_grants),
        TEST(a_wanted_address_is_taken_or_refused),
        TEST(only_an_exact_view_can_be_unmapped),
        TEST(a_moved_view_is_the_same_view),
        TEST(prefetched_octets_are_right_and_in_range),
        TEST(a_hint_is_taken_or_refused_and_changes_no_octet),
        TEST(pages_come_one_by_one_at_the_first_touch),
        TEST(threads_map_one_mapping_at_once),
        TEST(mapping_again_and_again_uses_nothing_up),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
