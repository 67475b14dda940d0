/* SPDX-License-Identifier: MIT */
/*
 * What does an echo cost a server? (W-12)
 *
 * The server is a process with a CPU of its own; the client, on another CPU, is
 * the same for all of them. Each connection has one message under way, and each
 * echo is compared with what was sent. What counts is the server's CPU time,
 * which is told as the partner's: the time of an echo is also the client's. It
 * is a closed loop, so latencies are service times; where messages are paced,
 * latencies begin when a message was due, and the time of a row is its pace.
 */
#include "echo.h"
#include "ipc.h"
#include "shim.h"
#include "sizes.h"

/* places of words */
enum { WAY, PATTERN };
/* places of numbers */
enum { CONNECTIONS, OCTETS, RATE };

const struct echo_kind *const echo_kinds[] = {
    &echo_port,  &echo_port_epoll, &echo_epoll,     &echo_uring,
    &echo_libuv, &echo_asio,       &echo_asio_uring};
const char *const echo_words[] = {"port",          "port-epoll", "epoll",
                                  "io_uring",      "libuv",      "asio",
                                  "asio-io_uring", NULL};
const size_t echo_count = sizeof(echo_kinds) / sizeof(echo_kinds[0]);

enum { PATTERN_ECHO, PATTERN_PACED };
static const char *const patterns[] = {"echo", "paced", NULL};

static const struct bench_words words[] = {
    {"way", echo_words},
    {"pattern", patterns},
};

static const int64_t connections[] = {1, 8, 64, ECHO_CONNECTIONS_MAX};
static const int64_t octets[] = {1, 64, KIB_4, ECHO_OCTETS_MAX};

/* Of messages a second, on all connections together; 0: as fast as they are
 * echoed. */
static const int64_t rates[] = {0, 20000};

static const struct bench_numbers numbers[] = {
    {"connections", connections, sizeof(connections) / sizeof(connections[0]),
     0},
    {"octets", octets, sizeof(octets) / sizeof(octets[0]), 0},
    {"rate", rates, sizeof(rates) / sizeof(rates[0]), 0},
};

enum {
    /* Of a batch: connections take turns many times. */
    TURNS = 32,
    /* Before anything is counted, on each connection. */
    WARM_UP = 8,
};

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    bool usual = row->numbers[OCTETS] == 64;
    bool paced = row->words[PATTERN] == PATTERN_PACED;

    (void)options;
    if (paced != (row->numbers[RATE] > 0)) {
        return BENCH_NEVER;
    }
    if (paced) {
        return usual && row->numbers[CONNECTIONS] == 64 ? BENCH_FULL
                                                        : BENCH_ALL;
    }
    return usual || row->numbers[CONNECTIONS] == 64 ? BENCH_FULL : BENCH_ALL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    (void)row;
    ipc_quickly(options, sampling_out);
    sampling_out->min_seconds = options->quick ? 0.06 : 0.2;
    sampling_out->sample_seconds = sampling_out->min_seconds + 0.03;
    sampling_out->variation_max = 0.5;
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    (void)shared;
    *state_out = NULL;
    return ipc_check(echo_kinds[row->words[WAY]]->why_not, reason);
}

static enum mm_status run_some(struct bench_run *run,
                               struct echo_client *client, uint64_t count)
{
    int64_t rate = bench_run_row(run)->numbers[RATE];

    return rate > 0 ? echo_client_pace(client, count, (uint64_t)rate, run)
                    : echo_client_run(client, count, run);
}

/* A sample, in a thread of its own, which stays on one CPU. */
static void echo(struct bench_run *run, struct echo_server *server,
                 struct echo_client *client)
{
    uint64_t each = (uint64_t)bench_run_row(run)->numbers[CONNECTIONS];
    enum mm_status status = echo_client_run(client, WARM_UP * each, NULL);
    int64_t wanted, done = 0;

    if (status == MM_OK) {
        status = echo_server_account(server);
    }
    while (bench_check(run, status, "echo") &&
           (wanted = bench_next(run, (int64_t)(TURNS * each))) > 0) {
        status = run_some(run, client, (uint64_t)wanted);
        done += wanted;
    }
    if (status == MM_OK && done > 0) {
        echo_server_count(server, run);
        bench_count(run, BENCH_ACCESSES, (double)done);
        bench_count(run, BENCH_BYTES,
                    (double)done * (double)bench_run_row(run)->numbers[OCTETS]);
        bench_count(run, BENCH_BATCH, 1);
    }
}

static void measure(void *context)
{
    struct bench_run *run = context;
    const struct bench_row *row = bench_run_row(run);
    struct bench_reason reason = {"start a server"};
    struct echo_server *server = NULL;
    struct echo_client *client = NULL;
    size_t size = (size_t)row->numbers[OCTETS];
    enum mm_status status =
        echo_server_start(row->words[WAY], size, &server, &reason);

    if (bench_check(run, status, reason.text) &&
        bench_check(run,
                    echo_client_open(echo_server_port(server),
                                     (size_t)row->numbers[CONNECTIONS], size,
                                     &client),
                    "connect")) {
        echo(run, server, client);
    }
    echo_client_close(client);
    echo_server_close(server);
}

static void body(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, shim_apart(measure, run), "start a thread");
}

extern const struct bench_table bench_echo_cost;
const struct bench_table bench_echo_cost = {
    .subject = "echo",
    .question = "What does an echo cost a server?",
    .latency = "echo",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .scale = scale,
    .sampling = sampling,
    .set_up = set_up,
    .body = body,
};
