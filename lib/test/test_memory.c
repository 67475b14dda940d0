/* SPDX-License-Identifier: MIT */
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

enum {
    /* More than one granule, and a piece of it. */
    PAGES = 40,
};

static struct mm_memory reserve(size_t size)
{
    struct mm_memory memory;

    assert_status(mm_memory_reserve(size, NULL, &memory), MM_OK);
    assert_non_null(memory.address);
    return memory;
}

static struct mm_memory allocate(size_t size,
                                 enum mm_memory_protection protection)
{
    struct mm_memory memory;

    assert_status(mm_memory_allocate(size, protection, NULL, &memory), MM_OK);
    assert_non_null(memory.address);
    return memory;
}

static void release(struct mm_memory *memory)
{
    assert_status(mm_memory_release(memory), MM_OK);
    assert_null(memory->address);
    assert_int_equal(memory->size, 0);
}

static unsigned char *octets_of(const struct mm_memory *memory)
{
    return memory->address;
}

static void assert_access(const unsigned char *octets, size_t size,
                          enum mm_status reading, enum mm_status writing)
{
    assert_status(mm_memory_readable(octets, size), reading);
    assert_status(mm_memory_writable((void *)(uintptr_t)octets, size), writing);
}

/* */
static void a_reservation_has_whole_pages(void **state)
{
    struct mm_memory memory = reserve(PAGES * mm_page_size() - 1);

    (void)state;
    assert_int_equal(memory.size, PAGES * mm_page_size());
    assert_int_equal((uintptr_t)memory.address % mm_page_size(), 0);
    release(&memory);
}

/* what a touch would do is asked, not tried. */
static void only_committed_pages_can_be_touched(void **state)
{
    const size_t page = mm_page_size();
    struct mm_memory memory = reserve(PAGES * page);
    unsigned char *octets = octets_of(&memory);

    (void)state;
    assert_access(octets, memory.size, MM_IO, MM_IO);
    assert_status(
        mm_memory_commit(&memory, 4 * page, 2 * page, MM_MEMORY_READ_WRITE),
        MM_OK);
    assert_access(octets + 4 * page, 2 * page, MM_OK, MM_OK);
    assert_access(octets + 4 * page - 1, 1, MM_IO, MM_IO);
    assert_access(octets + 6 * page, 1, MM_IO, MM_IO);
    for (size_t i = 0; i < 2 * page; i++) {
        assert_int_equal(octets[4 * page + i], 0);
    }
    memset(octets + 4 * page, 7, 2 * page);
    assert_status(mm_memory_decommit(&memory, 5 * page, page), MM_OK);
    assert_access(octets + 4 * page, page, MM_OK, MM_OK);
    assert_access(octets + 4 * page, page + 1, MM_IO, MM_IO);
    release(&memory);
    assert_access(octets + 4 * page, 1, MM_IO, MM_IO);
}

/* */
static void committing_again_keeps_what_is_there(void **state)
{
    const size_t page = mm_page_size();
    struct mm_memory memory = reserve(PAGES * page);

    (void)state;
    assert_status(mm_memory_commit(&memory, 0, page, MM_MEMORY_READ_WRITE),
                  MM_OK);
    octets_of(&memory)[5] = 9;
    assert_status(mm_memory_commit(&memory, 0, 0, MM_MEMORY_READ_WRITE), MM_OK);
    assert_int_equal(octets_of(&memory)[5], 9);
    assert_int_equal(octets_of(&memory)[memory.size - 1], 0);
    release(&memory);
}

/* */
static void decommitted_pages_come_back_as_zeros(void **state)
{
    struct mm_memory memory =
        allocate(3 * mm_page_size(), MM_MEMORY_READ_WRITE);

    (void)state;
    memset(memory.address, 7, memory.size);
    assert_status(mm_memory_decommit(&memory, 0, 0), MM_OK);
    assert_status(mm_memory_decommit(&memory, 0, 0), MM_OK);
    assert_status(mm_memory_commit(&memory, 0, 0, MM_MEMORY_READ_WRITE), MM_OK);
    for (size_t i = 0; i < memory.size; i++) {
        assert_int_equal(octets_of(&memory)[i], 0);
    }
    release(&memory);
}

/* */
static void memory_is_reserved_and_committed_in_one_step(void **state)
{
    struct mm_memory memory = allocate(100000, MM_MEMORY_READ_WRITE);

    (void)state;
    assert_true(memory.size >= 100000);
    memset(memory.address, 1, memory.size);
    assert_access(octets_of(&memory), memory.size, MM_OK, MM_OK);
    release(&memory);
}

/* */
static void other_allocations_avoid_a_reservation(void **state)
{
    struct mm_memory memory = reserve(16 * mm_granularity());
    struct mm_mapping_options options = {
        .size = 4096,
        .protection = MM_READ_WRITE,
    };
    char *granule = memory.address;
    struct mm_memory other;
    struct mm_mapping *mapping;
    struct mm_view view;

    (void)state;
    granule += mm_granularity() - (uintptr_t)granule % mm_granularity();
    assert_status(mm_memory_reserve(4096, granule, &other), MM_BUSY);
    assert_null(other.address);
    assert_status(mm_mapping_create(NULL, &options, &mapping), MM_OK);
    assert_status(mm_view_map(mapping, 0, 0, MM_VIEW_READ, granule, &view),
                  MM_BUSY);
    release(&memory);
    assert_status(mm_memory_reserve(4096, granule, &other), MM_OK);
    assert_ptr_equal(other.address, granule);
    release(&other);
    mm_mapping_close(mapping);
}

/* */
static void pages_allow_what_their_protection_says(void **state)
{
    const size_t page = mm_page_size();
    struct mm_memory memory = allocate(4 * page, MM_MEMORY_READ_WRITE);
    unsigned char *octets = octets_of(&memory);

    (void)state;
    octets[page] = 3;
    assert_status(mm_memory_protect(&memory, page, page, MM_MEMORY_READ_ONLY),
                  MM_OK);
    assert_access(octets + page, page, MM_OK, MM_IO);
    assert_access(octets, page, MM_OK, MM_OK);
    assert_access(octets + 2 * page, page, MM_OK, MM_OK);
    assert_int_equal(octets[page], 3);
    assert_status(mm_memory_protect(&memory, page, page, MM_MEMORY_NO_ACCESS),
                  MM_OK);
    assert_access(octets + page, page, MM_IO, MM_IO);
    assert_status(mm_memory_protect(&memory, page, page, MM_MEMORY_READ_WRITE),
                  MM_OK);
    assert_access(octets, memory.size, MM_OK, MM_OK);
    assert_int_equal(octets[page], 3);
    release(&memory);

    memory = allocate(page, MM_MEMORY_READ_ONLY);
    assert_access(memory.address, page, MM_OK, MM_IO);
    release(&memory);
    memory = allocate(page, MM_MEMORY_NO_ACCESS);
    assert_access(memory.address, page, MM_IO, MM_IO);
    release(&memory);
}

/* Where the two systems differ, as the header says. */
static void protecting_reserved_pages_fails_or_commits_them(void **state)
{
    struct mm_memory memory = reserve(mm_page_size());
    enum mm_status status =
        mm_memory_protect(&memory, 0, 0, MM_MEMORY_READ_WRITE);

    (void)state;
    assert_true(status == MM_OK || status == MM_INVALID);
    assert_access(memory.address, memory.size, status == MM_OK ? MM_OK : MM_IO,
                  status == MM_OK ? MM_OK : MM_IO);
    release(&memory);
}

static void parts_are_whole_pages_within_their_range(void **state)
{
    const size_t page = mm_page_size();
    struct mm_memory memory = allocate(4 * page, MM_MEMORY_READ_WRITE);
    static const struct {
        size_t offset;
        size_t size;
        enum mm_status expected;
    } rows[] = {
        {1, 0, MM_MISALIGNED},   {0, 1, MM_MISALIGNED}, {5, 0, MM_OUT_OF_RANGE},
        {3, 2, MM_OUT_OF_RANGE}, {4, 0, MM_OK},         {3, 1, MM_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool pages = rows[i].expected != MM_MISALIGNED;
        size_t offset = rows[i].offset * (pages ? page : 1);
        size_t size = rows[i].size * (pages ? page : 1);

        assert_status(
            mm_memory_commit(&memory, offset, size, MM_MEMORY_READ_WRITE),
            rows[i].expected);
        assert_status(
            mm_memory_protect(&memory, offset, size, MM_MEMORY_READ_WRITE),
            rows[i].expected);
        assert_status(mm_memory_unlock(&memory, offset, size),
                      rows[i].expected);
        assert_status(mm_memory_lock(&memory, offset, size), rows[i].expected);
        assert_status(mm_memory_decommit(&memory, offset, size),
                      rows[i].expected);
        assert_status(mm_memory_commit(&memory, 0, 0, MM_MEMORY_READ_WRITE),
                      MM_OK);
    }
    assert_status(mm_memory_commit(&memory, page, SIZE_MAX - page + 1,
                                   MM_MEMORY_READ_WRITE),
                  MM_OUT_OF_RANGE);
    release(&memory);
}

static void bad_arguments_are_refused(void **state)
{
    struct mm_memory nothing = {0};
    struct mm_memory memory;

    (void)state;
    assert_status(mm_memory_reserve(0, NULL, &memory), MM_INVALID);
    assert_status(mm_memory_reserve(1, (void *)1, &memory), MM_MISALIGNED);
    assert_status(mm_memory_reserve(SIZE_MAX, NULL, &memory), MM_NO_MEMORY);
    assert_status(mm_memory_reserve(SIZE_MAX / 2, NULL, &memory), MM_NO_MEMORY);
    assert_status(
        mm_memory_allocate(1, (enum mm_memory_protection)9, NULL, &memory),
        MM_INVALID);
    assert_null(memory.address);
    assert_status(mm_memory_commit(&nothing, 0, 0, MM_MEMORY_READ_WRITE),
                  MM_INVALID);
    assert_status(mm_memory_decommit(&nothing, 0, 0), MM_INVALID);
    assert_status(mm_memory_protect(NULL, 0, 0, MM_MEMORY_READ_WRITE),
                  MM_INVALID);
    assert_status(mm_memory_lock(&nothing, 0, 0), MM_INVALID);
    assert_status(mm_memory_unlock(&nothing, 0, 0), MM_INVALID);
    assert_status(mm_memory_release(&nothing), MM_INVALID);
    assert_status(mm_memory_release(NULL), MM_INVALID);
    memory = reserve(1);
    assert_status(mm_memory_commit(&memory, 0, 0, (enum mm_memory_protection)9),
                  MM_INVALID);
    assert_status(
        mm_memory_protect(&memory, 0, 0, (enum mm_memory_protection)9),
        MM_INVALID);
    release(&memory);
}

/* a reservation larger than any machine's memory costs nothing; to
 * commit it is another matter. */
static void what_no_machine_has_can_be_reserved_and_not_committed(void **state)
{
    const uint64_t size = UINT64_C(4) << 40;
    struct mm_memory memory;

    (void)state;
    if (size > SIZE_MAX) {
        SKIP_TEST("addresses are too small for it here");
    }
    if (mm_memory_reserve((size_t)size, NULL, &memory) != MM_OK) {
        SKIP_TEST("this process may not have so many addresses");
    }
    if (support_on_wine()) {
        release(&memory);
        SKIP_TEST("Wine commits what no machine has");
    }
    assert_status(mm_memory_commit(&memory, 0, 0, MM_MEMORY_READ_WRITE),
                  MM_NO_MEMORY);
    release(&memory);
}

/* a view of a file is memory like any other. */
static void views_are_probed_without_changing_an_octet(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping_options options = {.protection = MM_READ_WRITE};
    struct mm_mapping *mapping;
    unsigned char expected[70000];
    struct mm_view reading;
    struct mm_view writing;
    struct mm_file *file;

    support_fill(expected, sizeof(expected), 4);
    assert_true(support_make_file(fixture->path, sizeof(expected), 4));
    assert_status(
        mm_file_open(fixture->path, MM_FILE_READ | MM_FILE_WRITE, &file),
        MM_OK);
    assert_status(mm_mapping_create(file, &options, &mapping), MM_OK);
    assert_status(mm_view_map(mapping, 0, 0, MM_VIEW_READ, NULL, &reading),
                  MM_OK);
    assert_status(mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, &writing),
                  MM_OK);
    assert_access(reading.address, reading.size, MM_OK, MM_IO);
    assert_access(writing.address, writing.size, MM_OK, MM_OK);
    assert_access((unsigned char *)writing.address + 1, 3, MM_OK, MM_OK);
    assert_memory_equal(reading.address, expected, sizeof(expected));
    assert_status(mm_view_unmap(&reading), MM_OK);
    assert_status(mm_view_unmap(&writing), MM_OK);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* */
static void probes_of_nowhere_tell_of_a_fault(void **state)
{
    (void)state;
    assert_access(NULL, 1, MM_IO, MM_IO);
    assert_access((const unsigned char *)UINTPTR_MAX, 1, MM_IO, MM_IO);
    assert_access((const unsigned char *)UINTPTR_MAX, SIZE_MAX, MM_IO, MM_IO);
    assert_access(NULL, 0, MM_OK, MM_OK);
    assert_access((const unsigned char *)"text", 5, MM_OK, MM_IO);
}

/* */
static void a_text_is_measured_up_to_a_bound_and_a_fault(void **state)
{
    const size_t page = mm_page_size();
    struct mm_memory memory = reserve(4 * page);
    char *octets = memory.address;
    size_t length = 1;

    (void)state;
    assert_status(mm_memory_commit(&memory, 0, 3 * page, MM_MEMORY_READ_WRITE),
                  MM_OK);
    assert_status(mm_memory_string(octets, 1, &length), MM_OK);
    assert_int_equal(length, 0);
    memset(octets, 'x', 3 * page);
    assert_status(mm_memory_string(octets, 3 * page, &length),
                  MM_BUFFER_TOO_SMALL);
    assert_int_equal(length, 0);
    assert_status(mm_memory_string(octets, 3 * page + 1, &length), MM_IO);
    assert_status(mm_memory_string(octets, SIZE_MAX, &length), MM_IO);
    octets[3 * page - 1] = 0;
    assert_status(mm_memory_string(octets + 7, SIZE_MAX, &length), MM_OK);
    assert_int_equal(length, 3 * page - 8);
    assert_status(mm_memory_string(octets, 3 * page - 1, &length),
                  MM_BUFFER_TOO_SMALL);
    assert_status(mm_memory_string(octets, 3 * page, &length), MM_OK);
    assert_status(mm_memory_string(NULL, 10, &length), MM_IO);
    assert_status(mm_memory_string(octets, 0, &length), MM_BUFFER_TOO_SMALL);
    release(&memory);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reservation_has_whole_pages),
        TEST(only_committed_pages_can_be_touched),
        TEST(committing_again_keeps_what_is_there),
        TEST(decommitted_pages_come_back_as_zeros),
        TEST(memory_is_reserved_and_committed_in_one_step),
        TEST(other_allocations_avoid_a_reservation),
        TEST(pages_allow_what_their_protection_says),
        TEST(protecting_reserved_pages_fails_or_commits_them),
        TEST(parts_are_whole_pages_within_their_range),
        TEST(bad_arguments_are_refused),
        TEST(what_no_machine_has_can_be_reserved_and_not_committed),
        TEST(views_are_probed_without_changing_an_octet),
        TEST(probes_of_nowhere_tell_of_a_fault),
        TEST(a_text_is_measured_up_to_a_bound_and_a_fault),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
