/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dock.h"
#include "skip.h"
#include "support.h"

int dock_set_up(void **state)
{
    struct dock *dock = calloc(1, sizeof(*dock));

    *state = dock;
    return dock != NULL && mm_port_create(NULL, &dock->port) == MM_OK ? 0 : -1;
}

int dock_tear_down(void **state)
{
    struct dock *dock = *state;
    enum mm_status status = mm_port_close(dock->port);

    free(dock);
    return status == MM_OK ? 0 : -1;
}

void dock_close(struct dock *dock)
{
    assert_status(mm_port_close(dock->port), MM_OK);
    dock->port = NULL;
}

struct mm_completion dock_next(struct dock *dock)
{
    struct mm_completion completion = {0};
    size_t count = 0;

    assert_status(
        mm_port_wait(dock->port, &completion, 1, SUPPORT_PATIENCE_NS, &count),
        MM_OK);
    assert_int_equal(count, 1);
    return completion;
}

struct mm_completion dock_end(struct dock *dock,
                              const struct mm_operation *operation,
                              enum mm_status status)
{
    struct mm_completion completion = dock_next(dock);

    assert_ptr_equal(completion.operation, operation);
    assert_status(completion.status, status);
    return completion;
}

void dock_quiet(struct dock *dock)
{
    struct mm_completion completion;
    size_t count = 0;

    assert_status(
        mm_port_wait(dock->port, &completion, 1, DOCK_QUIET_NS, &count),
        MM_TIMED_OUT);
    assert_int_equal(count, 0);
}

void dock_listen(struct dock *dock)
{
    struct mm_address address = mm_address_loopback(MM_SOCKET_IPV4, 0);

    assert_status(mm_socket_open(dock->port, MM_SOCKET_IPV4, MM_SOCKET_TCP,
                                 DOCK_LISTENER_KEY, &dock->listener),
                  MM_OK);
    assert_status(mm_socket_bind(dock->listener, &address), MM_OK);
    assert_status(mm_socket_listen(dock->listener, 1024), MM_OK);
    assert_status(mm_socket_local(dock->listener, &address), MM_OK);
    dock->at = address.port;
}

struct mm_socket *dock_connect(struct dock *dock, struct wire *wire_out)
{
    struct mm_operation accept = {0};
    struct mm_completion completion;

    if (dock->listener == NULL) {
        dock_listen(dock);
    }
    assert_true(wire_connect(wire_out, dock->at));
    assert_status(mm_socket_accept(dock->listener, &accept), MM_OK);
    completion = dock_end(dock, &accept, MM_OK);
    assert_int_equal(completion.key, DOCK_LISTENER_KEY);
    assert_non_null(completion.socket);
    return completion.socket;
}

enum mm_status dock_receive(struct mm_socket *socket, void *octets, size_t size,
                            struct mm_operation *operation)
{
    const struct mm_buffer buffer = {octets, size};

    return mm_socket_receive(socket, &buffer, 1, operation);
}

enum mm_status dock_send(struct mm_socket *socket, const void *octets,
                         size_t size, struct mm_operation *operation)
{
    const struct mm_buffer buffer = {(void *)(uintptr_t)octets, size};

    return mm_socket_send(socket, &buffer, 1, operation);
}
