/* SPDX-License-Identifier: MIT */
/* What tests of ports and sockets have in common: a port, and connections
 * between it and a wire. */
#ifndef DOCK_H
#define DOCK_H

#include <mapmark/socket.h>

#include "wire.h"

enum {
    DOCK_LISTENER_KEY = 5,
    /* How long what must not come is waited for. */
    DOCK_QUIET_NS = 20000000,
};

struct dock {
    struct mm_port *port;
    struct mm_socket *listener; /* NULL until dock_listen() */
    uint16_t at;                /* its port */
};

/* Set-up and teardown for cmocka; the state is a struct dock. */
int dock_set_up(void **state);
int dock_tear_down(void **state);

#define DOCK_TEST(fact) \
    cmocka_unit_test_setup_teardown(fact, dock_set_up, dock_tear_down)

/* Close the port before the test ends, and with it what is still started of
 * the test's own. */
void dock_close(struct dock *dock);

/* The next completion, which must come. */
struct mm_completion dock_next(struct dock *dock);

/* The next one must be of that operation, with that status. */
struct mm_completion dock_end(struct dock *dock,
                              const struct mm_operation *operation,
                              enum mm_status status);

/* None may come. */
void dock_quiet(struct dock *dock);

/* Listen, without accepting. */
void dock_listen(struct dock *dock);

/* A connection between the port and a wire; the key is the listener's. */
struct mm_socket *dock_connect(struct dock *dock, struct wire *wire_out);

/* One buffer. */
enum mm_status dock_receive(struct mm_socket *socket, void *octets, size_t size,
                            struct mm_operation *operation);
enum mm_status dock_send(struct mm_socket *socket, const void *octets,
                         size_t size, struct mm_operation *operation);

#endif /* DOCK_H */
