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
    FRESH = READ_WRITE | MM_FILE_CREATE | MM_FILE_NEW,
};

static struct mm_file *open_file(const char *path, unsigned flags)
{
    struct mm_file *file = NULL;

    assert_status(mm_file_open(path, flags, &file), MM_OK);
    return file;
}

static void assert_file_size(struct mm_file *file, uint64_t expected)
{
    uint64_t size = 0;

    assert_status(mm_file_size(file, &size), MM_OK);
    assert_int_equal(size, expected);
}

static enum mm_status create(struct mm_file *file, uint64_t size,
                             enum mm_protection protection, const char *name,
                             struct mm_mapping **mapping_out)
{
    struct mm_mapping_options options = {
        .size = size,
        .protection = protection,
        .name = name,
    };

    return mm_mapping_create(file, &options, mapping_out);
}

static struct mm_mapping *must_create(struct mm_file *file, uint64_t size,
                                      enum mm_protection protection,
                                      const char *name)
{
    struct mm_mapping *mapping = NULL;

    assert_status(create(file, size, protection, name, &mapping), MM_OK);
    assert_non_null(mapping);
    return mapping;
}

static void assert_refused(struct mm_file *file, uint64_t size,
                           enum mm_protection protection, const char *name,
                           enum mm_status expected)
{
    struct mm_mapping *mapping = (struct mm_mapping *)&size;

    assert_status(create(file, size, protection, name, &mapping), expected);
    assert_null(mapping);
}

static struct mm_view must_map(struct mm_mapping *mapping,
                               enum mm_access access)
{
    struct mm_view view;

    assert_status(mm_view_map(mapping, 0, 0, access, NULL, &view), MM_OK);
    return view;
}

static bool is_zero(const struct mm_view *view)
{
    const unsigned char *octets = view->address;
    size_t at = 0;

    while (at < view->size && octets[at] == 0) {
        at++;
    }
    return at == view->size;
}

/* M1, R-21 */
static void an_empty_file_cannot_be_mapped_whole(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);

    assert_refused(file, 0, MM_READ_ONLY, NULL, MM_FILE_INVALID);
    assert_refused(file, 0, MM_READ_WRITE, NULL, MM_FILE_INVALID);
    assert_refused(file, 0, MM_WRITE_COPY, NULL, MM_FILE_INVALID);
    mm_file_close(file);
}

/* M2, R-21 */
static void a_read_only_mapping_cannot_grow_its_file(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, 100, 0));
    file = open_file(fixture->path, READ_WRITE);
    assert_refused(file, 4096, MM_READ_ONLY, NULL, MM_NO_MEMORY);
    assert_refused(file, 4096, MM_WRITE_COPY, NULL, MM_NO_MEMORY);
    assert_file_size(file, 100);
    mm_file_close(file);
}

/* M3, R-21, R-37 */
static void a_larger_mapping_grows_its_file_with_zeros(void **state)
{
    const struct fixture *fixture = *state;
    unsigned char expected[100];
    unsigned char octets[70000];
    struct mm_mapping *mapping;
    struct mm_file *file;
    size_t count;

    assert_true(support_make_file(fixture->path, sizeof(expected), 5));
    file = open_file(fixture->path, READ_WRITE);
    mapping = must_create(file, sizeof(octets), MM_READ_WRITE, NULL);
    assert_file_size(file, sizeof(octets));
    assert_int_equal(mm_mapping_size(mapping), sizeof(octets));
    assert_status(mm_file_read(file, 0, octets, sizeof(octets), &count), MM_OK);
    assert_int_equal(count, sizeof(octets));
    support_fill(expected, sizeof(expected), 5);
    assert_memory_equal(octets, expected, sizeof(expected));
    for (size_t i = sizeof(expected); i < sizeof(octets); i++) {
        assert_int_equal(octets[i], 0);
    }
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* M4, R-22, R-39 */
static void a_mapping_grants_no_more_than_its_file(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, 100, 0));
    file = open_file(fixture->path, MM_FILE_READ);
    assert_refused(file, 0, MM_READ_WRITE, NULL, MM_DENIED);
    mm_mapping_close(must_create(file, 0, MM_READ_ONLY, NULL));
    mm_mapping_close(must_create(file, 0, MM_WRITE_COPY, NULL));
    mm_file_close(file);

    file = open_file(fixture->path, MM_FILE_WRITE);
    assert_refused(file, 0, MM_READ_ONLY, NULL, MM_DENIED);
    assert_refused(file, 0, MM_READ_WRITE, NULL, MM_DENIED);
    assert_refused(file, 0, MM_WRITE_COPY, NULL, MM_DENIED);
    mm_file_close(file);
}

/* M5, R-21 */
static void the_paging_store_needs_a_size(void **state)
{
    (void)state;
    assert_refused(NULL, 0, MM_READ_WRITE, NULL, MM_INVALID);
}

static void unknown_options_are_invalid(void **state)
{
    struct mm_mapping_options options = {
        .size = 4096, .protection = MM_READ_WRITE, .flags = 1U << 31};
    struct mm_mapping *mapping = (struct mm_mapping *)&options;

    (void)state;
    assert_status(mm_mapping_create(NULL, &options, &mapping), MM_INVALID);
    assert_null(mapping);
    assert_status(mm_mapping_create(NULL, NULL, &mapping), MM_INVALID);
    assert_refused(NULL, 4096, (enum mm_protection)7, NULL, MM_INVALID);
}

/* the documents say that it shrinks the file. */
static void a_smaller_mapping_maps_a_prefix(void **state)
{
    const struct fixture *fixture = *state;
    unsigned char expected[5000];
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    support_fill(expected, sizeof(expected), 2);
    assert_true(support_make_file(fixture->path, 200000, 2));
    file = open_file(fixture->path, READ_WRITE);
    mapping = must_create(file, sizeof(expected), MM_READ_WRITE, NULL);
    assert_file_size(file, 200000);
    assert_int_equal(mm_mapping_size(mapping), sizeof(expected));
    view = must_map(mapping, MM_VIEW_READ);
    assert_int_equal(view.size, sizeof(expected));
    assert_memory_equal(view.address, expected, sizeof(expected));
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* */
static void an_existing_file_is_mapped_as_it_is(void **state)
{
    const struct fixture *fixture = *state;
    unsigned char expected[100000];
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    support_fill(expected, sizeof(expected), 3);
    assert_true(support_make_file(fixture->path, sizeof(expected), 3));
    file = open_file(fixture->path, MM_FILE_READ);
    mapping = must_create(file, 0, MM_READ_ONLY, NULL);
    assert_int_equal(mm_mapping_size(mapping), sizeof(expected));
    view = must_map(mapping, MM_VIEW_READ);
    assert_memory_equal(view.address, expected, sizeof(expected));
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* */
static void a_new_temporary_file_is_mapped_and_vanishes(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH | MM_FILE_TEMPORARY);
    struct mm_mapping *mapping = must_create(file, 100000, MM_READ_WRITE, NULL);
    struct mm_view view = must_map(mapping, MM_VIEW_WRITE);
    char octet = 0;
    size_t count;

    assert_true(is_zero(&view));
    ((volatile char *)view.address)[99999] = 'z';
    assert_status(mm_file_read(file, 99999, &octet, 1, &count), MM_OK);
    assert_int_equal(octet, 'z');
    mm_file_close(file);
    mm_mapping_close(mapping);
    assert_status(mm_view_unmap(&view), MM_OK);
    assert_status(mm_file_open(fixture->path, MM_FILE_READ, &file),
                  MM_NOT_FOUND);
}

/* */
static void the_paging_store_starts_as_zeros(void **state)
{
    struct mm_mapping *mapping;
    struct mm_view view;

    (void)state;
    mapping = must_create(NULL, 1 << 20, MM_READ_WRITE, NULL);
    view = must_map(mapping, MM_VIEW_WRITE);
    assert_int_equal(view.size, 1 << 20);
    assert_true(is_zero(&view));
    memset(view.address, 1, view.size);
    assert_status(mm_view_unmap(&view), MM_OK);
    view = must_map(mapping, MM_VIEW_READ);
    assert_int_equal(((const char *)view.address)[(1 << 20) - 1], 1);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
}

/* */
static void the_paging_store_is_rounded_up_to_whole_pages(void **state)
{
    size_t page = mm_page_size();
    struct mm_mapping *mapping;

    (void)state;
    mapping = must_create(NULL, 1, MM_READ_WRITE, NULL);
    assert_int_equal(mm_mapping_size(mapping), page);
    mm_mapping_close(mapping);
    mapping = must_create(NULL, page, MM_READ_ONLY, NULL);
    assert_int_equal(mm_mapping_size(mapping), page);
    mm_mapping_close(mapping);
    mapping = must_create(NULL, 3 * page + 1, MM_WRITE_COPY, NULL);
    assert_int_equal(mm_mapping_size(mapping), 4 * page);
    mm_mapping_close(mapping);
}

/* */
static void more_than_the_machine_has_is_refused_at_once(void **state)
{
    (void)state;
    if (support_on_wine()) {
        SKIP_TEST("Wine commits nothing, so it never runs short");
    }
    assert_refused(NULL, UINT64_C(1) << 46, MM_READ_WRITE, NULL, MM_NO_MEMORY);
}

/* */
static void a_size_that_nothing_has_is_refused(void **state)
{
    const uint64_t sizes[] = {UINT64_MAX, (uint64_t)INT64_MAX + 1};
    const struct fixture *fixture = *state;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, 100, 0));
    file = open_file(fixture->path, READ_WRITE);
    for (int i = 0; i < 2; i++) {
        assert_refused(NULL, sizes[i], MM_READ_WRITE, NULL, MM_NO_MEMORY);
        assert_refused(NULL, sizes[i], MM_READ_WRITE, fixture->name,
                       MM_NO_MEMORY);
        assert_refused(file, sizes[i], MM_READ_ONLY, NULL, MM_NO_MEMORY);
        assert_refused(file, sizes[i], MM_READ_WRITE, NULL, MM_OUT_OF_RANGE);
    }
    assert_file_size(file, 100);
    mm_file_close(file);
}

/* together they are larger than what 47 bits of address reach. */
static void creating_a_mapping_takes_no_address_space(void **state)
{
    const uint64_t size = UINT64_C(8) << 40;
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);
    struct mm_mapping *mappings[20];
    size_t count;

    if (mm_file_write(file, size - 1, "", 1, &count) != MM_OK) {
        mm_file_close(file);
        SKIP_TEST("no sparse file of eight terabytes can be made here");
    }
    for (int i = 0; i < 20; i++) {
        mappings[i] = must_create(file, 0, MM_READ_WRITE, NULL);
        assert_int_equal(mm_mapping_size(mappings[i]), size);
    }
    for (int i = 0; i < 20; i++) {
        mm_mapping_close(mappings[i]);
    }
    mm_file_close(file);
}

/* M36, R-26, R-86: the file is sparse, so this takes a few blocks only. */
static void a_place_beyond_four_gib_is_mapped(void **state)
{
    const uint64_t offset = UINT64_C(0x100010000);
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);
    struct mm_mapping *mapping;
    struct mm_view view;
    size_t count;

    assert_status(mm_file_write(file, 0x10000, "near", 4, &count), MM_OK);
    assert_status(mm_file_write(file, offset, "far", 4, &count), MM_OK);
    mapping = must_create(file, 0, MM_READ_WRITE, NULL);
    assert_int_equal(mm_mapping_size(mapping), offset + 4);
    assert_status(mm_view_map(mapping, offset, 0, MM_VIEW_WRITE, NULL, &view),
                  MM_OK);
    assert_int_equal(view.size, 4);
    assert_string_equal(view.address, "far");
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* M21, R-33: the handle, then only a view, hold the file. */
static void a_mapped_file_cannot_shrink(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, 200000, 0));
    file = open_file(fixture->path, READ_WRITE);
    mapping = must_create(file, 0, MM_READ_WRITE, NULL);
    assert_status(mm_file_set_size(file, 100), MM_MAPPED);
    view = must_map(mapping, MM_VIEW_READ);
    mm_mapping_close(mapping);
    assert_status(mm_file_set_size(file, 100), MM_MAPPED);
    assert_file_size(file, 200000);
    assert_int_equal(support_run_peer("set-size", fixture->path, "100", NULL),
                     MM_MAPPED);
    assert_status(mm_view_unmap(&view), MM_OK);
    assert_status(mm_file_set_size(file, 100), MM_OK);
    mm_file_close(file);
}

static void a_mapped_file_can_grow(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, 100, 0));
    file = open_file(fixture->path, READ_WRITE);
    mapping = must_create(file, 0, MM_READ_ONLY, NULL);
    assert_status(mm_file_set_size(file, 200000), MM_OK);
    assert_file_size(file, 200000);
    assert_int_equal(mm_mapping_size(mapping), 100);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

static void a_file_mapped_by_another_process_cannot_shrink(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_process *process;
    struct mm_file *file;
    struct talk talk;

    assert_true(support_make_file(fixture->path, 200000, 0));
    assert_true(talk_open(&talk, fixture->name));
    process =
        support_start_peer("hold-view", fixture->name, fixture->path, NULL);
    assert_non_null(process);
    assert_true(talk_wait(&talk, 1));
    file = open_file(fixture->path, READ_WRITE);
    assert_status(mm_file_set_size(file, 100), MM_MAPPED);
    assert_file_size(file, 200000);

    /* Death takes the view away, and with it what held the file. */
    assert_status(mm_process_kill(process), MM_OK);
    assert_int_equal(support_finish(process), MM_EXIT_KILLED);
    assert_status(mm_file_set_size(file, 100), MM_OK);
    mm_file_close(file);
    talk_close(&talk);
}

/* M22, R-33: Windows refuses to delete it, Linux does not, nor does Wine. The
 * view is no worse for it anywhere. */
static void deleting_a_mapped_file_leaves_its_views_alone(void **state)
{
    const struct fixture *fixture = *state;
    unsigned char expected[5000];
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;
    bool deleted;

    support_fill(expected, sizeof(expected), 6);
    assert_true(support_make_file(fixture->path, sizeof(expected), 6));
    file = open_file(fixture->path, READ_WRITE);
    mapping = must_create(file, 0, MM_READ_WRITE, NULL);
    view = must_map(mapping, MM_VIEW_WRITE);
    mm_mapping_close(mapping);
    mm_file_close(file);
    deleted = remove(fixture->path) == 0;
    assert_memory_equal(view.address, expected, sizeof(expected));
    ((volatile unsigned char *)view.address)[0] = 1;
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_STARTED), MM_OK);
    assert_status(mm_view_unmap(&view), MM_OK);
    assert_status(mm_file_open(fixture->path, MM_FILE_READ, &file),
                  deleted ? MM_NOT_FOUND : MM_OK);
    mm_file_close(file);
    assert_true(deleted || remove(fixture->path) == 0);
}

/* The documents write it with 32 bits, which are another number today. */
static void no_file_is_a_number_of_64_bits(void **state)
{
    (void)state;
    if (!support_section_of(UINT64_MAX)) {
        SKIP_TEST("files have no such numbers here");
    }
    assert_false(support_section_of(UINT32_MAX));
}

/* octets that a view wrote behind the end do not come up later. */
static void growing_wipes_what_a_view_wrote_behind_the_end(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;
    char octet = 'x';
    size_t count;

    assert_true(support_make_file(fixture->path, 100, 0));
    file = open_file(fixture->path, READ_WRITE);
    mapping = must_create(file, 0, MM_READ_WRITE, NULL);
    view = must_map(mapping, MM_VIEW_WRITE);
    ((volatile char *)view.address)[200] = 'z';
    assert_status(mm_file_set_size(file, 10000), MM_OK);
    assert_status(mm_file_read(file, 200, &octet, 1, &count), MM_OK);
    assert_int_equal(octet, 0);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* sharing lasts as long as there is a view. */
static void a_view_keeps_the_file_exclusive(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, 100, 0));
    file = open_file(fixture->path, READ_WRITE | MM_FILE_EXCLUSIVE);
    mapping = must_create(file, 0, MM_READ_WRITE, NULL);
    mm_file_close(file);
    assert_status(mm_file_open(fixture->path, MM_FILE_READ, &file), MM_BUSY);
    view = must_map(mapping, MM_VIEW_READ);
    mm_mapping_close(mapping);
    assert_status(mm_file_open(fixture->path, MM_FILE_READ, &file), MM_BUSY);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_file_close(open_file(fixture->path, MM_FILE_READ));
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    mm_mapping_close(NULL);
}

/* M31 for mappings: on a file system of its own, of one megabyte. */
static void a_mapping_cannot_grow_its_file_over_a_full_disk(void **state)
{
    const struct fixture *fixture = *state;
    char inside[SUPPORT_PATH_ROOM + 8];
    struct mm_mapping *mapping = NULL;
    enum mm_status growing = MM_OS;
    struct mm_file *file;
    uint64_t size = 1;

    if (support_run("/bin/mkdir", fixture->second_path, NULL) != 0 ||
        support_run("/bin/mount", "-t", "tmpfs", "-o", "size=1m", "none",
                    fixture->second_path, NULL) != 0) {
        SKIP_TEST("a small file system cannot be mounted here");
    }
    snprintf(inside, sizeof(inside), "%s/file", fixture->second_path);
    if (mm_file_open(inside, FRESH, &file) == MM_OK) {
        growing = create(file, 2 << 20, MM_READ_WRITE, NULL, &mapping);
        mm_file_size(file, &size);
    }
    mm_mapping_close(mapping);
    mm_file_close(file);
    support_run("/bin/umount", fixture->second_path, NULL);
    assert_status(growing, MM_NO_SPACE);
    assert_null(mapping);
    assert_int_equal(size, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_file_cannot_be_mapped_whole),
        TEST(a_read_only_mapping_cannot_grow_its_file),
        TEST(a_larger_mapping_grows_its_file_with_zeros),
        TEST(a_mapping_grants_no_more_than_its_file),
        TEST(the_paging_store_needs_a_size),
        TEST(unknown_options_are_invalid),
        TEST(a_smaller_mapping_maps_a_prefix),
        TEST(an_existing_file_is_mapped_as_it_is),
        TEST(a_new_temporary_file_is_mapped_and_vanishes),
        TEST(the_paging_store_starts_as_zeros),
        TEST(the_paging_store_is_rounded_up_to_whole_pages),
        TEST(more_than_the_machine_has_is_refused_at_once),
        TEST(a_size_that_nothing_has_is_refused),
        TEST(creating_a_mapping_takes_no_address_space),
        TEST(a_place_beyond_four_gib_is_mapped),
        TEST(a_mapped_file_cannot_shrink),
        TEST(a_mapped_file_can_grow),
        TEST(a_file_mapped_by_another_process_cannot_shrink),
        TEST(deleting_a_mapped_file_leaves_its_views_alone),
        TEST(no_file_is_a_number_of_64_bits),
        TEST(growing_wipes_what_a_view_wrote_behind_the_end),
        TEST(a_view_keeps_the_file_exclusive),
        TEST(closing_nothing_is_allowed),
        TEST(a_mapping_cannot_grow_its_file_over_a_full_disk),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
