/* SPDX-License-Identifier: MIT */
/* Names of objects, shown with mappings, which are the first kind to have
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/view.h>

#include "skip.h"
#include "support.h"

enum {
    READ_WRITE = MM_FILE_READ | MM_FILE_WRITE,
    FRESH = READ_WRITE | MM_FILE_CREATE | MM_FILE_NEW,
    NAME_MAX_OCTETS = 260,
    CROWD = 6,
};

static enum mm_status create(const char *name, uint64_t size,
                             enum mm_protection protection,
                             struct mm_mapping **mapping_out)
{
    struct mm_mapping_options options = {
        .size = size,
        .protection = protection,
        .name = name,
    };

    return mm_mapping_create(NULL, &options, mapping_out);
}

static struct mm_mapping *found(const char *name, uint64_t size)
{
    struct mm_mapping *mapping = NULL;

    assert_status(create(name, size, MM_READ_WRITE, &mapping), MM_OK);
    assert_non_null(mapping);
    return mapping;
}

static struct mm_mapping *join(const char *name, enum mm_protection protection)
{
    struct mm_mapping *mapping = NULL;

    assert_status(create(name, 1, protection, &mapping), MM_ALREADY_EXISTS);
    assert_non_null(mapping);
    return mapping;
}

static struct mm_mapping *found_on_file(const char *name, struct mm_file *file,
                                        enum mm_protection protection)
{
    struct mm_mapping_options options = {
        .protection = protection,
        .name = name,
    };
    struct mm_mapping *mapping = NULL;

    assert_status(mm_mapping_create(file, &options, &mapping), MM_OK);
    return mapping;
}

static struct mm_view map(struct mm_mapping *mapping, enum mm_access access)
{
    struct mm_view view;

    assert_status(mm_view_map(mapping, 0, 0, access, NULL, &view), MM_OK);
    return view;
}

/* M16: also the size that the name had first counts. */
static void an_existing_name_opens_the_existing_object(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *first = found(fixture->name, 100000);
    struct mm_mapping *second;
    struct mm_view one;
    struct mm_view other;

    assert_status(create(fixture->name, 50, MM_READ_WRITE, &second),
                  MM_ALREADY_EXISTS);
    assert_int_equal(mm_mapping_size(second), mm_mapping_size(first));
    one = map(first, MM_VIEW_WRITE);
    other = map(second, MM_VIEW_WRITE);
    assert_int_equal(other.size, one.size);
    memcpy(one.address, "first", sizeof("first"));
    assert_string_equal(other.address, "first");
    assert_status(mm_view_unmap(&one), MM_OK);
    assert_status(mm_view_unmap(&other), MM_OK);
    mm_mapping_close(first);
    mm_mapping_close(second);
}

static void a_name_lives_until_its_last_handle_is_closed(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *first = found(fixture->name, 4096);
    struct mm_mapping *second = join(fixture->name, MM_READ_WRITE);

    mm_mapping_close(first);
    first = join(fixture->name, MM_READ_WRITE);
    mm_mapping_close(first);
    mm_mapping_close(second);
    mm_mapping_close(found(fixture->name, 4096));
}

/* M18, R-80: and who did not know the size is told. */
static void only_an_existing_name_can_be_opened(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping = (struct mm_mapping *)state;
    struct mm_mapping *first;
    struct mm_view view;

    assert_status(mm_mapping_open(fixture->name, MM_READ_WRITE, 0, &mapping),
                  MM_NOT_FOUND);
    assert_null(mapping);
    first = found(fixture->name, 100000);
    assert_status(mm_mapping_open(fixture->name, MM_READ_WRITE, 0, &mapping),
                  MM_OK);
    assert_int_equal(mm_mapping_size(mapping), mm_mapping_size(first));
    view = map(mapping, MM_VIEW_WRITE);
    assert_int_equal(view.size, mm_mapping_size(first));
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(first);
    assert_int_equal(support_run_peer("open-name", fixture->name, "1", NULL),
                     MM_OK);
    mm_mapping_close(mapping);
    assert_int_equal(support_run_peer("open-name", fixture->name, "1", NULL),
                     MM_NOT_FOUND);
}

static void what_cannot_be_opened_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *first = NULL;
    struct mm_mapping *mapping;

    assert_status(create(fixture->name, 4096, MM_READ_ONLY, &first), MM_OK);
    assert_status(mm_mapping_open("a\\b", MM_READ_ONLY, 0, &mapping),
                  MM_BAD_NAME);
    assert_status(mm_mapping_open(NULL, MM_READ_ONLY, 0, &mapping), MM_INVALID);
    assert_status(
        mm_mapping_open(fixture->name, (enum mm_protection)7, 0, &mapping),
        MM_INVALID);
    assert_status(mm_mapping_open(fixture->name, MM_READ_ONLY,
                                  MM_MAPPING_RESERVE, &mapping),
                  MM_INVALID);
    assert_null(mapping);
    mm_mapping_close(first);
}

/* M19: the old view and the new object have nothing in common. */
static void a_view_does_not_keep_the_name(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping = found(fixture->name, 4096);
    struct mm_view old_view = map(mapping, MM_VIEW_WRITE);
    struct mm_view new_view;

    memcpy(old_view.address, "old", sizeof("old"));
    mm_mapping_close(mapping);
    mapping = found(fixture->name, 8192);
    assert_int_equal(mm_mapping_size(mapping), 8192);
    new_view = map(mapping, MM_VIEW_WRITE);
    assert_string_equal(new_view.address, "");
    memcpy(new_view.address, "new", sizeof("new"));
    assert_string_equal(old_view.address, "old");
    assert_status(mm_view_unmap(&old_view), MM_OK);
    assert_status(mm_view_unmap(&new_view), MM_OK);
    mm_mapping_close(mapping);
}

/* M18 */
static void names_are_case_sensitive(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *lower = found(fixture->name, 4096);
    char upper_name[SUPPORT_NAME_ROOM];
    struct mm_mapping *upper;

    snprintf(upper_name, sizeof(upper_name), "M%s", fixture->name + 1);
    upper = found(upper_name, 4096);
    mm_mapping_close(lower);
    mm_mapping_close(upper);
}

/* M18 */
static void the_local_prefix_may_be_left_out(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping = found(fixture->name, 4096);
    char name[SUPPORT_NAME_ROOM + 8];

    snprintf(name, sizeof(name), "Local\\%s", fixture->name);
    mm_mapping_close(join(name, MM_READ_WRITE));
    mm_mapping_close(mapping);
    mapping = found(name, 4096);
    mm_mapping_close(join(fixture->name, MM_READ_WRITE));
    mm_mapping_close(mapping);
}

/* Windows lets only services and administrators create them. */
static void global_names_are_taken_or_denied(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping = NULL;
    char name[SUPPORT_NAME_ROOM + 8];
    enum mm_status status;

    snprintf(name, sizeof(name), "Global\\%s", fixture->name);
    status = create(name, 4096, MM_READ_WRITE, &mapping);
    assert_true(status == MM_OK || status == MM_DENIED);
    if (status == MM_OK) {
        mm_mapping_close(join(name, MM_READ_WRITE));
    }
    mm_mapping_close(mapping);
}

/* M18 */
static void names_of_a_wrong_form_are_refused(void **state)
{
    static const char *const bad[] = {
        "",          "Local\\",      "Global\\",         "a\\b",        "\\",
        "local\\a",  "Session\\a",   "Local\\a\\b",      "\\\\.\\pipe", "\xFF",
        "a\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "cut\xE2\x82",
    };
    struct mm_mapping *mapping;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        mapping = (struct mm_mapping *)&bad;
        assert_status(create(bad[i], 4096, MM_READ_WRITE, &mapping),
                      MM_BAD_NAME);
        assert_null(mapping);
    }
}

/* R-23, M17 */
static void the_name_of_another_kind_of_object_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping = NULL;

    if (!support_take_name(fixture->name)) {
        SKIP_TEST(
            "only this library has names here: see test_namespace_folder");
    }
    assert_status(create(fixture->name, 4096, MM_READ_WRITE, &mapping),
                  MM_WRONG_TYPE);
    assert_null(mapping);
    support_leave_name();
    mm_mapping_close(found(fixture->name, 4096));
}

static void a_name_has_at_most_260_octets(void **state)
{
    const struct fixture *fixture = *state;
    char name[NAME_MAX_OCTETS + 2];
    struct mm_mapping *mapping;

    memset(name, 'x', sizeof(name));
    memcpy(name, fixture->name, strlen(fixture->name));
    name[NAME_MAX_OCTETS + 1] = 0;
    assert_status(create(name, 4096, MM_READ_WRITE, &mapping), MM_BAD_NAME);
    name[NAME_MAX_OCTETS] = 0;
    mapping = found(name, 4096);
    mm_mapping_close(join(name, MM_READ_WRITE));
    mm_mapping_close(mapping);
}

static void a_name_may_hold_slashes_and_any_unicode_letter(void **state)
{
    const struct fixture *fixture = *state;
    char name[SUPPORT_NAME_ROOM + 32];
    struct mm_mapping *mapping;

    snprintf(name, sizeof(name), "%s/../ \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
             fixture->name);
    mapping = found(name, 4096);
    mm_mapping_close(join(name, MM_READ_WRITE));
    mm_mapping_close(mapping);
}

/* */
static void an_opener_gets_what_it_asks_and_no_more(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *first = found(fixture->name, 4096);
    struct mm_mapping *reader = join(fixture->name, MM_READ_ONLY);
    struct mm_mapping *copier = join(fixture->name, MM_WRITE_COPY);
    struct mm_view view;

    assert_status(mm_view_map(reader, 0, 0, MM_VIEW_WRITE, NULL, &view),
                  MM_DENIED);
    assert_status(mm_view_map(copier, 0, 0, MM_VIEW_WRITE, NULL, &view),
                  MM_DENIED);
    view = map(reader, MM_VIEW_READ);
    assert_status(mm_view_unmap(&view), MM_OK);
    view = map(copier, MM_VIEW_COPY);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(first);
    mm_mapping_close(reader);
    mm_mapping_close(copier);
}

/* */
static void an_opener_gets_no_more_than_the_first_creator_granted(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping = NULL;
    struct mm_mapping *first = NULL;
    enum mm_status status;
    enum mm_status opened;

    assert_status(create(fixture->name, 4096, MM_READ_ONLY, &first), MM_OK);
    mm_mapping_close(join(fixture->name, MM_READ_ONLY));
    mm_mapping_close(join(fixture->name, MM_WRITE_COPY));
    opened = mm_mapping_open(fixture->name, MM_READ_WRITE, 0, &mapping);
    mm_mapping_close(mapping);
    status = create(fixture->name, 4096, MM_READ_WRITE, &mapping);
    mm_mapping_close(first);
    if (support_on_wine()) {
        mm_mapping_close(mapping);
        SKIP_TEST("Wine maps read-only sections for writing");
    }
    assert_status(opened, MM_DENIED);
    assert_status(status, MM_DENIED);
    assert_null(mapping);
}

/* M10, R-27: each side sees what the other wrote just before. */
static void two_processes_see_the_same_octets(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping =
        found(fixture->second_name, 2 * UINT64_C(65536));
    struct mm_view view = map(mapping, MM_VIEW_WRITE);
    volatile unsigned char *octets = view.address;
    const uint32_t rounds = 20;
    struct mm_process *process;
    struct talk talk;

    assert_true(talk_open(&talk, fixture->name));
    process = support_start_peer("answer", fixture->name, fixture->second_name,
                                 "20", NULL);
    assert_non_null(process);
    for (uint32_t i = 0; i < rounds; i++) {
        octets[view.size - 1] = (unsigned char)(3 * i);
        talk_say(&talk, 2 * i + 1);
        assert_true(talk_wait(&talk, 2 * i + 2));
        assert_int_equal(octets[view.size - 1], 3 * i + 1);
    }
    assert_int_equal(support_finish(process), 0);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    talk_close(&talk);
}

/* the name decides, in one step, who is the one to initialise. */
static void of_many_creators_exactly_one_is_the_first(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_process *crowd[CROWD];
    struct talk talk;
    int first = 0;

    assert_true(talk_open(&talk, fixture->name));
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = support_start_peer("meet", fixture->name,
                                      fixture->second_name, "6", NULL);
        assert_non_null(crowd[i]);
    }
    for (int i = 0; i < CROWD; i++) {
        int code = support_finish(crowd[i]);

        assert_true(code == MM_OK || code == MM_ALREADY_EXISTS);
        first += code == MM_OK;
    }
    assert_int_equal(first, 1);
    talk_close(&talk);
}

/* M20, R-85: by death, the last handle goes as by closing. */
static void a_killed_creator_leaves_no_name_behind(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_process *process;
    struct talk talk;

    assert_true(talk_open(&talk, fixture->name));
    process = support_start_peer("hold-name", fixture->name,
                                 fixture->second_name, "65536", NULL);
    assert_non_null(process);
    assert_true(talk_wait(&talk, 1));
    mm_mapping_close(join(fixture->second_name, MM_READ_WRITE));
    assert_status(mm_process_kill(process), MM_OK);
    assert_int_equal(support_finish(process), MM_EXIT_KILLED);

    mapping = found(fixture->second_name, 4096);
    assert_int_equal(mm_mapping_size(mapping), 4096);
    mm_mapping_close(mapping);
    talk_close(&talk);
}

/* M20 */
static void a_name_outlives_its_killed_creator_with_another_handle(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_process *process;
    struct mm_view view;
    struct talk talk;

    assert_true(talk_open(&talk, fixture->name));
    process = support_start_peer("hold-name", fixture->name,
                                 fixture->second_name, "65536", NULL);
    assert_non_null(process);
    assert_true(talk_wait(&talk, 1));
    mapping = join(fixture->second_name, MM_READ_WRITE);
    assert_status(mm_process_kill(process), MM_OK);
    assert_int_equal(support_finish(process), MM_EXIT_KILLED);

    view = map(mapping, MM_VIEW_WRITE);
    support_fill(view.address, view.size, 6);
    assert_int_equal(
        support_run_peer("compare", fixture->second_name, "65536", "6", NULL),
        0);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    mm_mapping_close(found(fixture->second_name, 4096));
    talk_close(&talk);
}

/* */
static void a_named_mapping_of_a_file_is_opened_without_the_file(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping *mapping;
    struct mm_mapping *joined;
    struct mm_view view;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, 100001, 4));
    assert_status(mm_file_open(fixture->path, READ_WRITE, &file), MM_OK);
    mapping = found_on_file(fixture->name, file, MM_READ_WRITE);
    mm_file_close(file);
    assert_int_equal(
        support_run_peer("compare", fixture->name, "100001", "4", NULL), 0);

    joined = join(fixture->name, MM_READ_WRITE);
    assert_int_equal(mm_mapping_size(joined), 100001);
    view = map(joined, MM_VIEW_WRITE);
    support_fill(view.address, view.size, 8);
    assert_int_equal(
        support_run_peer("compare", fixture->name, "100001", "8", NULL), 0);
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_STARTED), MM_OK);
    assert_status(mm_view_flush(&view, 0, 0, MM_FLUSH_DURABLE), MM_OK);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    mm_mapping_close(joined);
}

/* */
static void a_named_mapping_of_a_temporary_file_is_shared(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping_options options = {
        .size = 65536,
        .protection = MM_READ_WRITE,
        .name = fixture->name,
    };
    struct mm_mapping *mapping;
    struct mm_view view;
    struct mm_file *file;

    assert_status(mm_file_open(fixture->path, FRESH | MM_FILE_TEMPORARY, &file),
                  MM_OK);
    assert_status(mm_mapping_create(file, &options, &mapping), MM_OK);
    view = map(mapping, MM_VIEW_WRITE);
    support_fill(view.address, view.size, 1);
    assert_int_equal(
        support_run_peer("compare", fixture->name, "65536", "1", NULL), 0);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    mm_file_close(file);
}

/* neither file nor size of the later call count. */
static void an_existing_name_leaves_the_file_of_the_call_alone(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping_options options = {
        .size = 200000,
        .protection = MM_READ_WRITE,
        .name = fixture->name,
    };
    struct mm_mapping *first = found(fixture->name, 4096);
    struct mm_mapping *second;
    struct mm_file *file;
    uint64_t size = 0;

    assert_true(support_make_file(fixture->path, 100, 0));
    assert_status(mm_file_open(fixture->path, READ_WRITE, &file), MM_OK);
    assert_status(mm_mapping_create(file, &options, &second),
                  MM_ALREADY_EXISTS);
    assert_int_equal(mm_mapping_size(second), mm_mapping_size(first));
    assert_status(mm_file_size(file, &size), MM_OK);
    assert_int_equal(size, 100);
    mm_mapping_close(second);
    mm_mapping_close(first);
    mm_file_close(file);
}

static void a_mapping_that_fails_leaves_no_name(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping_options options = {
        .protection = MM_READ_WRITE,
        .name = fixture->name,
    };
    struct mm_mapping *mapping;
    struct mm_file *file;

    assert_status(mm_file_open(fixture->path, FRESH, &file), MM_OK);
    assert_status(mm_mapping_create(file, &options, &mapping), MM_FILE_INVALID);
    assert_null(mapping);
    mm_mapping_close(found(fixture->name, 4096));
    mm_file_close(file);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(an_existing_name_opens_the_existing_object),
        TEST(a_name_lives_until_its_last_handle_is_closed),
        TEST(only_an_existing_name_can_be_opened),
        TEST(what_cannot_be_opened_is_refused),
        TEST(a_view_does_not_keep_the_name),
        TEST(names_are_case_sensitive),
        TEST(the_local_prefix_may_be_left_out),
        TEST(global_names_are_taken_or_denied),
        TEST(names_of_a_wrong_form_are_refused),
        TEST(the_name_of_another_kind_of_object_is_refused),
        TEST(a_name_has_at_most_260_octets),
        TEST(a_name_may_hold_slashes_and_any_unicode_letter),
        TEST(an_opener_gets_what_it_asks_and_no_more),
        TEST(an_opener_gets_no_more_than_the_first_creator_granted),
        TEST(two_processes_see_the_same_octets),
        TEST(of_many_creators_exactly_one_is_the_first),
        TEST(a_killed_creator_leaves_no_name_behind),
        TEST(a_name_outlives_its_killed_creator_with_another_handle),
        TEST(a_named_mapping_of_a_file_is_opened_without_the_file),
        TEST(a_named_mapping_of_a_temporary_file_is_shared),
        TEST(an_existing_name_leaves_the_file_of_the_call_alone),
        TEST(a_mapping_that_fails_leaves_no_name),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
