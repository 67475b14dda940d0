/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to wait for several objects, by their number?
 *
 * One process sets and then waits, with nothing in between, so nobody sleeps:
 * what is left is to look at all of them. To wait for any, the last one is set,
 * and has to be the one that was taken; to wait for all, each is.
 */
#include <stdlib.h>

#include <mapmark/event.h>
#include <mapmark/wait.h>

#include "ipc.h"
#include "own_object.h"
#include "peers/crowds.h"

/* places of words */
enum { WAY, PATTERN };
/* places of numbers */
enum { COUNT };

/* ---- the library's own events -------------------------------------------- */

struct own_crowd {
    struct own_object events[CROWD_MAX];
    struct mm_waitable *waitables[CROWD_MAX];
};

static enum mm_status open_events(struct crowd *crowd)
{
    struct own_crowd *own = calloc(1, sizeof(*own));
    enum mm_status status = own != NULL ? MM_OK : MM_NO_MEMORY;

    crowd->own = own;
    for (size_t i = 0; status == MM_OK && i < crowd->count; i++) {
        uint64_t number;

        status = own_object_make(&own_event, &own->events[i], &number);
        own->waitables[i] = own->events[i].waitable;
    }
    return status;
}

static enum mm_status set_event(struct crowd *crowd, size_t index)
{
    struct own_crowd *own = crowd->own;

    return mm_event_set(own->events[index].handle);
}

static enum mm_status wait_for_any(struct crowd *crowd, size_t *index_out)
{
    struct own_crowd *own = crowd->own;

    return mm_wait_any(own->waitables, crowd->count, NULL, MM_INFINITE,
                       index_out);
}

static enum mm_status wait_for_all(struct crowd *crowd)
{
    struct own_crowd *own = crowd->own;

    return mm_wait_all(own->waitables, crowd->count, NULL, MM_INFINITE);
}

static void close_events(struct crowd *crowd)
{
    struct own_crowd *own = crowd->own;

    for (size_t i = 0; own != NULL && i < crowd->count; i++) {
        own_object_close(&own->events[i]);
    }
    free(own);
}

static const struct crowd_kind crowd_event = {
    .open = open_events,
    .set = set_event,
    .wait_for_any = wait_for_any,
    .wait_for_all = wait_for_all,
    .close = close_events,
};

/* ---- the rows ------------------------------------------------------------ */

static const char *const ways[] = {"event", "eventfd", "kernel-event", NULL};

static const struct crowd_kind *const kinds[] = {&crowd_event, &crowd_eventfd,
                                                 &crowd_kernel_event};

enum { ANY, ALL };
static const char *const patterns[] = {"any", "all", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
};

static const int64_t counts[] = {1, 2, 4, 8, 16, 32, CROWD_MAX};

static const struct bench_numbers numbers[] = {
    {"count", counts, sizeof(counts) / sizeof(counts[0]), 0},
};

/* More than enough to hide what asking for work costs. */
enum { BATCH = 1 << 10 };

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)options;
    if (kinds[row->words[WAY]]->why_not != NULL) {
        return BENCH_ALL;
    }
    return row->numbers[COUNT] == CROWD_MAX ? BENCH_QUICK : BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    (void)row;
    ipc_quickly(options, sampling_out);
}

static void tear_down(void *state)
{
    struct crowd *crowd = state;

    crowd->kind->close(crowd);
    free(crowd);
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    enum mm_status status = ipc_check(kinds[row->words[WAY]]->why_not, reason);
    struct crowd *crowd = NULL;

    (void)shared;
    *state_out = NULL;
    if (status == MM_OK) {
        crowd = calloc(1, sizeof(*crowd));
        status = crowd != NULL ? MM_OK : MM_NO_MEMORY;
    }
    if (status != MM_OK) {
        return status;
    }
    crowd->kind = kinds[row->words[WAY]];
    crowd->count = (size_t)row->numbers[COUNT];
    status = crowd->kind->open(crowd);
    if (status != MM_OK) {
        tear_down(crowd);
        return status;
    }
    *state_out = crowd;
    return MM_OK;
}

/* `wrong_out` counts what was taken and had not been set. */
static enum mm_status one_of_many(struct crowd *crowd, uint64_t *wrong_out)
{
    size_t last = crowd->count - 1, index = 0;
    enum mm_status status = crowd->kind->set(crowd, last);

    if (status == MM_OK) {
        status = crowd->kind->wait_for_any(crowd, &index);
    }
    *wrong_out += index != last ? 1 : 0;
    return status;
}

static enum mm_status all_of_them(struct crowd *crowd)
{
    enum mm_status status = MM_OK;

    for (size_t i = 0; status == MM_OK && i < crowd->count; i++) {
        status = crowd->kind->set(crowd, i);
    }
    return status == MM_OK ? crowd->kind->wait_for_all(crowd) : status;
}

static void body(struct bench_run *run, void *state)
{
    struct crowd *crowd = state;
    bool any = bench_run_row(run)->words[PATTERN] == ANY;
    enum mm_status status = MM_OK;
    uint64_t wrong = 0;
    int64_t batch, count = 0;

    while ((batch = bench_next(run, BATCH)) > 0) {
        for (int64_t i = 0; i < batch && status == MM_OK; i++) {
            status = any ? one_of_many(crowd, &wrong) : all_of_them(crowd);
        }
        count += batch;
        bench_check(run, status, bench_word(bench_run_row(run), WAY));
    }
    bench_count(run, BENCH_ACCESSES, (double)count);
    if (wrong > 0) {
        bench_judge(run, BENCH_VOID, "another one was taken than was set");
    }
}

extern const struct bench_table bench_ipc_several;
const struct bench_table bench_ipc_several = {
    .subject = "ipc",
    .question = "What does it cost to wait for several objects?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .scale = scale,
    .sampling = sampling,
    .set_up = set_up,
    .tear_down = tear_down,
    .body = body,
};
