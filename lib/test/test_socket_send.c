/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/clock.h>
#include <mapmark/socket.h>

#include "dock.h"
#include "skip.h"
#include "support.h"

enum {
    ROOM = 64,
    LARGE = 8 << 20,
};

/* ---- resets -----------------------------------------------------------------
 */

/* P13 */
static void a_reset_ends_a_receive_that_waits(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[ROOM];

    assert_status(dock_receive(socket, octets, ROOM, &receive), MM_OK);
    dock_quiet(dock);
    wire_reset(&wire);
    dock_end(dock, &receive, MM_CONNECTION_RESET);
    dock_quiet(dock);
}

/* P14 */
static void a_receive_after_a_reset_is_told_of_it(void **state)
{
    struct dock *dock = *state;
    struct mm_operation look = {0}, receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[ROOM];

    if (support_on_wine()) {
        wire_close(&wire);
        SKIP_TEST("Wine takes a reset for an end");
    }
    /* Without room it completes when the reset is there, and says so or not. */
    assert_status(mm_socket_receive(socket, NULL, 0, &look), MM_OK);
    wire_reset(&wire);
    if (dock_next(dock).status == MM_OK) {
        assert_status(dock_receive(socket, octets, ROOM, &receive), MM_OK);
        dock_end(dock, &receive, MM_CONNECTION_RESET);
    }
}

/* P15 */
static void a_send_after_a_reset_is_told_of_it(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0}, send = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[ROOM];

    assert_status(dock_receive(socket, octets, ROOM, &receive), MM_OK);
    wire_reset(&wire);
    dock_end(dock, &receive, MM_CONNECTION_RESET);
    assert_status(dock_send(socket, "x", 1, &send), MM_OK);
    dock_end(dock, &send, MM_CONNECTION_RESET);
}

/* ---- sending ----------------------------------------------------------------
 */

/* P6 */
static void a_send_completes_once_and_whole(void **state)
{
    struct dock *dock = *state;
    struct mm_operation send = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[ROOM];

    assert_status(dock_send(socket, "hello", 5, &send), MM_OK);
    assert_int_equal(dock_end(dock, &send, MM_OK).bytes, 5);
    dock_quiet(dock);
    assert_int_equal(wire_receive(&wire, octets, 5), 5);
    assert_memory_equal(octets, "hello", 5);
    wire_close(&wire);
}

/* What is read makes room for what is sent: so many sends of LARGE. */
static int64_t read_while_sending(struct dock *dock, const struct wire *wire,
                                  const struct mm_operation *sends,
                                  size_t count, unsigned char *octets)
{
    enum { PART = 1 << 16 };
    int64_t got = 0;

    for (size_t ended = 0; ended < count;) {
        struct mm_completion completion;
        size_t taken = 0;

        while (ended < count &&
               mm_port_wait(dock->port, &completion, 1, 0, &taken) == MM_OK) {
            assert_ptr_equal(completion.operation, &sends[ended++]);
            assert_status(completion.status, MM_OK);
            assert_int_equal(completion.bytes, LARGE);
        }
        if (ended < count) {
            assert_int_equal(wire_receive(wire, octets + got, PART), PART);
            got += PART;
        }
    }
    return got + wire_receive(wire, octets + got, count * LARGE - (size_t)got);
}

/* P9 */
static void sends_that_follow_each_other_do_not_mix(void **state)
{
    struct dock *dock = *state;
    struct mm_operation sends[2] = {{0}, {0}};
    unsigned char *octets = malloc(4 * (size_t)LARGE);
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    unsigned char *found = octets + 2 * (size_t)LARGE;

    assert_non_null(octets);
    memset(octets, 1, LARGE);
    memset(octets + LARGE, 2, LARGE);
    for (size_t i = 0; i < 2; i++) {
        assert_status(dock_send(socket, octets + i * LARGE, LARGE, &sends[i]),
                      MM_OK);
    }
    assert_int_equal(read_while_sending(dock, &wire, sends, 2, found),
                     2 * LARGE);
    assert_memory_equal(found, octets, 2 * (size_t)LARGE);
    wire_close(&wire);
    free(octets);
}

/* While one waits for the peer, others come behind it: the system is given many
 * of them in one call. */
static void sends_that_wait_go_together(void **state)
{
    enum { SMALL = 64 };
    struct dock *dock = *state;
    struct mm_operation large = {0}, sends[SMALL];
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    unsigned char *octets = calloc(1, LARGE + SMALL), small[SMALL];
    uint64_t calls;

    assert_non_null(octets);
    memset(sends, 0, sizeof(sends));
    assert_status(dock_send(socket, octets, LARGE, &large), MM_OK);
    dock_quiet(dock);
    for (int i = 0; i < SMALL; i++) {
        small[i] = (unsigned char)(i + 1);
        assert_status(dock_send(socket, &small[i], 1, &sends[i]), MM_OK);
    }
    assert_int_equal(read_while_sending(dock, &wire, &large, 1, octets), LARGE);
    calls = mm_port_calls(dock->port);
    for (int i = 0; i < SMALL; i++) {
        assert_int_equal(dock_end(dock, &sends[i], MM_OK).bytes, 1);
    }
    assert_true(mm_port_calls(dock->port) - calls < SMALL / 2);
    assert_int_equal(wire_receive(&wire, octets, SMALL), SMALL);
    assert_memory_equal(octets, small, SMALL);
    wire_close(&wire);
    free(octets);
}

static void a_socket_that_was_shut_sends_no_more(void **state)
{
    struct dock *dock = *state;
    struct mm_operation send = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[ROOM];
    struct mm_completion completion;

    assert_status(mm_socket_shutdown(socket, MM_SOCKET_END_SEND), MM_OK);
    assert_int_equal(wire_receive(&wire, octets, ROOM), 0);
    assert_status(dock_send(socket, "x", 1, &send), MM_OK);
    completion = dock_next(dock);
    assert_true(mm_status_failed(completion.status));
    assert_status(completion.status, MM_CLOSED);
    wire_close(&wire);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        DOCK_TEST(a_reset_ends_a_receive_that_waits),
        DOCK_TEST(a_receive_after_a_reset_is_told_of_it),
        DOCK_TEST(a_send_after_a_reset_is_told_of_it),
        DOCK_TEST(a_send_completes_once_and_whole),
        DOCK_TEST(sends_that_follow_each_other_do_not_mix),
        DOCK_TEST(sends_that_wait_go_together),
        DOCK_TEST(a_socket_that_was_shut_sends_no_more),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
