/* SPDX-License-Identifier: MIT */
/* Handles that go to other processes, and second handles in this one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/view.h>

#include "skip.h"
#include "support.h"

#define KIB64 ((size_t)65536)

enum {
    HANDLE_ROOM = 32,
};

static struct mm_mapping *create(const char *name,
                                 enum mm_protection protection, unsigned flags)
{
    struct mm_mapping_options options = {
        .size = KIB64,
        .protection = protection,
        .flags = flags,
        .name = name,
    };
    struct mm_mapping *mapping = NULL;

    assert_status(mm_mapping_create(NULL, &options, &mapping), MM_OK);
    return mapping;
}

static struct mm_mapping *duplicate(const struct mm_mapping *mapping,
                                    enum mm_protection protection,
                                    unsigned flags)
{
    struct mm_mapping *copy = NULL;

    assert_status(mm_mapping_duplicate(mapping, protection, flags, &copy),
                  MM_OK);
    assert_non_null(copy);
    return copy;
}

static struct mm_view map(struct mm_mapping *mapping, enum mm_access access)
{
    struct mm_view view;

    assert_status(mm_view_map(mapping, 0, 0, access, NULL, &view), MM_OK);
    return view;
}

static unsigned char first_octet(struct mm_mapping *mapping)
{
    struct mm_view view = map(mapping, MM_VIEW_READ);
    unsigned char octet = *(volatile unsigned char *)view.address;

    assert_status(mm_view_unmap(&view), MM_OK);
    return octet;
}

static const char *handle_text(const struct mm_mapping *mapping, char *text)
{
    snprintf(text, HANDLE_ROOM, "%" PRIu64, mm_mapping_handle(mapping));
    return text;
}

static bool is_refused(int status)
{
    return status == MM_INVALID || status == MM_WRONG_TYPE;
}

/* M33, R-25: the child is told the number, and finds the same octets. */
static void a_child_adopts_an_inheritable_handle(void **state)
{
    struct mm_mapping *mapping =
        create(NULL, MM_READ_WRITE, MM_MAPPING_INHERIT);
    char handle[HANDLE_ROOM];

    (void)state;
    assert_int_not_equal(mm_mapping_handle(mapping), 0);
    assert_int_equal(
        support_run_heir("adopt-add", handle_text(mapping, handle), "1", NULL),
        0);
    assert_int_equal(first_octet(mapping), 1);
    assert_int_equal(support_run_heir("adopt-add", handle, "1", NULL), 0);
    assert_int_equal(first_octet(mapping), 2);
    mm_mapping_close(mapping);
}

/* */
static void an_adopted_handle_can_be_inherited_again(void **state)
{
    struct mm_mapping *mapping =
        create(NULL, MM_READ_WRITE, MM_MAPPING_INHERIT);
    char handle[HANDLE_ROOM];

    (void)state;
    assert_int_equal(
        support_run_heir("adopt-add", handle_text(mapping, handle), "3", NULL),
        0);
    assert_int_equal(first_octet(mapping), 3);
    mm_mapping_close(mapping);
}

/* M33, R-84: also of a parent that passes others on. */
static void what_is_not_inheritable_stays_here(void **state)
{
    struct mm_mapping *kept = create(NULL, MM_READ_WRITE, 0);
    struct mm_mapping *mapping =
        create(NULL, MM_READ_WRITE, MM_MAPPING_INHERIT);
    struct mm_mapping *other = create(NULL, MM_READ_WRITE, MM_MAPPING_INHERIT);
    char handle[HANDLE_ROOM];

    (void)state;
    assert_int_equal(mm_mapping_handle(kept), 0);
    assert_true(is_refused(support_run_heir("adopt", "0", "1", NULL)));
    assert_true(is_refused(
        support_run_peer("adopt", handle_text(mapping, handle), "1", NULL)));
    assert_int_equal(support_run_heir("adopt", handle, "1", NULL), MM_OK);
    mm_mapping_close(mapping);
    assert_true(is_refused(support_run_heir("adopt", handle, "1", NULL)));
    assert_int_equal(
        support_run_heir("adopt", handle_text(other, handle), "1", NULL),
        MM_OK);
    mm_mapping_close(other);
    mm_mapping_close(kept);
}

/* handles are made inheritable where they are opened, too. */
static void inheritance_is_turned_on_and_off(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *plain = create(fixture->name, MM_READ_WRITE, 0);
    struct mm_mapping *on = duplicate(plain, MM_READ_WRITE, MM_MAPPING_INHERIT);
    struct mm_mapping *off = duplicate(on, MM_READ_WRITE, 0);
    struct mm_mapping *opened = NULL;
    char handle[HANDLE_ROOM];

    assert_int_equal(mm_mapping_handle(plain), 0);
    assert_int_equal(mm_mapping_handle(off), 0);
    assert_int_equal(
        support_run_heir("adopt-add", handle_text(on, handle), "1", NULL), 0);
    assert_status(mm_mapping_open(fixture->name, MM_READ_WRITE,
                                  MM_MAPPING_INHERIT, &opened),
                  MM_OK);
    assert_int_equal(
        support_run_heir("adopt-add", handle_text(opened, handle), "1", NULL),
        0);
    assert_int_equal(first_octet(plain), 2);
    assert_int_equal(first_octet(off), 2);
    mm_mapping_close(plain);
    mm_mapping_close(on);
    mm_mapping_close(off);
    mm_mapping_close(opened);
}

/* M34: at home and in a child. */
static void a_handle_with_fewer_rights_grants_less(void **state)
{
    struct mm_mapping *mapping = create(NULL, MM_READ_WRITE, 0);
    struct mm_mapping *reader =
        duplicate(mapping, MM_READ_ONLY, MM_MAPPING_INHERIT);
    struct mm_mapping *wider = (struct mm_mapping *)state;
    char handle[HANDLE_ROOM];
    struct mm_view view;

    assert_status(mm_view_map(reader, 0, 0, MM_VIEW_WRITE, NULL, &view),
                  MM_DENIED);
    assert_int_equal(first_octet(reader), 0);
    assert_status(mm_mapping_duplicate(reader, MM_READ_WRITE, 0, &wider),
                  MM_DENIED);
    assert_null(wider);
    assert_int_equal(
        support_run_heir("adopt", handle_text(reader, handle), "1", NULL),
        MM_DENIED);
    assert_int_equal(support_run_heir("adopt", handle, "0", NULL), MM_OK);
    mm_mapping_close(reader);
    mm_mapping_close(mapping);
}

/* copies keep the name, here and in another process. */
static void every_copy_of_a_handle_keeps_the_name(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping =
        create(fixture->second_name, MM_READ_WRITE, MM_MAPPING_INHERIT);
    struct mm_mapping *copy = duplicate(mapping, MM_READ_ONLY, 0);
    struct mm_process *process;
    char handle[HANDLE_ROOM];
    struct talk talk;

    handle_text(mapping, handle);
    assert_true(talk_open(&talk, fixture->name));
    process = support_start_heir("adopt-hold", fixture->name, handle, NULL);
    assert_non_null(process);
    assert_true(talk_wait(&talk, 1));
    mm_mapping_close(mapping);
    assert_int_equal(
        support_run_peer("open-name", fixture->second_name, "1", NULL), MM_OK);
    mm_mapping_close(copy);
    assert_int_equal(
        support_run_peer("open-name", fixture->second_name, "1", NULL), MM_OK);
    talk_say(&talk, 2);
    assert_int_equal(support_finish(process), 0);
    assert_int_equal(
        support_run_peer("open-name", fixture->second_name, "1", NULL),
        MM_NOT_FOUND);
    talk_close(&talk);
}

/* a file, by one part of it. */
static void a_mapping_of_a_file_is_inherited_as_it_is(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping_options options = {
        .size = 100,
        .protection = MM_READ_WRITE,
        .flags = MM_MAPPING_INHERIT,
    };
    struct mm_mapping *mapping = NULL;
    struct mm_mapping *copy;
    char handle[HANDLE_ROOM];
    unsigned char octet = 0;
    struct mm_file *file;
    size_t count;

    assert_true(support_make_file(fixture->path, KIB64, 5));
    assert_status(
        mm_file_open(fixture->path, MM_FILE_READ | MM_FILE_WRITE, &file),
        MM_OK);
    assert_status(mm_mapping_create(file, &options, &mapping), MM_OK);
    copy = duplicate(mapping, MM_READ_ONLY, 0);
    assert_int_equal(mm_mapping_size(copy), 100);
    mm_mapping_close(copy);
    assert_int_equal(
        support_run_heir("adopt-add", handle_text(mapping, handle), "1", NULL),
        0);
    mm_mapping_close(mapping);
    assert_status(mm_file_read(file, 0, &octet, 1, &count), MM_OK);
    assert_int_equal(octet, 6);
    mm_file_close(file);
}

static void bad_numbers_and_arguments_are_refused(void **state)
{
    struct mm_mapping *mapping =
        create(NULL, MM_READ_WRITE, MM_MAPPING_INHERIT);
    struct mm_mapping *other = (struct mm_mapping *)state;

    assert_status(mm_mapping_adopt(0, MM_READ_ONLY, 0, &other), MM_INVALID);
    assert_null(other);
    assert_true(is_refused(
        (int)mm_mapping_adopt(UINT64_C(123456788), MM_READ_ONLY, 0, &other)));
    assert_true(is_refused(
        (int)mm_mapping_adopt(UINT64_MAX - 7, MM_READ_ONLY, 0, &other)));
    assert_status(mm_mapping_adopt(mm_mapping_handle(mapping),
                                   (enum mm_protection)7, 0, &other),
                  MM_INVALID);
    assert_status(mm_mapping_adopt(mm_mapping_handle(mapping), MM_READ_ONLY,
                                   MM_MAPPING_RESERVE, &other),
                  MM_INVALID);
    assert_status(mm_mapping_duplicate(NULL, MM_READ_ONLY, 0, &other),
                  MM_INVALID);
    assert_status(
        mm_mapping_duplicate(mapping, MM_READ_ONLY, MM_MAPPING_RESERVE, &other),
        MM_INVALID);
    assert_null(other);
    mm_mapping_close(mapping);
}

static int write_and_close(void *context)
{
    struct mm_mapping *mapping = context;
    struct mm_view view;

    if (mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, &view) != MM_OK) {
        return 1;
    }
    *(volatile unsigned char *)view.address = 77;
    mm_view_unmap(&view);
    mm_mapping_close(mapping);
    return 0;
}

/* M35 */
static void a_forked_copy_that_closes_takes_no_name_away(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping =
        create(fixture->name, MM_READ_WRITE, MM_MAPPING_INHERIT);
    int code;

    if (!support_in_fork(write_and_close, mapping, &code)) {
        mm_mapping_close(mapping);
        SKIP_TEST("processes of this system are no copies of their parents");
    }
    assert_int_equal(code, 0);
    assert_int_equal(first_octet(mapping), 77);
    assert_int_equal(support_run_peer("open-name", fixture->name, "1", NULL),
                     MM_OK);
    mm_mapping_close(mapping);
    assert_int_equal(support_run_peer("open-name", fixture->name, "1", NULL),
                     MM_NOT_FOUND);
}

struct crowd {
    struct mm_mapping *mapping;
    atomic_int failed;
};

static void copy_and_close(void *context)
{
    struct crowd *crowd = context;

    for (int i = 0; i < 100; i++) {
        struct mm_mapping *copy = NULL;

        if (mm_mapping_duplicate(crowd->mapping, MM_READ_WRITE,
                                 MM_MAPPING_INHERIT, &copy) != MM_OK ||
            mm_mapping_handle(copy) == 0) {
            atomic_fetch_add(&crowd->failed, 1);
        }
        mm_mapping_close(copy);
    }
}

static void threads_copy_one_handle_at_once(void **state)
{
    const struct fixture *fixture = *state;
    struct crowd crowd = {create(fixture->name, MM_READ_WRITE, 0), 0};

    assert_true(support_in_threads(4, copy_and_close, &crowd));
    assert_int_equal(atomic_load(&crowd.failed), 0);
    mm_mapping_close(crowd.mapping);
    assert_int_equal(support_run_peer("open-name", fixture->name, "1", NULL),
                     MM_NOT_FOUND);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_child_adopts_an_inheritable_handle),
        TEST(an_adopted_handle_can_be_inherited_again),
        TEST(what_is_not_inheritable_stays_here),
        TEST(inheritance_is_turned_on_and_off),
        TEST(a_handle_with_fewer_rights_grants_less),
        TEST(every_copy_of_a_handle_keeps_the_name),
        TEST(a_mapping_of_a_file_is_inherited_as_it_is),
        TEST(bad_numbers_and_arguments_are_refused),
        TEST(a_forked_copy_that_closes_takes_no_name_away),
        TEST(threads_copy_one_handle_at_once),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
