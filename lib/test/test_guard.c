/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/guard.h>

#include "peer.h"
#include "skip.h"

enum {
    PAGES = 4,
    ROUNDS = 100,
};

/* A view of a file, and what its bodies have done. */
struct site {
    const char *path;
    struct mm_file *file;
    struct mm_mapping *mapping;
    struct mm_view view;
    unsigned begun;
    unsigned ended;
    enum mm_status inner; /* of a guard inside another */
};

static const unsigned char *page_of(const struct site *site, unsigned page)
{
    return (const unsigned char *)site->view.address + page * mm_page_size();
}

static void open_site(struct site *site, const char *path)
{
    struct mm_mapping_options options = {.protection = MM_READ_ONLY};

    memset(site, 0, sizeof(*site));
    site->path = path;
    /* cmocka puts its own handler over ours for each function that it calls. */
    assert_status(mm_guard_install(), MM_OK);
    assert_true(support_make_file(path, PAGES * mm_page_size(), 1));
    assert_status(mm_file_open(path, MM_FILE_READ, &site->file), MM_OK);
    assert_status(mm_mapping_create(site->file, &options, &site->mapping),
                  MM_OK);
    assert_status(
        mm_view_map(site->mapping, 0, 0, MM_VIEW_READ, NULL, &site->view),
        MM_OK);
}

static void close_site(struct site *site)
{
    assert_status(mm_view_unmap(&site->view), MM_OK);
    mm_mapping_close(site->mapping);
    mm_file_close(site->file);
}

/* A guard of all of the view. */
static enum mm_status guard(struct site *site, void (*body)(void *))
{
    return mm_guard_run(site->view.address, site->view.size, body, site);
}

static void does_nothing(void *context)
{
    struct site *site = context;

    site->begun++;
    site->ended++;
}

static void loses_the_first_page(void *context)
{
    struct site *site = context;

    site->begun++;
    support_touch_lost(site->path, page_of(site, 0));
    site->ended++;
}

static void a_body_without_fault_runs_to_its_end(void **state)
{
    const struct fixture *fixture = *state;
    struct site site;

    open_site(&site, fixture->path);
    assert_status(guard(&site, does_nothing), MM_OK);
    assert_int_equal(site.ended, 1);
    close_site(&site);
}

static void a_guard_needs_a_body(void **state)
{
    (void)state;
    assert_status(mm_guard_run(NULL, 0, NULL, NULL), MM_INVALID);
}

/* R-65; again and again, so what the first fault changed is as before. */
static void a_fault_in_the_range_ends_the_body_with_IO(void **state)
{
    const struct fixture *fixture = *state;
    struct site site;

    open_site(&site, fixture->path);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        assert_status(guard(&site, loses_the_first_page), MM_IO);
        assert_true(mm_last_os_error() != 0);
        assert_int_equal(site.begun, i);
    }
    assert_int_equal(site.ended, 0);
    close_site(&site);
}

static void nests_around_a_fault(void *context)
{
    struct site *site = context;

    site->inner = mm_guard_run(page_of(site, 0), 1, loses_the_first_page, site);
}

static void the_innermost_guard_of_the_range_is_ended(void **state)
{
    const struct fixture *fixture = *state;
    struct site site;

    open_site(&site, fixture->path);
    assert_status(guard(&site, nests_around_a_fault), MM_OK);
    assert_status(site.inner, MM_IO);
    close_site(&site);
}

static void nests_beside_a_fault(void *context)
{
    struct site *site = context;

    site->inner = mm_guard_run(page_of(site, 1), 1, loses_the_first_page, site);
    site->ended++;
}

static void a_guard_around_others_ends_them_too(void **state)
{
    const struct fixture *fixture = *state;
    struct site site;

    open_site(&site, fixture->path);
    assert_status(guard(&site, nests_beside_a_fault), MM_IO);
    assert_int_equal(site.begun, 1);
    assert_int_equal(site.ended, 0);
    assert_status(guard(&site, does_nothing), MM_OK);
    close_site(&site);
}

static void moves_to_the_fault(void *context)
{
    struct site *site = context;

    mm_guard_move(page_of(site, 0), 1);
    loses_the_first_page(site);
}

static void a_guard_can_move_to_another_range(void **state)
{
    const struct fixture *fixture = *state;
    struct site site;

    open_site(&site, fixture->path);
    assert_status(mm_guard_run(page_of(&site, 1), 1, moves_to_the_fault, &site),
                  MM_IO);
    mm_guard_move(page_of(&site, 0), 1); /* and nothing outside of a guard */
    assert_status(guard(&site, loses_the_first_page), MM_IO);
    close_site(&site);
}

/* One thread: only its own guards see its faults. */
static void is_guarded_often(void *context)
{
    const struct site *shared = context;
    struct site site = *shared;
    bool always_io = true;

    for (unsigned i = 0; i < ROUNDS * support_scale(); i++) {
        always_io = guard(&site, loses_the_first_page) == MM_IO && always_io;
        always_io = guard(&site, does_nothing) == MM_OK && always_io;
    }
    if (!always_io) {
        abort();
    }
}

static void threads_are_guarded_at_the_same_time(void **state)
{
    const struct fixture *fixture = *state;
    struct site site;

    open_site(&site, fixture->path);
    assert_true(support_in_threads(4, is_guarded_often, &site));
    close_site(&site);
}

/* How a process ends that meets a fault; see the peer's verb. */
static int end_of_fault(const struct fixture *fixture, const char *place,
                        const char *handler)
{
    assert_true(support_make_file(fixture->path, PAGES * mm_page_size(), 1));
    return support_run_peer("guard", fixture->path, place, handler, NULL);
}

static void assert_killed(int code)
{
    assert_int_not_equal(code, MM_OK);
    assert_int_not_equal(code, MM_IO);
    assert_int_not_equal(code, EXIT_HANDLED);
    assert_int_not_equal(code, EXIT_TROUBLE);
}

/* M32 */
static void a_fault_outside_the_range_kills_as_ever(void **state)
{
    assert_int_equal(end_of_fault(*state, "inside", "none"), MM_IO);
    assert_killed(end_of_fault(*state, "outside", "none"));
}

static void a_forbidden_write_in_the_range_kills_as_ever(void **state)
{
    assert_killed(end_of_fault(*state, "write", "none"));
}

static void other_faults_reach_the_handler_behind(void **state)
{
    assert_int_equal(end_of_fault(*state, "inside", "exit"), MM_IO);
    assert_int_equal(end_of_fault(*state, "outside", "exit"), EXIT_HANDLED);
}

static void a_guard_can_be_put_over_a_later_handler(void **state)
{
    assert_int_equal(end_of_fault(*state, "inside", "exit-over"), MM_IO);
    assert_int_equal(end_of_fault(*state, "outside", "exit-over"),
                     EXIT_HANDLED);
}

static void handlers_that_pass_on_make_no_circle(void **state)
{
    assert_int_equal(end_of_fault(*state, "inside", "pass-over"), MM_IO);
    assert_killed(end_of_fault(*state, "outside", "pass-over"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_body_without_fault_runs_to_its_end),
        TEST(a_guard_needs_a_body),
        TEST(a_fault_in_the_range_ends_the_body_with_IO),
        TEST(the_innermost_guard_of_the_range_is_ended),
        TEST(a_guard_around_others_ends_them_too),
        TEST(a_guard_can_move_to_another_range),
        TEST(threads_are_guarded_at_the_same_time),
        TEST(a_fault_outside_the_range_kills_as_ever),
        TEST(a_forbidden_write_in_the_range_kills_as_ever),
        TEST(other_faults_reach_the_handler_behind),
        TEST(a_guard_can_be_put_over_a_later_handler),
        TEST(handlers_that_pass_on_make_no_circle),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
