/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/reader.h>

#include "dock.h"
#include "skip.h"
#include "support.h"

enum {
    PIECE = 4096,
    PIECES = 600, /* more than a ring takes at once */
    SIZE = PIECE * PIECES,
    REST = 100,
};

/* A port, and a file of support_fill() with a rest of a piece at its end. */
struct shelf {
    struct fixture *fixture;
    struct dock dock;
    struct mm_reader *reader;
    unsigned char *content;
};

static int set_up(void **state)
{
    struct shelf *shelf = calloc(1, sizeof(*shelf));
    struct mm_file *file = NULL;
    void *fixture = NULL;
    bool fine;

    *state = shelf;
    if (shelf == NULL || fixture_set_up(&fixture) != 0) {
        return -1;
    }
    shelf->fixture = fixture;
    shelf->content = malloc(SIZE + REST);
    fine = shelf->content != NULL &&
           support_make_file(shelf->fixture->path, SIZE + REST, 7) &&
           mm_port_create(NULL, &shelf->dock.port) == MM_OK &&
           mm_file_open(shelf->fixture->path, MM_FILE_READ, &file) == MM_OK &&
           mm_reader_open(shelf->dock.port, file, 9, &shelf->reader) == MM_OK;
    mm_file_close(file); /* the reader needs it no more */
    if (fine) {
        support_fill(shelf->content, SIZE + REST, 7);
    }
    return fine ? 0 : -1;
}

static int tear_down(void **state)
{
    struct shelf *shelf = *state;
    void *fixture = shelf->fixture;
    enum mm_status status = mm_port_close(shelf->dock.port);

    free(shelf->content);
    free(shelf);
    return status == MM_OK ? fixture_tear_down(&fixture) : -1;
}

#define READER_TEST(fact) \
    cmocka_unit_test_setup_teardown(fact, set_up, tear_down)

static void reads_complete_with_the_octets_of_their_places(void **state)
{
    struct shelf *shelf = *state;
    struct mm_operation *operations = calloc(PIECES, sizeof(*operations));
    unsigned char *found = calloc(1, SIZE);

    assert_non_null(operations);
    assert_non_null(found);
    for (size_t i = PIECES; i-- > 0;) {
        operations[i].user = &operations[i];
        assert_status(mm_reader_start(shelf->reader, i * PIECE,
                                      found + i * PIECE, PIECE, &operations[i]),
                      MM_OK);
    }
    for (int i = 0; i < PIECES; i++) {
        struct mm_completion completion = dock_next(&shelf->dock);

        assert_status(completion.status, MM_OK);
        assert_int_equal(completion.bytes, PIECE);
        assert_int_equal(completion.key, 9);
        assert_int_equal(completion.flags, 0);
        assert_ptr_equal(completion.operation->user, completion.operation);
        completion.operation->user = NULL; /* and it comes once */
    }
    dock_quiet(&shelf->dock);
    assert_memory_equal(found, shelf->content, SIZE);
    free(operations);
    free(found);
}

static void a_read_ends_where_the_file_does(void **state)
{
    struct shelf *shelf = *state;
    struct mm_operation operation = {0};
    unsigned char found[PIECE];

    assert_status(
        mm_reader_start(shelf->reader, SIZE, found, PIECE, &operation), MM_OK);
    assert_int_equal(dock_end(&shelf->dock, &operation, MM_OK).bytes, REST);
    assert_memory_equal(found, shelf->content + SIZE, REST);
    assert_status(
        mm_reader_start(shelf->reader, SIZE + REST, found, PIECE, &operation),
        MM_OK);
    assert_int_equal(dock_end(&shelf->dock, &operation, MM_OK).bytes, 0);
    assert_status(mm_reader_start(shelf->reader, UINT64_C(1) << 40, found,
                                  PIECE, &operation),
                  MM_OK);
    assert_int_equal(dock_end(&shelf->dock, &operation, MM_OK).bytes, 0);
}

static void a_large_read_is_whole(void **state)
{
    struct shelf *shelf = *state;
    struct mm_operation operation = {0};
    unsigned char *found = calloc(1, SIZE + REST);

    assert_non_null(found);
    assert_status(
        mm_reader_start(shelf->reader, 1, found, SIZE + REST, &operation),
        MM_OK);
    assert_int_equal(dock_end(&shelf->dock, &operation, MM_OK).bytes,
                     SIZE + REST - 1);
    assert_memory_equal(found, shelf->content + 1, SIZE + REST - 1);
    free(found);
}

static void reads_and_sockets_share_a_port(void **state)
{
    struct shelf *shelf = *state;
    struct mm_operation read = {0}, receive = {0};
    unsigned char found[PIECE], octet;
    struct wire wire;
    struct mm_socket *socket = dock_connect(&shelf->dock, &wire);

    assert_status(dock_receive(socket, &octet, 1, &receive), MM_OK);
    assert_status(mm_reader_start(shelf->reader, PIECE, found, PIECE, &read),
                  MM_OK);
    dock_end(&shelf->dock, &read, MM_OK);
    assert_memory_equal(found, shelf->content + PIECE, PIECE);
    assert_true(wire_send(&wire, "x", 1));
    dock_end(&shelf->dock, &receive, MM_OK);
    wire_close(&wire);
}

static void reads_that_are_under_way_outlive_their_reader(void **state)
{
    struct shelf *shelf = *state;
    struct mm_operation operations[8];
    unsigned char *found = calloc(1, SIZE);

    assert_non_null(found);
    memset(operations, 0, sizeof(operations));
    for (size_t i = 0; i < 8; i++) {
        assert_status(mm_reader_start(shelf->reader, i * PIECE,
                                      found + i * PIECE, PIECE, &operations[i]),
                      MM_OK);
    }
    mm_reader_close(shelf->reader);
    for (int i = 0; i < 8; i++) {
        assert_status(dock_next(&shelf->dock).status, MM_OK);
    }
    dock_quiet(&shelf->dock);
    assert_memory_equal(found, shelf->content, 8 * (size_t)PIECE);
    free(found);
}

/* P33: nothing of it is touched afterwards; sanitizers look. */
static void a_port_is_closed_while_it_reads(void **state)
{
    struct shelf *shelf = *state;
    struct mm_operation *operations = calloc(PIECES, sizeof(*operations));
    unsigned char *found = calloc(1, SIZE);

    assert_non_null(operations);
    assert_non_null(found);
    for (size_t i = 0; i < PIECES; i++) {
        assert_status(mm_reader_start(shelf->reader, i * PIECE,
                                      found + i * PIECE, PIECE, &operations[i]),
                      MM_OK);
    }
    dock_close(&shelf->dock);
    free(operations);
    free(found);
}

static void a_read_that_was_asked_to_end_completes_once(void **state)
{
    struct shelf *shelf = *state;
    struct mm_operation operation = {0};
    unsigned char found[PIECE];
    enum mm_status status;

    assert_status(mm_reader_start(shelf->reader, 0, found, PIECE, &operation),
                  MM_OK);
    status = mm_port_cancel(shelf->dock.port, &operation);
    assert_true(status == MM_OK || status == MM_NOT_FOUND);
    status = dock_next(&shelf->dock).status;
    assert_true(status == MM_OK || status == MM_CANCELLED);
    dock_quiet(&shelf->dock);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct shelf *shelf = *state;
    struct mm_operation operation = {0};
    struct mm_reader *reader = shelf->reader;
    struct mm_file *file = NULL;
    unsigned char octet;

    assert_status(mm_reader_open(shelf->dock.port, NULL, 0, &reader),
                  MM_INVALID);
    assert_null(reader);
    assert_status(mm_file_open(shelf->fixture->second_path,
                               MM_FILE_WRITE | MM_FILE_CREATE, &file),
                  MM_OK);
    assert_status(mm_reader_open(shelf->dock.port, file, 0, &reader),
                  MM_DENIED);
    assert_null(reader);
    mm_file_close(file);
    assert_status(mm_reader_start(NULL, 0, &octet, 1, &operation), MM_INVALID);
    assert_status(mm_reader_start(shelf->reader, 0, NULL, 1, &operation),
                  MM_INVALID);
    assert_status(mm_reader_start(shelf->reader, 0, &octet, 0, &operation),
                  MM_INVALID);
    assert_status(
        mm_reader_start(shelf->reader, UINT64_MAX, &octet, 1, &operation),
        MM_INVALID);
    mm_reader_close(NULL);
    dock_quiet(&shelf->dock);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        READER_TEST(reads_complete_with_the_octets_of_their_places),
        READER_TEST(a_read_ends_where_the_file_does),
        READER_TEST(a_large_read_is_whole),
        READER_TEST(reads_and_sockets_share_a_port),
        READER_TEST(reads_that_are_under_way_outlive_their_reader),
        READER_TEST(a_port_is_closed_while_it_reads),
        READER_TEST(a_read_that_was_asked_to_end_completes_once),
        READER_TEST(what_makes_no_sense_is_refused),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
