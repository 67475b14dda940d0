/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/pool.h>

#include "dock.h"
#include "skip.h"
#include "support.h"

enum {
    PIECES = 4,
    PIECE = 16,
    /* Far more than the pool holds. */
    STREAM = 100 * PIECES * PIECE,
};

static struct mm_pool *make_pool(struct dock *dock)
{
    struct mm_pool *pool = NULL;

    assert_status(mm_pool_create(dock->port, PIECES, PIECE, &pool), MM_OK);
    assert_non_null(pool);
    return pool;
}

/* A piece of the stream; its octets are appended. */
static struct mm_completion take_piece(struct dock *dock,
                                       const struct mm_operation *receive,
                                       unsigned char *octets, size_t *size)
{
    struct mm_completion completion = dock_end(dock, receive, MM_OK);

    if (completion.buffer != NULL) {
        assert_int_equal(completion.flags, MM_COMPLETION_MORE);
        assert_in_range(completion.bytes, 1, PIECE);
        assert_in_range(*size + completion.bytes, 1, STREAM);
        memcpy(octets + *size, completion.buffer, (size_t)completion.bytes);
        *size += (size_t)completion.bytes;
    }
    return completion;
}

/* P34 */
static void an_empty_pool_holds_octets_up_and_loses_none(void **state)
{
    struct dock *dock = *state;
    struct mm_pool *pool = make_pool(dock);
    struct mm_operation receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    unsigned char *sent = malloc(STREAM), *found = malloc(STREAM);
    void *held[PIECES];
    size_t size = 0;

    assert_non_null(sent);
    assert_non_null(found);
    support_fill(sent, STREAM, 3);
    assert_status(mm_socket_receive_many(socket, pool, &receive), MM_OK);
    assert_true(wire_send(&wire, sent, STREAM));
    for (int i = 0; i < PIECES; i++) {
        held[i] = take_piece(dock, &receive, found, &size).buffer;
        assert_non_null(held[i]);
    }
    dock_quiet(dock);
    for (int i = 0; i < PIECES; i++) {
        assert_status(mm_pool_give(pool, held[i]), MM_OK);
    }
    while (size < STREAM) {
        void *buffer = take_piece(dock, &receive, found, &size).buffer;

        assert_non_null(buffer);
        assert_status(mm_pool_give(pool, buffer), MM_OK);
    }
    assert_memory_equal(found, sent, STREAM);
    wire_shut(&wire);
    assert_int_equal(dock_end(dock, &receive, MM_OK).flags, MM_COMPLETION_END);
    dock_quiet(dock);
    wire_close(&wire);
    free(sent);
    free(found);
}

static void several_sockets_share_a_pool(void **state)
{
    enum { SOCKETS = 8, EACH = 10 };
    struct dock *dock = *state;
    struct mm_pool *pool = make_pool(dock);
    struct mm_operation receives[SOCKETS];
    struct wire wires[SOCKETS];
    size_t counts[SOCKETS] = {0}, taken = 0;

    memset(receives, 0, sizeof(receives));
    for (int i = 0; i < SOCKETS; i++) {
        struct mm_socket *socket = dock_connect(dock, &wires[i]);

        assert_status(mm_socket_receive_many(socket, pool, &receives[i]),
                      MM_OK);
    }
    for (int turn = 0; turn < EACH; turn++) {
        for (int i = 0; i < SOCKETS; i++) {
            assert_true(wire_send(&wires[i], "0123456789abcdef", PIECE));
        }
    }
    while (taken < (size_t)SOCKETS * EACH * PIECE) {
        struct mm_completion completion = dock_next(dock);

        assert_status(completion.status, MM_OK);
        assert_non_null(completion.buffer);
        counts[completion.operation - receives] += (size_t)completion.bytes;
        taken += (size_t)completion.bytes;
        assert_status(mm_pool_give(pool, completion.buffer), MM_OK);
    }
    for (int i = 0; i < SOCKETS; i++) {
        assert_int_equal(counts[i], EACH * PIECE);
        wire_close(&wires[i]);
    }
    dock_close(dock);
}

static void a_receive_of_many_can_be_cancelled(void **state)
{
    struct dock *dock = *state;
    struct mm_pool *pool = make_pool(dock);
    struct mm_operation receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    struct mm_completion completion;

    assert_status(mm_socket_receive_many(socket, pool, &receive), MM_OK);
    assert_true(wire_send(&wire, "abc", 3));
    completion = dock_end(dock, &receive, MM_OK);
    assert_status(mm_pool_give(pool, completion.buffer), MM_OK);
    assert_status(mm_port_cancel(dock->port, &receive), MM_OK);
    completion = dock_end(dock, &receive, MM_CANCELLED);
    assert_int_equal(completion.flags, 0);
    assert_true(wire_send(&wire, "def", 3));
    dock_quiet(dock);
    assert_status(mm_socket_receive_many(socket, pool, &receive), MM_OK);
    completion = dock_end(dock, &receive, MM_OK);
    assert_int_equal(completion.bytes, 3);
    assert_memory_equal(completion.buffer, "def", 3);
    wire_close(&wire);
    dock_close(dock);
}

/* A socket that waits for a piece is closed, and the pool is whole again. */
static void a_starving_receive_ends_with_its_socket(void **state)
{
    struct dock *dock = *state;
    struct mm_pool *pool = make_pool(dock);
    struct mm_operation receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    unsigned char octets[STREAM];
    void *held[PIECES];
    size_t size = 0;

    memset(octets, 0, sizeof(octets));
    assert_status(mm_socket_receive_many(socket, pool, &receive), MM_OK);
    assert_true(wire_send(&wire, octets, (size_t)(PIECES + 1) * PIECE));
    for (int i = 0; i < PIECES; i++) {
        held[i] = take_piece(dock, &receive, octets, &size).buffer;
    }
    dock_quiet(dock);
    mm_socket_close(socket);
    dock_end(dock, &receive, MM_CANCELLED);
    for (int i = 0; i < PIECES; i++) {
        assert_status(mm_pool_give(pool, held[i]), MM_OK);
        assert_status(mm_pool_give(pool, held[i]), MM_INVALID);
    }
    dock_quiet(dock);
    wire_close(&wire);
}

static void a_pool_of_another_port_is_refused(void **state)
{
    struct dock *dock = *state;
    struct mm_port *other = NULL;
    struct mm_pool *pool = NULL;
    struct mm_operation receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);

    assert_status(mm_port_create(NULL, &other), MM_OK);
    assert_status(mm_pool_create(other, 1, 1, &pool), MM_OK);
    assert_status(mm_socket_receive_many(socket, pool, &receive), MM_INVALID);
    assert_status(mm_port_close(other), MM_OK);
    wire_close(&wire);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct dock *dock = *state;
    struct mm_pool *pool = make_pool(dock);
    struct mm_pool *none = pool;
    char octet;

    assert_status(mm_pool_create(dock->port, 0, 1, &none), MM_INVALID);
    assert_null(none);
    assert_status(mm_pool_create(dock->port, MM_POOL_COUNT_MAX + 1, 1, &none),
                  MM_INVALID);
    assert_status(mm_pool_create(dock->port, 1, 0, &none), MM_INVALID);
    assert_status(mm_pool_give(pool, NULL), MM_INVALID);
    assert_status(mm_pool_give(pool, &octet), MM_INVALID);
    assert_status(mm_pool_give(NULL, &octet), MM_INVALID);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        DOCK_TEST(an_empty_pool_holds_octets_up_and_loses_none),
        DOCK_TEST(several_sockets_share_a_pool),
        DOCK_TEST(a_receive_of_many_can_be_cancelled),
        DOCK_TEST(a_starving_receive_ends_with_its_socket),
        DOCK_TEST(a_pool_of_another_port_is_refused),
        DOCK_TEST(what_makes_no_sense_is_refused),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
