/* SPDX-License-Identifier: MIT */
/*
 * What does a wake-up cost when nobody waits, and a wait when it need not?
 *
 * One process wakes itself and then waits, with nothing in between: what is
 * left is the way's own work, and system calls where it makes them although
 * nobody sleeps. Most take less time than reading the clock, so only the whole
 * loop is timed.
 */
#include <stdlib.h>

#include "ipc.h"

/* places of words */
enum { WAY, PATTERN };

static const char *const patterns[] = {"uncontended", NULL};

static const struct bench_words words[] = {
    {"way", channel_words},
    {"pattern", patterns},
};

/* More than enough to hide what asking for work costs. */
enum { BATCH = 1 << 12 };

/* Of what carries octets a side cannot wake itself; who spins waits as little
 * as who parks, where no wait is needed. */
static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    const struct channel_kind *kind = channel_kinds[row->words[WAY]];

    (void)options;
    if (kind->carries) {
        return BENCH_NEVER;
    }
    /* An aim of the library is told of these two. */
    return row->words[WAY] == CHANNEL_AT_event ||
                   row->words[WAY] == CHANNEL_AT_sem
               ? BENCH_QUICK
               : BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    (void)row;
    ipc_quickly(options, sampling_out);
}

struct alone {
    struct channel channel;
    unsigned char room[CHANNEL_MEMORY + CHANNEL_LINE];
};

/* Kinds lay their parts out by cache lines. */
static void *first_line(unsigned char *room)
{
    size_t over = (uintptr_t)room % CHANNEL_LINE;

    return over == 0 ? room : room + CHANNEL_LINE - over;
}

static void tear_down(void *state)
{
    struct alone *alone = state;

    alone->channel.kind->close(&alone->channel);
    free(alone);
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    enum mm_status status =
        ipc_check(channel_kinds[row->words[WAY]]->why_not, reason);
    struct alone *alone = NULL;

    (void)shared;
    *state_out = NULL;
    if (status == MM_OK) {
        alone = calloc(1, sizeof(*alone));
        status = alone != NULL ? MM_OK : MM_NO_MEMORY;
    }
    if (status == MM_OK) {
        alone->channel.kind = channel_kinds[row->words[WAY]];
        alone->channel.memory = first_line(alone->room);
        status = alone->channel.kind->make(&alone->channel);
    }
    if (status != MM_OK && alone != NULL) {
        tear_down(alone);
    } else {
        *state_out = alone;
    }
    return status;
}

static void body(struct bench_run *run, void *state)
{
    struct alone *alone = state;
    struct channel *channel = &alone->channel;
    const struct channel_kind *kind = channel->kind;
    enum mm_status status = MM_OK;
    int64_t batch, count = 0;

    while ((batch = bench_next(run, BATCH)) > 0) {
        for (int64_t i = 0; i < batch && status == MM_OK; i++) {
            status = kind->wake(channel, 0, NULL, 0);
            if (status == MM_OK) {
                status = kind->wait(channel, NULL, 0);
            }
        }
        count += batch;
        bench_check(run, status, bench_word(bench_run_row(run), WAY));
    }
    bench_count(run, BENCH_ACCESSES, (double)count);
}

extern const struct bench_table bench_ipc_uncontended;
const struct bench_table bench_ipc_uncontended = {
    .subject = "ipc",
    .question = "What does a wake-up cost when nobody waits?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .scale = scale,
    .sampling = sampling,
    .set_up = set_up,
    .tear_down = tear_down,
    .body = body,
};
