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
    bool idle;
    uint64_t due; /* messages whose time has come, and the number of the next */
    uint64_t next;
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
    uint64_t start;     /* of a pace */
    uint64_t interval;  /* 0: each message follows the last one's echo */
    uint64_t released;  /* messages whose time has come */
    size_t turn;        /* the caller of the next one */
};

static const uint64_t ns_per_second = 1000000000;

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

static uint64_t time_of(const struct echo_client *client, uint64_t message)
{
    return client->start + message * client->interval;
}

static enum mm_status call(struct echo_client *client, struct caller *caller)
{
    const struct mm_buffer message = {caller->out, client->octets};
    enum mm_status status;

    client->begun++;
    number(client, caller);
    caller->got = 0;
    caller->talks = true;
    caller->idle = false;
    caller->sent_at =
        client->interval > 0 ? time_of(client, caller->next) : mm_clock_ns();
    client->under_way++;
    status = mm_socket_send(caller->socket, &message, 1, &caller->send);
    return status == MM_OK ? receive(client, caller) : status;
}

/* Both of its operations are over: the next one, if there is one. */
static enum mm_status go_on(struct echo_client *client, struct caller *caller)
{
    bool has_more =
        client->interval > 0 ? caller->due > 0 : client->begun < client->asked;

    caller->idle = true;
    if (!has_more) {
        return MM_OK;
    }
    if (client->interval > 0) {
        enum mm_status status = call(client, caller);

        caller->due--;
        caller->next += client->count;
        return status;
    }
    return call(client, caller);
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

/* Some completions, or none before the time is over. */
static enum mm_status take_some(struct echo_client *client, uint64_t timeout_ns,
                                struct bench_run *run)
{
    struct mm_completion completions[BATCH];
    size_t taken = 0;
    enum mm_status status =
        mm_port_wait(client->port, completions, BATCH, timeout_ns, &taken);

    for (size_t i = 0; status == MM_OK && i < taken; i++) {
        status = take(client, &completions[i], run);
    }
    return status == MM_TIMED_OUT ? MM_OK : status;
}

static void begin(struct echo_client *client, uint64_t count)
{
    client->asked = count;
    client->begun = 0;
    client->done = 0;
    client->interval = 0;
}

enum mm_status echo_client_run(struct echo_client *client, uint64_t count,
                               struct bench_run *run)
{
    enum mm_status status = MM_OK;

    begin(client, count);
    for (size_t i = 0; status == MM_OK && i < client->count; i++) {
        status = go_on(client, &client->callers[i]);
    }
    while (status == MM_OK && client->under_way > 0) {
        status = take_some(client, MM_INFINITE, run);
    }
    return status == MM_OK && client->done != count ? MM_BAD_DATA : status;
}

/* Connections take turns; who is busy begins when it can. */
static enum mm_status release(struct echo_client *client)
{
    enum mm_status status = MM_OK;
    uint64_t now = mm_clock_ns();

    while (status == MM_OK && client->released < client->asked &&
           time_of(client, client->released) <= now) {
        struct caller *caller = &client->callers[client->turn];

        client->turn = client->turn + 1 < client->count ? client->turn + 1 : 0;
        client->released++;
        caller->due++;
        if (caller->idle) {
            status = go_on(client, caller);
        }
    }
    return status;
}

static uint64_t until_next(const struct echo_client *client)
{
    uint64_t now = mm_clock_ns(), next = time_of(client, client->released);

    if (client->released == client->asked) {
        return MM_INFINITE;
    }
    return next > now ? next - now : 0;
}

enum mm_status echo_client_pace(struct echo_client *client, uint64_t count,
                                uint64_t a_second, struct bench_run *run)
{
    enum mm_status status = MM_OK;

    begin(client, count);
    client->interval = ns_per_second / a_second;
    client->start = mm_clock_ns();
    client->released = 0;
    client->turn = 0;
    for (size_t i = 0; i < client->count; i++) {
        client->callers[i].idle = true;
        client->callers[i].due = 0;
        client->callers[i].next = i;
    }
    while (status == MM_OK && client->done < count) {
        status = release(client);
        if (status == MM_OK) {
            status = take_some(client, until_next(client), run);
        }
    }
    while (status == MM_OK && client->under_way > 0) {
        status = take_some(client, MM_INFINITE, run);
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
