/* SPDX-License-Identifier: MIT */
/* How what a view holds gets to its file: by itself, and by a flush. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

/* M9 */
static void writing_behind_the_end_does_not_reach_the_file(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;
    uint64_t size = 0;
    char octets[8];
    size_t count;

    mapping = map_new_file(fixture->path, 100, MM_READ_WRITE, &file);
    view = map(mapping, MM_VIEW_WRITE);
    octets_of(&view)[100] = 1;
    octets_of(&view)[2000] = 1;
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_DURABLE), MM_OK);
    unmap(&view);
    mm_mapping_close(mapping);
    assert_status(mm_file_size(file, &size), MM_OK);
    assert_int_equal(size, 100);
    assert_status(mm_file_read(file, 100, octets, sizeof(octets), &count),
                  MM_OK);
    assert_int_equal(count, 0);
    mm_file_close(file);
}

/* M14, R-29, R-33 */
static void a_view_outlives_mapping_and_file(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    mapping = map_new_file(fixture->path, KIB64, MM_READ_WRITE, &file);
    view = map(mapping, MM_VIEW_WRITE);
    mm_file_close(file);
    mm_mapping_close(mapping);
    octets_of(&view)[5] = 99;
    assert_int_equal(octets_of(&view)[5], 99);
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_STARTED), MM_OK);
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_DURABLE), MM_OK);
    unmap(&view);
}

/* M15, R-82 */
static void changes_reach_the_file_without_a_flush(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    mapping = map_new_file(fixture->path, KIB64, MM_READ_WRITE, &file);
    view = map(mapping, MM_VIEW_WRITE);
    octets_of(&view)[KIB64 - 1] = 123;
    mm_mapping_close(mapping);
    mm_file_close(file);
    unmap(&view);
    assert_status(mm_file_open(fixture->path, MM_FILE_READ, &file), MM_OK);
    assert_int_equal(file_octet(file, KIB64 - 1), 123);
    mm_file_close(file);
}

/* M29, R-30 */
static void a_flush_cannot_leave_its_view(void **state)
{
    const struct fixture *fixture = *state;
    const enum mm_flush levels[] = {MM_FLUSH_STARTED, MM_FLUSH_DURABLE};
    struct mm_view nothing = {0};
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    mapping = map_new_file(fixture->path, 2 * KIB64, MM_READ_WRITE, &file);
    assert_status(
        mm_view_map(mapping, KIB64, 10000, MM_VIEW_WRITE, NULL, &view), MM_OK);
    for (int i = 0; i < 2; i++) {
        octets_of(&view)[5000] = (unsigned char)i;
        assert_status(mm_view_flush(&view, 0, 0, levels[i]), MM_OK);
        assert_status(mm_view_flush(&view, 5000, 1, levels[i]), MM_OK);
        assert_status(mm_view_flush(&view, 10000, 0, levels[i]), MM_OK);
        assert_status(mm_view_flush(&view, 0, 10000, levels[i]), MM_OK);
        assert_status(mm_view_flush(&view, 0, 10001, levels[i]),
                      MM_OUT_OF_RANGE);
        assert_status(mm_view_flush(&view, 1, 10000, levels[i]),
                      MM_OUT_OF_RANGE);
        assert_status(mm_view_flush(&view, 10001, 0, levels[i]),
                      MM_OUT_OF_RANGE);
        assert_status(mm_view_flush(&view, 1, SIZE_MAX, levels[i]),
                      MM_OUT_OF_RANGE);
        assert_status(mm_view_flush(&nothing, 0, 0, levels[i]), MM_INVALID);
        assert_status(mm_view_flush(NULL, 0, 0, levels[i]), MM_INVALID);
    }
    assert_status(mm_view_flush(&view, 0, 0, (enum mm_flush)5), MM_INVALID);
    unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

static void flushing_what_has_no_file_does_nothing(void **state)
{
    struct mm_mapping *mapping = create(NULL, KIB64, MM_READ_WRITE);
    struct mm_view view = map(mapping, MM_VIEW_WRITE);

    (void)state;
    octets_of(&view)[0] = 1;
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_STARTED), MM_OK);
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_DURABLE), MM_OK);
    assert_int_equal(octets_of(&view)[0], 1);
    unmap(&view);
    mm_mapping_close(mapping);
}

/* M30, R-30: dropping the cached pages shows what the device has. */
static void what_was_flushed_survives_a_kill(void **state)
{
    const struct fixture *fixture = *state;
    unsigned char expected[3 * KIB64];
    unsigned char *seen = malloc(sizeof(expected));
    struct mm_process *process;
    struct mm_file *file;
    struct talk talk;
    size_t count = 0;

    assert_non_null(seen);
    assert_true(support_make_file(fixture->path, sizeof(expected), 0));
    assert_true(talk_open(&talk, fixture->name));
    process =
        support_start_peer("flush", fixture->name, fixture->path, "77", NULL);
    assert_non_null(process);
    assert_true(talk_wait(&talk, 1));
    assert_status(mm_process_kill(process), MM_OK);
    assert_int_equal(support_finish(process), MM_EXIT_KILLED);

    assert_status(mm_file_open(fixture->path, MM_FILE_READ, &file), MM_OK);
    mm_file_evict(file);
    assert_status(mm_file_read(file, 0, seen, sizeof(expected), &count), MM_OK);
    assert_int_equal(count, sizeof(expected));
    support_fill(expected, sizeof(expected), 77);
    assert_memory_equal(seen, expected, sizeof(expected));
    mm_file_close(file);
    free(seen);
    talk_close(&talk);
}

/* also who may only read can ask for what others have written. */
static void a_reader_can_flush(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, KIB64, 1));
    assert_status(mm_file_open(fixture->path, MM_FILE_READ, &file), MM_OK);
    mapping = create(file, 0, MM_READ_ONLY);
    mm_file_close(file);
    view = map(mapping, MM_VIEW_READ);
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_STARTED), MM_OK);
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_DURABLE), MM_OK);
    unmap(&view);
    mm_mapping_close(mapping);
}

static uint64_t dirty_octets(const char *path)
{
    uint64_t dirty = 0;

    return support_dirty(path, &dirty) ? dirty : MM_UNKNOWN;
}

/* what is outside the range stays as dirty as it was. A system may keep
 * the state of neighbours together, so the two places are far apart. */
static void a_flush_writes_its_range_and_no_more(void **state)
{
    const struct fixture *fixture = *state;
    const size_t half = (size_t)8 << 20;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;
    uint64_t before;
    uint64_t after;
    uint64_t last;

    mapping = map_new_file(fixture->path, 2 * half, MM_READ_WRITE, &file);
    view = map(mapping, MM_VIEW_WRITE);
    assert_status(mm_file_sync(file), MM_OK);
    octets_of(&view)[5] = 1;
    octets_of(&view)[2 * half - 5] = 1;
    before = dirty_octets(fixture->path);
    assert_status(mm_view_flush(&view, 0, half, MM_FLUSH_DURABLE), MM_OK);
    after = dirty_octets(fixture->path);
    assert_status(mm_view_flush(&view, half, 0, MM_FLUSH_DURABLE), MM_OK);
    last = dirty_octets(fixture->path);
    unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
    if (before == 0 || before >= 2 * half) {
        SKIP_TEST("this system does not tell which pages are dirty");
    }
    assert_in_range(after, 1, before - 1);
    assert_int_equal(last, 0);
}

/* The documents say that unmapping and closing write: the system does, when
 * it likes. */
static void unmapping_and_closing_write_nothing_at_once(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;
    uint64_t dirty;

    mapping = map_new_file(fixture->path, KIB64, MM_READ_WRITE, &file);
    assert_status(mm_file_sync(file), MM_OK);
    view = map(mapping, MM_VIEW_WRITE);
    octets_of(&view)[5] = 1;
    unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
    dirty = dirty_octets(fixture->path);
    if (dirty == MM_UNKNOWN) {
        SKIP_TEST("this system does not tell which pages are dirty");
    }
    assert_true(dirty > 0);
}

/* nothing waits to be started any more. */
static void a_started_flush_leaves_no_page_dirty(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;
    uint64_t before;
    uint64_t after;

    mapping = map_new_file(fixture->path, 4 * KIB64, MM_READ_WRITE, &file);
    assert_status(mm_file_sync(file), MM_OK);
    view = map(mapping, MM_VIEW_WRITE);
    octets_of(&view)[5] = 1;
    octets_of(&view)[3 * KIB64] = 1;
    before = dirty_octets(fixture->path);
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_STARTED), MM_OK);
    after = dirty_octets(fixture->path);
    unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
    if (before == 0 || before == MM_UNKNOWN) {
        SKIP_TEST("this system does not tell which pages are dirty");
    }
    assert_int_equal(after, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(writing_behind_the_end_does_not_reach_the_file),
        TEST(a_view_outlives_mapping_and_file),
        TEST(changes_reach_the_file_without_a_flush),
        TEST(a_flush_cannot_leave_its_view),
        TEST(flushing_what_has_no_file_does_nothing),
        TEST(what_was_flushed_survives_a_kill),
        TEST(a_reader_can_flush),
        TEST(a_flush_writes_its_range_and_no_more),
        TEST(unmapping_and_closing_write_nothing_at_once),
        TEST(a_started_flush_leaves_no_page_dirty),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
