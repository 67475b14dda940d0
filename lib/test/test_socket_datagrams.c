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

enum { ROOM = 64 };

static struct mm_socket *open_datagrams(struct dock *dock, uint16_t *port_out)
{
    struct mm_socket *socket = NULL;
    struct mm_address address = mm_address_loopback(MM_SOCKET_IPV4, 0);

    assert_status(
        mm_socket_open(dock->port, MM_SOCKET_IPV4, MM_SOCKET_UDP, 8, &socket),
        MM_OK);
    assert_status(mm_socket_bind(socket, &address), MM_OK);
    assert_status(mm_socket_local(socket, &address), MM_OK);
    *port_out = address.port;
    return socket;
}

static void a_datagram_comes_with_its_sender_and_goes_back(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0}, send = {0};
    struct mm_address from;
    char octets[ROOM];
    const struct mm_buffer buffer = {octets, ROOM};
    struct mm_buffer reply = {octets, 3};
    struct wire wire;
    uint16_t at, mine;
    struct mm_socket *socket = open_datagrams(dock, &at);

    assert_true(wire_open_datagrams(&wire, &mine));
    assert_status(mm_socket_receive_from(socket, &buffer, 1, &from, &receive),
                  MM_OK);
    assert_true(wire_send_to(&wire, at, "abc", 3));
    assert_int_equal(dock_end(dock, &receive, MM_OK).bytes, 3);
    assert_memory_equal(octets, "abc", 3);
    assert_int_equal(from.port, mine);
    assert_status(mm_socket_send_to(socket, &reply, 1, &from, &send), MM_OK);
    assert_int_equal(dock_end(dock, &send, MM_OK).bytes, 3);
    memset(octets, 0, ROOM);
    assert_int_equal(wire_receive(&wire, octets, 3), 3);
    assert_memory_equal(octets, "abc", 3);
    wire_close(&wire);
}

/* P29 */
static void a_datagram_larger_than_its_room_is_told(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0};
    struct mm_completion completion;
    char octets[4];
    struct wire wire;
    uint16_t at, mine;
    struct mm_socket *socket = open_datagrams(dock, &at);

    assert_true(wire_open_datagrams(&wire, &mine));
    assert_status(dock_receive(socket, octets, 4, &receive), MM_OK);
    assert_true(wire_send_to(&wire, at, "12345678", 8));
    completion = dock_end(dock, &receive, MM_MESSAGE_TOO_LARGE);
    assert_int_equal(completion.bytes, 4);
    assert_memory_equal(octets, "1234", 4);
    wire_close(&wire);
}

/* P30 */
static void a_datagram_to_nobody_ends_no_receive(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0}, send = {0};
    struct mm_address from, to = mm_address_loopback(MM_SOCKET_IPV4, 0);
    char octets[ROOM];
    const struct mm_buffer buffer = {octets, ROOM};
    struct wire gone;
    uint16_t at;
    struct mm_socket *socket = open_datagrams(dock, &at);

    assert_true(wire_open_datagrams(&gone, &to.port));
    wire_close(&gone);
    assert_status(mm_socket_send_to(socket, &buffer, 1, &to, &send), MM_OK);
    dock_end(dock, &send, MM_OK);
    assert_status(mm_socket_receive_from(socket, &buffer, 1, &from, &receive),
                  MM_OK);
    dock_quiet(dock);
    dock_close(dock);
}

/* P31 */
static void a_datagram_without_octets_is_one(void **state)
{
    struct dock *dock = *state;
    struct mm_operation receive = {0};
    struct mm_completion completion;
    char octets[4];
    struct wire wire;
    uint16_t at, mine;
    struct mm_socket *socket = open_datagrams(dock, &at);

    assert_true(wire_open_datagrams(&wire, &mine));
    assert_status(dock_receive(socket, octets, 4, &receive), MM_OK);
    assert_true(wire_send_to(&wire, at, "", 0));
    completion = dock_end(dock, &receive, MM_OK);
    assert_int_equal(completion.bytes, 0);
    assert_int_equal(completion.flags, 0);
    wire_close(&wire);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        DOCK_TEST(a_datagram_comes_with_its_sender_and_goes_back),
        DOCK_TEST(a_datagram_larger_than_its_room_is_told),
        DOCK_TEST(a_datagram_to_nobody_ends_no_receive),
        DOCK_TEST(a_datagram_without_octets_is_one),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
