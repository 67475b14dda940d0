/* SPDX-License-Identifier: MIT */
/*
 * Echo servers, by one interface for all that a user could pick, and what they
 * are measured with: a server in a process of its own, on a CPU of its own, and
 * one client for all of them, which is the library's.
 */
#ifndef ECHO_H
#define ECHO_H

#include "bench.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ECHO_OCTETS_MAX = 64 << 10,
    ECHO_CONNECTIONS_MAX = 1000,
};

/** What a server is told. */
struct echo_terms {
    size_t octets; /* of a message; a server need not know */
    /** To be called once it listens at this port of the loopback. */
    void (*listens)(void *context, uint16_t port);
    /** To be called now and then with the number of calls of the system that it
     * has made so far, if it knows. */
    void (*has_called)(void *context, uint64_t calls);
    void *context;
};

struct echo_kind {
    const char *why_not; /* what to say where it cannot be; else NULL */
    /** Serve for ever; comes back with a failure only. */
    enum mm_status (*serve)(const struct echo_terms *terms);
};

/** The ways, and their words, NULL at the end. */
extern const struct echo_kind *const echo_kinds[];
extern const char *const echo_words[];
extern const size_t echo_count;

/* own_echo.c, and each in a file of peers/. */
extern const struct echo_kind echo_port, echo_port_epoll, echo_epoll,
    echo_uring, echo_libuv, echo_asio, echo_asio_uring;

/* ---- a server in another process ----------------------------------------- */

struct echo_server;

/**
 * Start a server of the kind at that place, on another CPU than the calling
 * thread's, which is put on one.
 *
 * Errors:    MM_CLOSED (it died), MM_UNSUPPORTED, and as partner_start(); with
 *            a reason.
 * Ownership: the caller gives `*server_out` to echo_server_close().
 */
enum mm_status echo_server_start(size_t place, size_t octets,
                                 struct echo_server **server_out,
                                 struct bench_reason *reason);
uint16_t echo_server_port(const struct echo_server *server);

/** Have it count what it uses from now on. */
enum mm_status echo_server_account(struct echo_server *server);

/** Give the run what it has used since. */
void echo_server_count(struct echo_server *server, struct bench_run *run);

void echo_server_close(struct echo_server *server);

/** The role of PARTNER_ECHOES; it has no context. */
int echo_server_play(void *memory, unsigned index, const void *context);

/* ---- a client ------------------------------------------------------------ */

struct echo_client;

/** Connect so often. */
enum mm_status echo_client_open(uint16_t port, size_t connections,
                                size_t octets, struct echo_client **client_out);

/** Have so many messages echoed, one at a time on each connection, and each
 * with a number that the echo must have; latencies go to the run, if there is
 * one. MM_BAD_DATA for an echo of something else. */
enum mm_status echo_client_run(struct echo_client *client, uint64_t count,
                               struct bench_run *run);

/** As echo_client_run(), but each message is due at a set time, so many of them
 * a second on all connections together, and its latency begins then: who waits
 * for its connection waits on. */
enum mm_status echo_client_pace(struct echo_client *client, uint64_t count,
                                uint64_t a_second, struct bench_run *run);
void echo_client_close(struct echo_client *client);

#ifdef __cplusplus
}
#endif

#endif /* ECHO_H */
