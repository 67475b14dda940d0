/* SPDX-License-Identifier: MIT */
/* How operations end that do not succeed by themselves: cancelled, or closed
 * with their socket or port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/socket.h>

#include "dock.h"
#include "skip.h"
#include "support.h"

enum {
    ROOM = 64,
    /* More than the system holds of a connection whose peer does not read. */
    LARGE = 32 << 20,
};

static struct mm_socket *open_client(struct dock *dock)
{
    struct mm_socket *socket = NULL;

    assert_status(
        mm_socket_open(dock->port, MM_SOCKET_IPV4, MM_SOCKET_TCP, 2, &socket),
        MM_OK);
    return socket;
}

/* ---- cancelling ---------------------------------------------------------- */

/* P16 */
static void what_comes_after_a_cancelled_receive_is_not_lost(void **state)
{
    struct dock *dock = *state;
    struct mm_operation cancelled = {0}, receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[ROOM], others[ROOM];

    memset(octets, 0, ROOM);
    assert_status(dock_receive(socket, octets, ROOM, &cancelled), MM_OK);
    dock_quiet(dock);
    assert_status(mm_port_cancel(dock->port, &cancelled), MM_OK);
    assert_int_equal(dock_end(dock, &cancelled, MM_CANCELLED).bytes, 0);
    assert_true(wire_send(&wire, "kept", 4));
    assert_status(dock_receive(socket, others, ROOM, &receive), MM_OK);
    assert_int_equal(dock_end(dock, &receive, MM_OK).bytes, 4);
    assert_memory_equal(others, "kept", 4);
    assert_int_equal(octets[0], 0);
    wire_close(&wire);
}

/* P17 */
static void a_receive_that_has_ended_cannot_be_cancelled(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[ROOM];

    assert_true(wire_send(&wire, "x", 1));
    assert_status(dock_receive(socket, octets, ROOM, &receive), MM_OK);
    dock_end(dock, &receive, MM_OK);
    assert_status(mm_port_cancel(dock->port, &receive), MM_NOT_FOUND);
    dock_quiet(dock);
    wire_close(&wire);
}

static void one_of_several_receives_can_be_cancelled(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receives[3] = {{0}, {0}, {0}};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[3] = {0};

    for (int i = 0; i < 3; i++) {
        assert_status(dock_receive(socket, &octets[i], 1, &receives[i]), MM_OK);
    }
    assert_status(mm_port_cancel(dock->port, &receives[1]), MM_OK);
    dock_end(dock, &receives[1], MM_CANCELLED);
    assert_true(wire_send(&wire, "ac", 2));
    dock_end(dock, &receives[0], MM_OK);
    dock_end(dock, &receives[2], MM_OK);
    assert_memory_equal(octets, "a\0c", 3);
    wire_close(&wire);
}

static void an_accept_can_be_cancelled(void **state)
{
    struct dock *dock = *state;
    struct mm_operation cancelled = {0}, accept = {0};
    struct wire wire;

    dock_listen(dock);
    assert_status(mm_socket_accept(dock->listener, &cancelled), MM_OK);
    dock_quiet(dock);
    assert_status(mm_port_cancel(dock->port, &cancelled), MM_OK);
    dock_end(dock, &cancelled, MM_CANCELLED);
    assert_true(wire_connect(&wire, dock->at));
    assert_status(mm_socket_accept(dock->listener, &accept), MM_OK);
    assert_non_null(dock_end(dock, &accept, MM_OK).socket);
    wire_close(&wire);
}

static void a_send_that_waits_can_be_cancelled(void **state)
{
    struct dock *dock = *state;
    struct mm_operation send = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char *octets = calloc(1, LARGE);
    struct mm_completion completion;

    assert_non_null(octets);
    assert_status(dock_send(socket, octets, LARGE, &send), MM_OK);
    dock_quiet(dock);
    assert_status(mm_port_cancel(dock->port, &send), MM_OK);
    completion = dock_end(dock, &send, MM_CANCELLED);
    assert_true(completion.bytes < LARGE);
    mm_socket_close(socket);
    wire_close(&wire);
    free(octets);
}

/* P38 */
static void what_is_of_one_port_is_of_no_other(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0};
    struct mm_port *other = NULL;
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octet;

    assert_status(mm_port_create(NULL, &other), MM_OK);
    assert_status(dock_receive(socket, &octet, 1, &receive), MM_OK);
    assert_status(mm_port_cancel(other, &receive), MM_INVALID);
    assert_status(mm_port_post(other, 0, &receive, 0), MM_BUSY);
    assert_status(mm_port_close(other), MM_OK);
    assert_status(mm_port_cancel(dock->port, &receive), MM_OK);
    dock_end(dock, &receive, MM_CANCELLED);
    wire_close(&wire);
}

/* ---- closing a socket ---------------------------------------------------- */

/* P19 */
static void
all_that_was_started_completes_when_its_socket_is_closed(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receives[2] = {{0}, {0}}, sends[2] = {{0}, {0}};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char *octets = calloc(1, LARGE);
    char room[2];
    bool seen[4] = {false, false, false, false};

    assert_non_null(octets);
    for (int i = 0; i < 2; i++) {
        assert_status(dock_receive(socket, &room[i], 1, &receives[i]), MM_OK);
        assert_status(dock_send(socket, octets, LARGE, &sends[i]), MM_OK);
    }
    dock_quiet(dock);
    mm_socket_close(socket);
    for (int i = 0; i < 4; i++) {
        struct mm_completion completion = dock_next(dock);
        int place = completion.operation == &receives[0]   ? 0
                    : completion.operation == &receives[1] ? 1
                    : completion.operation == &sends[0]    ? 2
                                                           : 3;

        assert_status(completion.status, MM_CANCELLED);
        assert_int_equal(completion.key, DOCK_LISTENER_KEY);
        assert_false(seen[place]);
        seen[place] = true;
    }
    dock_quiet(dock);
    wire_close(&wire);
    free(octets);
}

/* P20 */
static void the_peer_learns_of_a_close_at_once(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octet, room;

    assert_status(dock_receive(socket, &octet, 1, &receive), MM_OK);
    dock_quiet(dock);
    mm_socket_close(socket);
    assert_true(wire_receive(&wire, &room, 1) <= 0);
    dock_end(dock, &receive, MM_CANCELLED);
    wire_close(&wire);
}

/* P19, P20 */
static void a_listener_that_was_closed_refuses(void **state)
{
    struct dock *dock = *state;
    struct mm_operation accept = {0};
    struct wire wire;

    dock_listen(dock);
    assert_status(mm_socket_accept_many(dock->listener, &accept), MM_OK);
    dock_quiet(dock);
    mm_socket_close(dock->listener);
    assert_false(wire_connect(&wire, dock->at));
    dock_end(dock, &accept, MM_CANCELLED);
    dock_quiet(dock);
}

/* P28: to a listener whose backlog is full, so that nobody answers. */
static void a_connect_can_be_cancelled_and_closed(void **state)
{
    struct dock *dock = *state;
    struct mm_operation connects[2] = {{0}, {0}};
    struct mm_socket *clients[2];
    /* Nobody has it: for documentation (RFC 5737), where packets vanish. */
    const struct mm_address nobody = {
        .family = MM_SOCKET_IPV4, .port = 9, .octets = {192, 0, 2, 1}};

    for (int i = 0; i < 2; i++) {
        clients[i] = open_client(dock);
        assert_status(mm_socket_connect(clients[i], &nobody, &connects[i]),
                      MM_OK);
    }
    if (mm_port_cancel(dock->port, &connects[0]) == MM_NOT_FOUND) {
        SKIP_TEST("this network answers for addresses that nobody has");
    }
    mm_socket_close(clients[1]);
    for (int i = 0; i < 2; i++) {
        enum mm_status status = dock_next(dock).status;

        /* A network that is not there may say so first. */
        assert_true(status == MM_CANCELLED || status == MM_NOT_FOUND);
    }
    dock_quiet(dock);
}

/* ---- closing a port ------------------------------------------------------ */

/* P33: nothing of it is touched afterwards; sanitizers look. */
static void a_port_takes_with_it_what_is_under_way(void **state)
{
    const struct dock *usual = *state;
    struct dock dock = {NULL, NULL, 0};
    const struct mm_port_options options = {.way = mm_port_way(usual->port)};
    struct mm_operation *operations = calloc(4, sizeof(*operations));
    struct wire wire;
    struct mm_socket *socket;
    char *octets = calloc(1, LARGE);

    assert_non_null(operations);
    assert_non_null(octets);
    assert_status(mm_port_create(&options, &dock.port), MM_OK);
    socket = dock_connect(&dock, &wire);
    assert_status(dock_receive(socket, octets, 1, &operations[0]), MM_OK);
    assert_status(dock_send(socket, octets, LARGE, &operations[1]), MM_OK);
    assert_status(mm_socket_accept_many(dock.listener, &operations[2]), MM_OK);
    assert_status(
        mm_port_start_timer(dock.port, 0, &operations[3], 1000000000, 0),
        MM_OK);
    dock_quiet(&dock);
    assert_status(mm_port_close(dock.port), MM_OK);
    free(operations);
    free(octets);
    wire_close(&wire);
}

/* ---- a copy by fork() ---------------------------------------------------- */

struct copy {
    struct dock *dock;
    struct mm_socket *socket;
};

static int close_all(void *context)
{
    struct copy *copy = context;

    mm_socket_close(copy->socket);
    return (int)mm_port_close(copy->dock->port);
}

/* P40 */
static void a_copy_by_fork_closes_nothing_of_its_parent(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0}, send = {0};
    struct wire wire;
    struct copy copy = {dock, dock_connect(dock, &wire)};
    char octets[ROOM];
    int code = 1;

    assert_status(dock_receive(copy.socket, octets, ROOM, &receive), MM_OK);
    dock_quiet(dock);
    if (!support_in_fork(close_all, &copy, &code)) {
        wire_close(&wire);
        dock_close(dock);
        SKIP_TEST("this system copies no processes");
    }
    assert_int_equal(code, MM_OK);
    assert_true(wire_send(&wire, "on", 2));
    assert_int_equal(dock_end(dock, &receive, MM_OK).bytes, 2);
    assert_status(dock_send(copy.socket, "ok", 2, &send), MM_OK);
    dock_end(dock, &send, MM_OK);
    assert_int_equal(wire_receive(&wire, octets, 2), 2);
    wire_close(&wire);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        DOCK_TEST(what_comes_after_a_cancelled_receive_is_not_lost),
        DOCK_TEST(a_receive_that_has_ended_cannot_be_cancelled),
        DOCK_TEST(one_of_several_receives_can_be_cancelled),
        DOCK_TEST(an_accept_can_be_cancelled),
        DOCK_TEST(a_send_that_waits_can_be_cancelled),
        DOCK_TEST(what_is_of_one_port_is_of_no_other),
        DOCK_TEST(all_that_was_started_completes_when_its_socket_is_closed),
        DOCK_TEST(the_peer_learns_of_a_close_at_once),
        DOCK_TEST(a_listener_that_was_closed_refuses),
        DOCK_TEST(a_connect_can_be_cancelled_and_closed),
        DOCK_TEST(a_port_takes_with_it_what_is_under_way),
        DOCK_TEST(a_copy_by_fork_closes_nothing_of_its_parent),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
