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
    MANY = 64,
    BURST = 1000,
};

/* ---- receiving --------------------------------------------------------------
 */

/* P5, R-12 */
static void what_is_there_already_completes_once(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {.user = &receive};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[ROOM];
    struct mm_completion completion;

    mm_socket_set_key(socket, 6);
    assert_int_equal(mm_socket_key(socket), 6);
    assert_true(wire_send(&wire, "abc", 3));
    assert_status(dock_receive(socket, octets, ROOM, &receive), MM_OK);
    completion = dock_end(dock, &receive, MM_OK);
    assert_int_equal(completion.bytes, 3);
    assert_int_equal(completion.key, 6);
    assert_int_equal(completion.flags, 0);
    assert_ptr_equal(completion.operation->user, &receive);
    assert_memory_equal(octets, "abc", 3);
    dock_quiet(dock);
    wire_close(&wire);
}

/* P7 */
static void what_comes_later_completes_then(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char octets[ROOM];

    assert_status(dock_receive(socket, octets, ROOM, &receive), MM_OK);
    dock_quiet(dock);
    assert_true(wire_send(&wire, "later", 5));
    assert_int_equal(dock_end(dock, &receive, MM_OK).bytes, 5);
    assert_memory_equal(octets, "later", 5);
    dock_quiet(dock);
    wire_close(&wire);
}

static void receive_in_order(struct dock *dock, size_t count)
{
    struct mm_operation *operations = calloc(count, sizeof(*operations));
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    uint16_t *octets = calloc(count, sizeof(*octets));
    uint16_t *sent = calloc(count, sizeof(*sent));

    assert_non_null(operations);
    assert_non_null(octets);
    assert_non_null(sent);
    for (size_t i = 0; i < count; i++) {
        sent[i] = (uint16_t)(i * 257 + 1);
        assert_status(
            dock_receive(socket, &octets[i], sizeof(octets[i]), &operations[i]),
            MM_OK);
    }
    assert_true(wire_send(&wire, sent, count * sizeof(*sent)));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(dock_end(dock, &operations[i], MM_OK).bytes,
                         sizeof(*sent));
    }
    assert_memory_equal(octets, sent, count * sizeof(*sent));
    wire_close(&wire);
    mm_socket_close(socket);
    free(operations);
    free(octets);
    free(sent);
}

/* P8 */
static void receives_are_filled_in_the_order_of_their_starts(void **state)
{
    receive_in_order(*state, 2);
    receive_in_order(*state, MANY);
}

/* P10 */
static void buffers_are_filled_and_sent_in_their_order(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0}, send = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    char one[1], two[2], three[3], found[6];
    const struct mm_buffer buffers[] = {{one, 1}, {two, 2}, {three, 3}};

    assert_true(wire_send(&wire, "abcdef", 6));
    assert_status(mm_socket_receive(socket, buffers, 3, &receive), MM_OK);
    assert_int_equal(dock_end(dock, &receive, MM_OK).bytes, 6);
    assert_memory_equal(one, "a", 1);
    assert_memory_equal(two, "bc", 2);
    assert_memory_equal(three, "def", 3);
    assert_status(mm_socket_send(socket, buffers, 3, &send), MM_OK);
    assert_int_equal(dock_end(dock, &send, MM_OK).bytes, 6);
    assert_int_equal(wire_receive(&wire, found, 6), 6);
    assert_memory_equal(found, "abcdef", 6);
    wire_close(&wire);
}

/* P11 */
static void a_receive_without_room_tells_that_octets_are_there(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0}, send = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    struct mm_completion completion;
    char octets[ROOM];

    assert_status(mm_socket_receive(socket, NULL, 0, &receive), MM_OK);
    dock_quiet(dock);
    assert_true(wire_send(&wire, "zz", 2));
    completion = dock_end(dock, &receive, MM_OK);
    assert_int_equal(completion.bytes, 0);
    assert_int_equal(completion.flags, 0);
    assert_status(dock_receive(socket, octets, ROOM, &receive), MM_OK);
    assert_int_equal(dock_end(dock, &receive, MM_OK).bytes, 2);
    assert_status(mm_socket_send(socket, NULL, 0, &send), MM_OK);
    assert_int_equal(dock_end(dock, &send, MM_OK).bytes, 0);
    wire_close(&wire);
}

/* P12 */
static void after_the_peer_s_end_octets_can_still_be_sent(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0}, send = {0};
    struct wire wire;
    struct mm_socket *socket = dock_connect(dock, &wire);
    struct mm_completion completion;
    char octets[ROOM];

    assert_true(wire_send(&wire, "last", 4));
    wire_shut(&wire);
    assert_status(dock_receive(socket, octets, ROOM, &receive), MM_OK);
    assert_int_equal(dock_end(dock, &receive, MM_OK).bytes, 4);
    assert_status(dock_receive(socket, octets, ROOM, &receive), MM_OK);
    completion = dock_end(dock, &receive, MM_OK);
    assert_int_equal(completion.bytes, 0);
    assert_int_equal(completion.flags, MM_COMPLETION_END);
    assert_status(dock_send(socket, "reply", 5, &send), MM_OK);
    assert_int_equal(dock_end(dock, &send, MM_OK).bytes, 5);
    assert_status(mm_socket_shutdown(socket, MM_SOCKET_END_SEND), MM_OK);
    assert_int_equal(wire_receive(&wire, octets, ROOM), 5);
    assert_memory_equal(octets, "reply", 5);
    wire_close(&wire);
}

/* ---- connecting and accepting -----------------------------------------------
 */

/* P23 */
static void both_sides_of_a_connection_know_each_other(void **state)
{
    struct dock *dock = *state;
    struct mm_operation accept = {0}, connect = {0};
    struct mm_socket *client = NULL, *server = NULL;
    struct mm_address to, mine, his;

    dock_listen(dock);
    to = mm_address_loopback(MM_SOCKET_IPV4, dock->at);
    assert_status(mm_socket_accept(dock->listener, &accept), MM_OK);
    assert_status(
        mm_socket_open(dock->port, MM_SOCKET_IPV4, MM_SOCKET_TCP, 2, &client),
        MM_OK);
    assert_status(mm_socket_peer(client, &his), MM_CLOSED);
    assert_status(mm_socket_connect(client, &to, &connect), MM_OK);
    for (int i = 0; i < 2; i++) {
        struct mm_completion completion = dock_next(dock);

        assert_status(completion.status, MM_OK);
        server = completion.socket != NULL ? completion.socket : server;
    }
    assert_non_null(server);
    assert_status(mm_socket_peer(client, &his), MM_OK);
    assert_memory_equal(&his, &to, sizeof(to));
    assert_status(mm_socket_local(client, &mine), MM_OK);
    assert_status(mm_socket_peer(server, &his), MM_OK);
    assert_memory_equal(&his, &mine, sizeof(mine));
    assert_status(mm_socket_shutdown(server, MM_SOCKET_END_BOTH), MM_OK);
    assert_status(mm_socket_shutdown(client, MM_SOCKET_END_SEND), MM_OK);
}

static void a_connection_by_ipv6_is_like_one_by_ipv4(void **state)
{
    struct dock *dock = *state;
    struct mm_operation accept = {0}, connect = {0};
    struct mm_socket *listener = NULL, *client = NULL;
    struct mm_address at = mm_address_loopback(MM_SOCKET_IPV6, 0);
    enum mm_status status =
        mm_socket_open(dock->port, MM_SOCKET_IPV6, MM_SOCKET_TCP, 1, &listener);

    if (status == MM_OK) {
        status = mm_socket_bind(listener, &at);
    }
    if (status == MM_NOT_FOUND || status == MM_UNSUPPORTED) {
        SKIP_TEST("this system has no IPv6");
    }
    assert_status(status, MM_OK);
    assert_status(mm_socket_listen(listener, 4), MM_OK);
    assert_status(mm_socket_local(listener, &at), MM_OK);
    assert_status(mm_socket_accept(listener, &accept), MM_OK);
    assert_status(
        mm_socket_open(dock->port, MM_SOCKET_IPV6, MM_SOCKET_TCP, 2, &client),
        MM_OK);
    assert_status(mm_socket_connect(client, &at, &connect), MM_OK);
    assert_status(dock_next(dock).status, MM_OK);
    assert_status(dock_next(dock).status, MM_OK);
}

/* P24 */
static void a_client_that_has_gone_is_not_the_listener_s_failure(void **state)
{
    struct dock *dock = *state;
    struct mm_operation accept = {0};
    struct wire gone, wire;
    struct mm_completion completion;

    dock_listen(dock);
    assert_true(wire_connect(&gone, dock->at));
    wire_reset(&gone);
    assert_true(wire_connect(&wire, dock->at));
    /* The first may be a socket that is dead already, or passed over. */
    assert_status(mm_socket_accept(dock->listener, &accept), MM_OK);
    completion = dock_end(dock, &accept, MM_OK);
    assert_non_null(completion.socket);
    wire_close(&wire);
}

/* P26 */
static void a_silent_client_holds_nobody_up(void **state)
{
    struct dock *dock = *state;
    struct mm_operation accepts[3] = {{0}, {0}, {0}};
    struct wire wires[3];

    dock_listen(dock);
    for (int i = 0; i < 3; i++) {
        assert_status(mm_socket_accept(dock->listener, &accepts[i]), MM_OK);
    }
    for (int i = 0; i < 3; i++) {
        assert_true(wire_connect(&wires[i], dock->at));
        assert_non_null(dock_end(dock, &accepts[i], MM_OK).socket);
    }
    for (int i = 0; i < 3; i++) {
        wire_close(&wires[i]);
    }
}

/* P27 */
static void a_port_where_nobody_listens_refuses_soon(void **state)
{
    struct dock *dock = *state;
    struct mm_operation connect = {0};
    struct mm_socket *client;
    struct mm_address to = mm_address_loopback(MM_SOCKET_IPV4, 0);
    struct wire listener;
    uint64_t start = mm_clock_ns();

    assert_true(wire_listen(&listener, &to.port));
    wire_close(&listener);
    assert_status(
        mm_socket_open(dock->port, MM_SOCKET_IPV4, MM_SOCKET_TCP, 2, &client),
        MM_OK);
    assert_status(mm_socket_connect(client, &to, &connect), MM_OK);
    dock_end(dock, &connect, MM_CONNECTION_REFUSED);
    assert_true(mm_clock_ns() - start < SUPPORT_PATIENCE_NS / 4);
}

/* P35 */
static void a_burst_of_connections_is_accepted_whole(void **state)
{
    struct dock *dock = *state;
    struct mm_operation accept = {0};
    struct wire *wires = calloc(BURST, sizeof(*wires));
    unsigned count = support_on_wine() ? BURST / 10 : BURST;

    assert_non_null(wires);
    dock_listen(dock);
    assert_status(mm_socket_accept_many(dock->listener, &accept), MM_OK);
    for (unsigned i = 0; i < count; i++) {
        assert_true(wire_connect(&wires[i], dock->at));
    }
    for (unsigned i = 0; i < count; i++) {
        struct mm_completion completion = dock_end(dock, &accept, MM_OK);

        assert_int_equal(completion.flags, MM_COMPLETION_MORE);
        assert_int_equal(completion.key, DOCK_LISTENER_KEY);
        mm_socket_close(completion.socket);
    }
    dock_quiet(dock);
    assert_status(mm_port_cancel(dock->port, &accept), MM_OK);
    dock_end(dock, &accept, MM_CANCELLED);
    for (unsigned i = 0; i < count; i++) {
        wire_close(&wires[i]);
    }
    free(wires);
}

/* P36 */
static void more_operations_than_a_ring_holds_complete(void **state)
{
    enum { SOCKETS = 700 };
    struct dock *dock = *state;
    struct wire *wires = calloc(SOCKETS, sizeof(*wires));
    struct mm_socket **sockets = calloc(SOCKETS, sizeof(struct mm_socket *));
    struct mm_operation *operations =
        calloc(2 * (size_t)SOCKETS, sizeof(*operations));
    char octet[SOCKETS];
    unsigned count = support_on_wine() ? SOCKETS / 10 : SOCKETS;

    assert_non_null(wires);
    assert_non_null(sockets);
    assert_non_null(operations);
    for (size_t i = 0; i < count; i++) {
        sockets[i] = dock_connect(dock, &wires[i]);
    }
    for (size_t i = 0; i < count; i++) {
        assert_status(
            dock_receive(sockets[i], &octet[i], 1, &operations[2 * i]), MM_OK);
        assert_status(dock_send(sockets[i], "s", 1, &operations[2 * i + 1]),
                      MM_OK);
    }
    for (size_t i = 0; i < count; i++) {
        assert_status(dock_next(dock).status, MM_OK);
        assert_true(wire_send(&wires[i], "r", 1));
    }
    for (size_t i = 0; i < count; i++) {
        assert_status(dock_next(dock).status, MM_OK);
    }
    for (size_t i = 0; i < count; i++) {
        wire_close(&wires[i]);
    }
    free(wires);
    free(sockets);
    free(operations);
}

/* ---- what makes no sense ----------------------------------------------------
 */

static void what_makes_no_sense_is_refused(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operation = {0};
    struct mm_address address = mm_address_loopback(MM_SOCKET_IPV6, 1);
    struct mm_buffer buffers[MM_SOCKET_BUFFERS_MAX + 1] = {{NULL, 0}};
    const struct mm_buffer nowhere = {NULL, 1};
    struct mm_socket *socket = NULL;

    assert_status(mm_socket_open(dock->port, (enum mm_socket_family)5,
                                 MM_SOCKET_TCP, 0, &socket),
                  MM_INVALID);
    assert_null(socket);
    assert_status(
        mm_socket_open(dock->port, MM_SOCKET_IPV4, MM_SOCKET_TCP, 0, &socket),
        MM_OK);
    assert_status(mm_socket_connect(socket, &address, &operation), MM_INVALID);
    assert_status(mm_socket_listen(socket, 0), MM_INVALID);
    assert_status(
        mm_socket_send(socket, buffers, MM_SOCKET_BUFFERS_MAX + 1, &operation),
        MM_INVALID);
    assert_status(mm_socket_send(socket, &nowhere, 1, &operation), MM_INVALID);
    assert_status(mm_socket_receive(socket, NULL, 1, &operation), MM_INVALID);
    assert_status(
        mm_socket_receive_from(socket, buffers, 1, &address, &operation),
        MM_INVALID);
    assert_status(mm_socket_accept(NULL, &operation), MM_INVALID);
    assert_status(mm_socket_bind(socket, NULL), MM_INVALID);
    mm_socket_close(NULL);
    dock_quiet(dock);
}

static void an_address_in_use_is_told(void **state)
{
    struct dock *dock = *state;
    struct mm_address address;
    struct mm_socket *other = NULL;
    enum mm_status status;

    dock_listen(dock);
    address = mm_address_loopback(MM_SOCKET_IPV4, dock->at);
    assert_status(
        mm_socket_open(dock->port, MM_SOCKET_IPV4, MM_SOCKET_TCP, 0, &other),
        MM_OK);
    status = mm_socket_bind(other, &address);
    if (status == MM_OK) {
        status = mm_socket_listen(other, 1);
    }
    assert_status(status, MM_ADDRESS_IN_USE);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        DOCK_TEST(what_is_there_already_completes_once),
        DOCK_TEST(what_comes_later_completes_then),
        DOCK_TEST(receives_are_filled_in_the_order_of_their_starts),
        DOCK_TEST(buffers_are_filled_and_sent_in_their_order),
        DOCK_TEST(a_receive_without_room_tells_that_octets_are_there),
        DOCK_TEST(after_the_peer_s_end_octets_can_still_be_sent),
        DOCK_TEST(both_sides_of_a_connection_know_each_other),
        DOCK_TEST(a_connection_by_ipv6_is_like_one_by_ipv4),
        DOCK_TEST(a_client_that_has_gone_is_not_the_listener_s_failure),
        DOCK_TEST(a_silent_client_holds_nobody_up),
        DOCK_TEST(a_port_where_nobody_listens_refuses_soon),
        DOCK_TEST(a_burst_of_connections_is_accepted_whole),
        DOCK_TEST(more_operations_than_a_ring_holds_complete),
        DOCK_TEST(what_makes_no_sense_is_refused),
        DOCK_TEST(an_address_in_use_is_told),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
