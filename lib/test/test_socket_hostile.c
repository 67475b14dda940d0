/* SPDX-License-Identifier: MIT */
/*
 * An echo server and clients of every bad kind: they reset, end half of the
 * connection, send one octet at a time, or say nothing. Whatever they do, each
 * operation completes once, and nothing of them is left.
 */
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
    CLIENTS = 3,
    ROOM = 256,
    /* Messages of a client that behaves. */
    VISIT = 50,
    /* Of the usual scale, and at most. */
    ECHOES = 5000,
    ECHOES_MAX = 10000000,
    WINE_DIVISOR = 5,
    BATCH = 16,
    STOP = 77, /* a key */
};

/* ---- the server ---------------------------------------------------------- */

struct guest {
    struct mm_socket *socket;
    struct mm_operation operation;
    bool sends;
    bool under_way;
    unsigned char octets[ROOM];
};

struct stage {
    struct dock dock;
    struct mm_operation accept;
    uint64_t wanted;       /* echoes, of all clients */
    atomic_uint number;    /* of threads */
    atomic_uint gone;      /* clients */
    _Atomic uint64_t done; /* echoes that clients have seen */
    _Atomic uint64_t failed;
    /* The server's own. */
    uint64_t guests;
    uint64_t started;
    uint64_t completed;
    bool stops;
    bool accepts;
};

static void give_up(struct stage *stage)
{
    atomic_fetch_add(&stage->failed, 1);
}

static void leave(struct stage *stage, struct guest *guest)
{
    mm_socket_close(guest->socket);
    free(guest);
    stage->guests--;
}

static void start(struct stage *stage, struct guest *guest, uint64_t bytes)
{
    enum mm_status status;

    guest->sends = bytes > 0;
    status = guest->sends ? dock_send(guest->socket, guest->octets,
                                      (size_t)bytes, &guest->operation)
                          : dock_receive(guest->socket, guest->octets, ROOM,
                                         &guest->operation);
    if (status != MM_OK || guest->under_way) {
        give_up(stage);
    }
    guest->under_way = true;
    stage->started++;
}

static void welcome(struct stage *stage, struct mm_socket *socket)
{
    struct guest *guest = calloc(1, sizeof(*guest));

    if (guest == NULL) {
        give_up(stage);
        mm_socket_close(socket);
        return;
    }
    guest->socket = socket;
    guest->operation.user = guest;
    stage->guests++;
    start(stage, guest, 0);
}

static void take_guest(struct stage *stage,
                       const struct mm_completion *completion)
{
    struct guest *guest = completion->operation->user;
    bool received = !guest->sends && completion->bytes > 0;

    stage->completed++;
    if (!guest->under_way) {
        give_up(stage);
    }
    guest->under_way = false;
    if (completion->status != MM_OK ||
        (!guest->sends && completion->bytes == 0)) {
        leave(stage, guest);
        return;
    }
    start(stage, guest, received ? completion->bytes : 0);
}

static void take(struct stage *stage, const struct mm_completion *completion)
{
    if (completion->operation == NULL) {
        stage->stops = completion->key == STOP;
        mm_socket_close(stage->dock.listener);
    } else if (completion->operation != &stage->accept) {
        take_guest(stage, completion);
    } else if (completion->status == MM_OK) {
        welcome(stage, completion->socket);
    } else {
        stage->accepts = false;
    }
}

/* Until the clients have gone, and all of theirs with them. */
static void serve(struct stage *stage)
{
    struct mm_completion completions[BATCH];
    size_t count = 0;

    stage->accepts =
        mm_socket_accept_many(stage->dock.listener, &stage->accept) == MM_OK;
    while (!stage->stops || stage->accepts || stage->guests > 0) {
        if (mm_port_wait(stage->dock.port, completions, BATCH,
                         SUPPORT_PATIENCE_NS, &count) != MM_OK) {
            give_up(stage);
            return;
        }
        for (size_t i = 0; i < count; i++) {
            take(stage, &completions[i]);
        }
    }
    if (mm_port_wait(stage->dock.port, completions, BATCH, DOCK_QUIET_NS,
                     &count) != MM_TIMED_OUT) {
        give_up(stage);
    }
}

/* ---- the clients --------------------------------------------------------- */

struct client {
    struct stage *stage;
    struct wire wire;
    struct wire silent; /* kept, and closed when the next one comes */
    uint32_t random;
    unsigned char out[ROOM];
    unsigned char in[ROOM];
};

static size_t fill(struct client *client)
{
    size_t size = 1 + support_random(&client->random) % ROOM;

    memset(client->out, (int)(support_random(&client->random) & 0xff), size);
    return size;
}

static void expect(struct client *client, size_t size)
{
    if (wire_receive(&client->wire, client->in, size) != (int64_t)size ||
        memcmp(client->in, client->out, size) != 0) {
        give_up(client->stage);
    }
    atomic_fetch_add(&client->stage->done, 1);
}

static void behave(struct client *client)
{
    for (int i = 0; i < VISIT; i++) {
        size_t size = fill(client);

        if (!wire_send(&client->wire, client->out, size)) {
            give_up(client->stage);
        }
        expect(client, size);
    }
}

static void end_half(struct client *client)
{
    size_t size = fill(client);

    if (!wire_send(&client->wire, client->out, size)) {
        give_up(client->stage);
    }
    wire_shut(&client->wire);
    expect(client, size);
    if (wire_receive(&client->wire, client->in, 1) != 0) {
        give_up(client->stage);
    }
}

static void dribble(struct client *client)
{
    size_t size = fill(client) % 16 + 1;

    for (size_t i = 0; i < size; i++) {
        if (!wire_send(&client->wire, client->out + i, 1)) {
            give_up(client->stage);
        }
    }
    expect(client, size);
}

/* The octets are there, or half of the answer, when the reset comes. */
static void reset_midway(struct client *client)
{
    size_t size = fill(client);

    (void)wire_send(&client->wire, client->out, size);
    if (support_random(&client->random) % 2 == 0) {
        (void)wire_receive(&client->wire, client->in, 1);
    }
    wire_reset(&client->wire);
}

static void be_silent(struct client *client)
{
    wire_close(&client->silent);
    client->silent = client->wire;
    client->wire.handle = -1;
}

static void reset_at_once(struct client *client)
{
    wire_reset(&client->wire);
}

static void visit(struct client *client)
{
    static void (*const kinds[])(struct client *) = {
        behave, end_half, dribble, reset_midway, be_silent, reset_at_once};
    const size_t count = sizeof(kinds) / sizeof(kinds[0]);

    if (!wire_connect(&client->wire, client->stage->dock.at)) {
        give_up(client->stage);
        return;
    }
    kinds[support_random(&client->random) % count](client);
    wire_close(&client->wire);
}

static void be_client(struct stage *stage, unsigned number)
{
    struct client client = {
        .stage = stage, .wire = {-1}, .silent = {-1}, .random = number + 1};

    while (atomic_load(&stage->done) < stage->wanted &&
           atomic_load(&stage->failed) == 0) {
        visit(&client);
    }
    wire_close(&client.silent);
    if (atomic_fetch_add(&stage->gone, 1) + 1 == CLIENTS &&
        mm_port_post(stage->dock.port, STOP, NULL, 0) != MM_OK) {
        give_up(stage);
    }
}

static void serve_or_visit(void *context)
{
    struct stage *stage = context;
    unsigned number = atomic_fetch_add(&stage->number, 1);

    if (number == 0) {
        serve(stage);
    } else {
        be_client(stage, number);
    }
}

static void nothing_is_left_of_hostile_clients(void **state)
{
    struct stage stage = {.wanted = (uint64_t)ECHOES * support_scale()};
    uint64_t before = support_open_files(), after;

    (void)state;
    if (support_on_wine()) {
        stage.wanted /= WINE_DIVISOR;
    }
    stage.wanted = stage.wanted < ECHOES_MAX ? stage.wanted : ECHOES_MAX;
    assert_status(mm_port_create(NULL, &stage.dock.port), MM_OK);
    dock_listen(&stage.dock);
    assert_true(support_in_threads(CLIENTS + 1, serve_or_visit, &stage));
    assert_true(atomic_load(&stage.failed) == 0);
    assert_true(stage.guests == 0);
    assert_true(stage.started == stage.completed);
    assert_true(atomic_load(&stage.done) >= stage.wanted);
    assert_status(mm_port_close(stage.dock.port), MM_OK);
    after = support_open_files();
    assert_true(after == before);
    print_message("%u echoes, %u operations\n",
                  (unsigned)atomic_load(&stage.done), (unsigned)stage.started);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left_of_hostile_clients),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
