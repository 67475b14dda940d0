/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/memory.h>
#include <mapmark/region.h>
#include <mapmark/view.h>

#include "peer.h"
#include "skip.h"

#define KIB64 ((size_t)65536)

enum {
    PROCESS_ROOM = 24,
    SHARERS = 4,
};

/* Too large for a stack that a sanitizer has widened. */
static struct mm_region region;

static const struct mm_region *query(const void *address)
{
    assert_status(mm_region_query(address, &region), MM_OK);
    assert_true(region.base <= (uintptr_t)address);
    assert_true(region.base + region.size > (uintptr_t)address);
    return &region;
}

static const void *at(const struct mm_memory *memory, size_t page)
{
    return (const char *)memory->address + page * mm_page_size();
}

static void assert_region(const void *address, enum mm_region_state state,
                          unsigned access)
{
    const struct mm_region *found = query(address);

    assert_int_equal(found->state, state);
    assert_int_equal(found->access, access);
}

/* */
static void a_region_has_one_state_and_one_protection(void **state)
{
    const unsigned both = MM_REGION_READ | MM_REGION_WRITE;
    const size_t page = mm_page_size();
    struct mm_memory memory;

    (void)state;
    assert_status(mm_memory_reserve(64 * page, NULL, &memory), MM_OK);
    assert_status(
        mm_memory_commit(&memory, 8 * page, 4 * page, MM_MEMORY_READ_WRITE),
        MM_OK);
    assert_status(
        mm_memory_commit(&memory, 12 * page, 2 * page, MM_MEMORY_READ_ONLY),
        MM_OK);
    assert_region(at(&memory, 0), MM_REGION_RESERVED, 0);
    assert_region(at(&memory, 8), MM_REGION_COMMITTED, both);
    assert_int_equal(region.base, (uintptr_t)at(&memory, 8));
    assert_int_equal(region.size, 4 * page);
    assert_int_equal(region.type, MM_REGION_PRIVATE);
    assert_string_equal(region.backing, "");
    assert_region(at(&memory, 13), MM_REGION_COMMITTED, MM_REGION_READ);
    assert_int_equal(region.base, (uintptr_t)at(&memory, 12));
    assert_int_equal(region.size, 2 * page);
    assert_region(at(&memory, 14), MM_REGION_RESERVED, 0);
    assert_status(mm_memory_release(&memory), MM_OK);
}

/* Linux tells them as reserved: the header says so. */
static void pages_without_access_allow_nothing(void **state)
{
    struct mm_memory memory;

    (void)state;
    assert_status(mm_memory_allocate(KIB64, MM_MEMORY_NO_ACCESS, NULL, &memory),
                  MM_OK);
    query(memory.address);
    assert_int_not_equal(region.state, MM_REGION_FREE);
    assert_int_equal(region.access, 0);
    assert_int_equal(region.resident, 0);
    assert_status(mm_memory_release(&memory), MM_OK);
}

/* */
static void released_and_low_addresses_are_free(void **state)
{
    struct mm_memory memory;
    const void *address;

    (void)state;
    assert_status(mm_memory_reserve(64 * KIB64, NULL, &memory), MM_OK);
    address = at(&memory, 0);
    assert_int_equal(query(address)->state, MM_REGION_RESERVED);
    assert_status(mm_memory_release(&memory), MM_OK);
    assert_int_equal(query(address)->state, MM_REGION_FREE);
    assert_int_equal(query(NULL)->state, MM_REGION_FREE);
    assert_int_equal(region.type, MM_REGION_NONE);
    assert_status(mm_region_query((const void *)UINTPTR_MAX, &region),
                  MM_OUT_OF_RANGE);
    assert_int_equal(region.size, 0);
}

/* Six pages with ones without access on both sides, so that they are a region
 * by themselves. */
static struct mm_memory six_pages(void)
{
    const size_t page = mm_page_size();
    struct mm_memory memory;

    assert_status(
        mm_memory_allocate(8 * page, MM_MEMORY_READ_WRITE, NULL, &memory),
        MM_OK);
    assert_status(mm_memory_protect(&memory, 0, page, MM_MEMORY_NO_ACCESS),
                  MM_OK);
    assert_status(
        mm_memory_protect(&memory, 7 * page, page, MM_MEMORY_NO_ACCESS), MM_OK);
    return memory;
}

/* */
static void touched_pages_are_resident(void **state)
{
    struct mm_memory memory = six_pages();

    (void)state;
    assert_int_equal(query(at(&memory, 1))->resident, 0);
    *(volatile char *)at(&memory, 2) = 1;
    assert_int_equal(query(at(&memory, 1))->resident, mm_page_size());
    assert_status(mm_memory_release(&memory), MM_OK);
}

/* A sanitizer takes the system's call away: to it, locking does nothing. */
static bool locks_are_ignored(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    return false;
#endif
}

/* the documents say that it suspends their use. */
static void locked_pages_are_resident_and_in_use(void **state)
{
    const size_t page = mm_page_size();
    struct mm_memory memory = six_pages();
    enum mm_status status = mm_memory_lock(&memory, page, 6 * page);

    (void)state;
    if (status != MM_OK || locks_are_ignored()) {
        mm_memory_release(&memory);
        SKIP_TEST("this process may not, or does not, lock memory");
    }
    assert_int_equal(query(at(&memory, 1))->resident, 6 * page);
    *(volatile char *)at(&memory, 3) = 1;
    assert_status(mm_memory_unlock(&memory, page, 6 * page), MM_OK);
    assert_status(mm_memory_unlock(&memory, page, 6 * page), MM_OK);
    status = mm_memory_lock(&memory, 0, page);
    assert_status(status, support_on_wine() ? MM_DENIED : MM_NO_MEMORY);
    assert_status(mm_memory_release(&memory), MM_OK);
}

static struct mm_mapping *map_file(const char *path, enum mm_access access,
                                   struct mm_view *view)
{
    struct mm_mapping_options options = {.protection = MM_READ_WRITE};
    struct mm_mapping *mapping = NULL;
    struct mm_file *file;

    assert_true(support_make_file(path, KIB64, 0));
    assert_status(mm_file_open(path, MM_FILE_READ | MM_FILE_WRITE, &file),
                  MM_OK);
    assert_status(mm_mapping_create(file, &options, &mapping), MM_OK);
    assert_status(mm_view_map(mapping, 0, 0, access, NULL, view), MM_OK);
    mm_file_close(file);
    return mapping;
}

/* The file's name without the folders: these have more than one. */
static const char *last_part(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* W-8 */
static void a_view_of_a_file_names_it(void **state)
{
    static const struct {
        enum mm_access access;
        unsigned expected;
    } rows[] = {
        {MM_VIEW_READ, MM_REGION_READ},
        {MM_VIEW_WRITE, MM_REGION_READ | MM_REGION_WRITE},
        {MM_VIEW_COPY, MM_REGION_READ | MM_REGION_WRITE | MM_REGION_COPY},
    };
    const struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mm_view view;
        struct mm_mapping *mapping =
            map_file(fixture->path, rows[i].access, &view);

        assert_region(view.address, MM_REGION_COMMITTED, rows[i].expected);
        assert_int_equal(region.base, (uintptr_t)view.address);
        assert_int_equal(region.size, KIB64);
        assert_int_equal(region.type, MM_REGION_MAPPED);
        assert_non_null(strstr(region.backing, last_part(fixture->path)));
        assert_status(mm_view_unmap(&view), MM_OK);
        mm_mapping_close(mapping);
    }
}

/* W-8 */
static void regions_follow_each_other_without_gaps(void **state)
{
    struct mm_regions *regions;
    enum mm_status status;
    uint64_t end = 0;
    unsigned images = 0;

    (void)state;
    assert_status(mm_region_open(0, &regions), MM_OK);
    while ((status = mm_region_next(regions, &region)) == MM_OK) {
        assert_int_equal(region.base, end);
        assert_true(region.size > 0);
        assert_true((region.state == MM_REGION_FREE) ==
                    (region.type == MM_REGION_NONE));
        if (region.state != MM_REGION_COMMITTED) {
            assert_int_equal(region.resident, 0);
            assert_int_equal(region.access, 0);
        } else if (region.resident != MM_UNKNOWN) {
            assert_true(region.resident <= region.size);
        }
        images += region.type == MM_REGION_IMAGE &&
                  (region.access & MM_REGION_EXECUTE) != 0;
        end = region.base + region.size;
    }
    assert_status(status, MM_NOT_FOUND);
    assert_status(mm_region_next(regions, &region), MM_NOT_FOUND);
    assert_int_equal(region.size, 0);
    assert_true(images > 1); /* the program and its libraries */
    mm_region_close(regions);
    mm_region_close(NULL);
}

static void the_code_of_a_program_is_an_image(void **state)
{
    const struct mm_region *found =
        query((const void *)(uintptr_t)mm_region_query);

    (void)state;
    assert_int_equal(found->type, MM_REGION_IMAGE);
    assert_true((found->access & MM_REGION_EXECUTE) != 0);
    assert_true((found->access & MM_REGION_WRITE) == 0);
    assert_non_null(strstr(found->backing, "libmapmark"));
}

/* R-62, W-8 */
static void another_process_is_walked_through(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_process *process;
    struct mm_regions *regions;
    uint64_t view_size = 0;
    struct talk talk;

    assert_true(support_make_file(fixture->path, 5 * KIB64, 0));
    assert_true(talk_open(&talk, fixture->name));
    process =
        support_start_peer("hold-view", fixture->name, fixture->path, NULL);
    assert_non_null(process);
    assert_true(talk_wait(&talk, 1));
    assert_status(mm_region_open(mm_process_id(process), &regions), MM_OK);
    while (mm_region_next(regions, &region) == MM_OK) {
        if (strstr(region.backing, last_part(fixture->path)) != NULL) {
            view_size += region.size;
            assert_int_equal(region.access, MM_REGION_READ | MM_REGION_WRITE);
        }
    }
    mm_region_close(regions);
    talk_say(&talk, 2);
    assert_int_equal(support_finish(process), 0);
    talk_close(&talk);
    assert_int_equal(view_size, 5 * KIB64);
}

static void an_unknown_process_is_not_found(void **state)
{
    const uint64_t numbers[] = {UINT64_C(4194303999), UINT64_C(1) << 40,
                                UINT64_MAX};
    struct mm_regions *regions = (struct mm_regions *)state;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        assert_status(mm_region_open(numbers[i], &regions), MM_NOT_FOUND);
        assert_null(regions);
    }
}

static void the_process_of_another_user_is_denied(void **state)
{
    char number[PROCESS_ROOM];
    int code;

    (void)state;
    snprintf(number, sizeof(number), "%" PRIu64, mm_process_id(NULL));
    assert_int_equal(support_run_peer("regions", number, NULL), MM_NOT_FOUND);
    code = support_run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                       "--clear-groups", support_peer_path(), "regions", number,
                       NULL);
    if (code != MM_DENIED && code != MM_NOT_FOUND) {
        SKIP_TEST("another user cannot run the peer here");
    }
    assert_status((enum mm_status)code, MM_DENIED);
}

static uint64_t share_of(const struct mm_view *view)
{
    return query(view->address)->share;
}

/* five processes read the same pages, and each has a fifth of them. */
static void processes_share_one_copy_of_a_page(void **state)
{
    const struct fixture *fixture = *state;
    const size_t size = 16 * KIB64;
    struct mm_mapping_options options = {
        .size = size,
        .protection = MM_READ_WRITE,
        .name = fixture->second_name,
    };
    struct mm_process *sharers[SHARERS];
    struct mm_mapping *mapping;
    struct mm_view view;
    struct talk talk;
    uint64_t alone;
    uint64_t shared;

    assert_true(talk_open(&talk, fixture->name));
    assert_status(mm_mapping_create(NULL, &options, &mapping), MM_OK);
    assert_status(mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, &view),
                  MM_OK);
    memset(view.address, 0, size);
    alone = share_of(&view);
    for (int i = 0; i < SHARERS; i++) {
        sharers[i] = support_start_peer("share", fixture->name,
                                        fixture->second_name, NULL);
        assert_non_null(sharers[i]);
    }
    while (atomic_load(&talk.words[1]) < SHARERS) {
        assert_status(mm_process_wait(sharers[0], 0, NULL), MM_TIMED_OUT);
    }
    shared = share_of(&view);
    assert_int_equal(region.resident, size);
    talk_say(&talk, 2);
    for (int i = 0; i < SHARERS; i++) {
        assert_int_equal(support_finish(sharers[i]), 0);
    }
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    talk_close(&talk);
    if (support_on_wine()) {
        SKIP_TEST("Wine does not count who else has a page");
    }
    assert_int_equal(alone, size);
    assert_in_range(shared, size / (SHARERS + 1) - 2048,
                    size / (SHARERS + 1) + 2048);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_region_has_one_state_and_one_protection),
        TEST(pages_without_access_allow_nothing),
        TEST(released_and_low_addresses_are_free),
        TEST(touched_pages_are_resident),
        TEST(locked_pages_are_resident_and_in_use),
        TEST(a_view_of_a_file_names_it),
        TEST(regions_follow_each_other_without_gaps),
        TEST(the_code_of_a_program_is_an_image),
        TEST(another_process_is_walked_through),
        TEST(an_unknown_process_is_not_found),
        TEST(the_process_of_another_user_is_denied),
        TEST(processes_share_one_copy_of_a_page),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
