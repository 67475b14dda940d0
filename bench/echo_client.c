/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/socket.h>

#include "echo.h"

enum { BATCH = 64 };

/* One message at a time: its first octet is a number, and the others follow
 * from it. */
struct caller {
    struct mm_socket *socket;
    struct mm_operation send;
    struct mm_operation receive;
    uint64_t sent_at;
    uint64_t rounds;
    size_t got;
    bool talks;
    unsigned char *out;
    unsigned char *in;
};

struct echo_client {
    struct mm_port *port;
    size_t count;
    size_t octets;
    struct caller *callers;
    unsigned char *memory;
    uint64_t asked; /* echoes of this run, and those begun and done of them */
    uint64_t begun;
    uint64_t done;
    uint64_t under_way; /* operations */
};

static void number(const struct echo_client *client, struct caller *caller)
{
    unsigned char *octets = caller->out;

    caller->rounds++;
    memset(octets, (int)(caller->rounds & 0xff), client->octets);
    octets[client->octets - 1] ^= client->octets > 1 ? 0xff : 0;
}

static enum mm_status receive(struct echo_client *client, struct caller *caller)
{
    const struct mm_buffer rest = {caller->in + caller->got,
                                   client->octets - caller->got};

    client->under_way++;
    return mm_socket_receive(caller->socket, &rest, 1, &caller->receive);
}

static enum mm_status call(struct echo_client *client, struct caller *caller)
{
    const struct mm_buffer message = {caller->out, client->octets};
    enum mm_status status;

    client->begun++;
    number(client, caller);
    caller->got = 0;
    caller->talks = true;
    caller->sent_at = mm_clock_ns();
    client->under_way++;
    status = mm_socket_send(caller->socket, &message, 1, &caller->send);
    return status == MM_OK ? receive(client, caller) : status;
}

/* Both of its operations are over: the next one, if there is one. */
static enum mm_status go_on(struct echo_client *client, struct caller *caller)
{
    return client->begun < client->asked ? call(client, caller) : MM_OK;
}

static enum mm_status take(struct echo_client *client,
                           const struct mm_completion *completion,
                           struct bench_run *run)
{
    struct caller *caller = completion->operation->user;

    client->under_way--;
    if (completion->status != MM_OK) {
        return completion->status;
    }
    if (completion->operation == &caller->send) {
        caller->talks = false;
        return caller->got == client->octets ? go_on(client, caller) : MM_OK;
    }
    caller->got += (size_t)completion->bytes;
    if (completion->bytes == 0) {
        return MM_CLOSED;
    }
    if (caller->got < client->octets) {
        return receive(client, caller);
    }
    if (run != NULL) {
        bench_latency(run, mm_clock_ns() - caller->sent_at);
    }
    client->done++;
    if (memcmp(caller->in, caller->out, client->octets) != 0) {
        return MM_BAD_DATA;
    }
    return caller->talks ? MM_OK : go_on(client, caller);
}

enum mm_status echo_client_run(struct echo_client *client, uint64_t count,
                               struct bench_run *run)
{
    struct mm_completion completions[BATCH];
    enum mm_status status = MM_OK;
    size_t taken = 0;

    client->asked = count;
    client->begun = 0;
    client->done = 0;
    for (size_t i = 0; status == MM_OK && i < client->count; i++) {
        status = go_on(client, &client->callers[i]);
    }
    while (status == MM_OK && client->under_way > 0) {
        status =
            mm_port_wait(client->port, completions, BATCH, MM_INFINITE, &taken);
        for (size_t i = 0; status == MM_OK && i < taken; i++) {
            status = take(client, &completions[i], run);
        }
    }
    return status == MM_OK && client->done != count ? MM_BAD_DATA : status;
}

/* ---- connections --------------------------------------------------------- */

static enum mm_status connect_one(struct echo_client *client,
                                  struct caller *caller,
                                  const struct mm_address *to)
{
    struct mm_completion completion = {0};
    enum mm_status status = mm_socket_open(client->port, MM_SOCKET_IPV4,
                                           MM_SOCKET_TCP, 0, &caller->socket);
    size_t taken = 0;

    if (status == MM_OK) {
        status = mm_socket_connect(caller->socket, to, &caller->send);
    }
    if (status == MM_OK) {
        status =
            mm_port_wait(client->port, &completion, 1, MM_INFINITE, &taken);
    }
    return status == MM_OK ? completion.status : status;
}

static enum mm_status connect_all(struct echo_client *client, uint16_t port)
{
    const struct mm_address to = mm_address_loopback(MM_SOCKET_IPV4, port);
    enum mm_status status = MM_OK;

    for (size_t i = 0; status == MM_OK && i < client->count; i++) {
        struct caller *caller = &client->callers[i];

        caller->out = client->memory + 2 * i * client->octets;
        caller->in = caller->out + client->octets;
        caller->send.user = caller;
        caller->receive.user = caller;
        status = connect_one(client, caller, &to);
    }
    return status;
}

enum mm_status echo_client_open(uint16_t port, size_t connections,
                                size_t octets, struct echo_client **client_out)
{
    struct echo_client *client = calloc(1, sizeof(*client));
    enum mm_status status = MM_NO_MEMORY;

    *client_out = client;
    if (client == NULL) {
        return MM_NO_MEMORY;
    }
    client->count = connections;
    client->octets = octets;
    client->callers = calloc(connections, sizeof(*client->callers));
    client->memory = calloc(2 * connections, octets);
    if (client->callers != NULL && client->memory != NULL) {
        status = mm_port_create(NULL, &client->port);
    }
    if (status == MM_OK) {
        status = connect_all(client, port);
    }
    if (status != MM_OK) {
        echo_client_close(client);
        *client_out = NULL;
    }
    return status;
}

void echo_client_close(struct echo_client *client)
{
    if (client == NULL) {
        return;
    }
    (void)mm_port_close(client->port);
    free(client->callers);
    free(client->memory);
    free(client);
}
