/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include <limits.h>
#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/guard.h>

#include "splitmix.h"

void walk_tick(struct bench_phases *phases, enum bench_phase phase,
               uint64_t *clock_in_out)
{
    uint64_t now = mm_clock_ns();

    phases->ns[phase] += now - *clock_in_out;
    phases->readings++;
    *clock_in_out = now;
}

/* Remember a failure; false for one. */
static bool succeeds(struct walker *walker, enum mm_status status,
                     const char *tried)
{
    if (!mm_status_failed(status)) {
        return true;
    }
    walker->status = status;
    walker->tried = tried;
    return false;
}

/* ---- what is done with the octets of an access --------------------------- */

static void mark(unsigned char *octets, size_t size, uint64_t stamp,
                 uint64_t offset)
{
    uint64_t word = splitmix(stamp, offset);

    memcpy(octets, &word, size < sizeof(word) ? size : sizeof(word));
}

void walk_expected(unsigned char *octets, size_t size, uint64_t stamp,
                   uint64_t offset)
{
    for (size_t i = 0; i < size; i++) {
        octets[i] = (unsigned char)(i * 167 + 13);
    }
    mark(octets, size, stamp, offset);
}

/* Add 1 to every word, and to the octets that are left over. */
static void add(unsigned char *octets, size_t size)
{
    size_t at = 0;

    for (uint64_t word; size - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, octets + at, sizeof(word));
        word++;
        memcpy(octets + at, &word, sizeof(word));
    }
    for (; at < size; at++) {
        octets[at]++;
    }
}

static void consume(struct walker *walker, const unsigned char *octets,
                    size_t size)
{
    enum consumer consumer = walker->sampler->job->consumer;

    /* A call has copied already. */
    if (consumer == CONSUMER_COPY && octets != walker->octets) {
        memcpy(walker->octets, octets, size);
        octets = walker->octets;
    }
    walker->checksum = consumer_chain(
        walker->checksum,
        consumer_eat(consumer, octets, size, walker->sampler->page_size));
}

/* Octets that can be reached where they are. */
static void act_in_place(struct walker *walker, unsigned char *octets,
                         uint64_t offset, size_t size)
{
    switch (walker->sampler->job->action) {
    case ACTION_CONSUME:
        consume(walker, octets, size);
        break;
    case ACTION_WRITE:
        mark(walker->octets, size, walker->sampler->work->stamp, offset);
        memcpy(octets, walker->octets, size);
        break;
    case ACTION_MODIFY:
        add(octets, size);
        break;
    }
}

/* ---- walks over the trace ------------------------------------------------ */

static bool fetch(struct walker *walker, uint64_t offset, size_t size)
{
    size_t got = 0;
    enum mm_status status =
        mm_file_read(walker->sampler->file, offset, walker->octets, size, &got);

    walker->reads++;
    if (status == MM_OK && got < size) {
        status = MM_OUT_OF_RANGE; /* it was longer a moment ago */
    }
    return succeeds(walker, status, "read");
}

static bool store(struct walker *walker, uint64_t offset, size_t size)
{
    size_t put = 0;

    walker->writes++;
    return succeeds(walker,
                    mm_file_write(walker->sampler->file, offset, walker->octets,
                                  size, &put),
                    "write");
}

static bool walk_calls(struct walker *walker)
{
    const struct trace *trace = walker->sampler->work->trace;
    enum action action = walker->sampler->job->action;

    for (size_t i = walker->first; i < walker->last; i++) {
        uint64_t offset = trace_offset(trace, i);
        size_t size = trace_size(trace, offset);

        if (action == ACTION_WRITE) {
            mark(walker->octets, size, walker->sampler->work->stamp, offset);
        } else if (!fetch(walker, offset, size)) {
            return false;
        }
        if (action == ACTION_CONSUME) {
            consume(walker, walker->octets, size);
            continue;
        }
        if (action == ACTION_MODIFY) {
            add(walker->octets, size);
        }
        if (!store(walker, offset, size)) {
            return false;
        }
    }
    return true;
}

/* The C library has one position, and a switch from reading to writing needs
 * it set anew. */
static bool move(struct walker *walker, uint64_t offset)
{
    if (offset > LONG_MAX) {
        return succeeds(walker, MM_UNSUPPORTED,
                        "position a stream, which takes a long, in");
    }
    return succeeds(walker,
                    fseek(walker->stream, (long)offset, SEEK_SET) == 0 ? MM_OK
                                                                       : MM_IO,
                    "position a stream in");
}

static bool stream_in(struct walker *walker, size_t size)
{
    walker->reads++;
    return succeeds(
        walker,
        fread(walker->octets, 1, size, walker->stream) == size ? MM_OK : MM_IO,
        "read a stream of");
}

static bool stream_out(struct walker *walker, size_t size)
{
    walker->writes++;
    return succeeds(
        walker,
        fwrite(walker->octets, 1, size, walker->stream) == size ? MM_OK : MM_IO,
        "write a stream of");
}

static bool walk_stdio(struct walker *walker)
{
    const struct trace *trace = walker->sampler->work->trace;
    enum action action = walker->sampler->job->action;
    uint64_t next = UINT64_MAX; /* where the stream is */

    for (size_t i = walker->first; i < walker->last; i++) {
        uint64_t offset = trace_offset(trace, i);
        size_t size = trace_size(trace, offset);

        if (offset != next && !move(walker, offset)) {
            return false;
        }
        next = offset + size;
        if (action == ACTION_WRITE) {
            mark(walker->octets, size, walker->sampler->work->stamp, offset);
        } else if (!stream_in(walker, size)) {
            return false;
        }
        if (action == ACTION_CONSUME) {
            consume(walker, walker->octets, size);
            continue;
        }
        if (action == ACTION_MODIFY) {
            add(walker->octets, size);
            next = UINT64_MAX;
            if (!move(walker, offset)) {
                return false;
            }
        }
        if (!stream_out(walker, size)) {
            return false;
        }
    }
    return action == ACTION_CONSUME ||
           succeeds(walker, fflush(walker->stream) == 0 ? MM_OK : MM_IO,
                    "flush a stream of");
}

static bool walk_whole(struct walker *walker)
{
    const struct trace *trace = walker->sampler->work->trace;
    unsigned char *octets = (unsigned char *)(uintptr_t)walker->view;

    for (size_t i = walker->first; i < walker->last; i++) {
        uint64_t offset = trace_offset(trace, i);

        act_in_place(walker, octets + offset, offset,
                     trace_size(trace, offset));
    }
    return true;
}

enum mm_access walk_access(const struct job *job)
{
    return job->action == ACTION_CONSUME ? MM_VIEW_READ : MM_VIEW_WRITE;
}

/* Views come and go; accesses take what is left of the walk's time. */
static bool walk_window(struct walker *walker)
{
    const struct trace *trace = walker->sampler->work->trace;
    struct view_pool *pool = &walker->pool;
    bool each = walker->sampler->job->each;
    enum mm_status status = MM_OK;

    for (size_t i = walker->first; status == MM_OK && i < walker->last; i++) {
        uint64_t offset = trace_offset(trace, i);
        size_t size = trace_size(trace, offset);
        unsigned char *octets;

        status = view_pool_reach(pool, offset, size, &octets);
        if (status == MM_OK) {
            act_in_place(walker, octets, offset, size);
        }
        if (status == MM_OK && each) {
            status = view_pool_drop(pool);
        }
    }
    return succeeds(walker, status, pool->tried);
}

/* Reads complete in any order, and are consumed in that of the trace. */
static bool walk_async(struct walker *walker)
{
    struct async *async = (struct async *)(uintptr_t)&walker->sampler->async;
    const struct trace *trace = walker->sampler->work->trace;
    enum mm_status status = MM_OK;
    size_t next = walker->first;

    for (size_t i = walker->first; status == MM_OK && i < walker->last; i++) {
        uint64_t offset = trace_offset(trace, i);
        size_t size = trace_size(trace, offset);
        unsigned char *octets;

        for (; status == MM_OK && next < walker->last && next < i + ASYNC_DEPTH;
             next++) {
            uint64_t ahead = trace_offset(trace, next);

            status = async_start(async, next, ahead, trace_size(trace, ahead));
            walker->reads++;
        }
        if (status == MM_OK) {
            status = async_take(async, i, size, &octets);
        }
        if (status == MM_OK) {
            consume(walker, octets, size);
        }
    }
    return succeeds(walker, status, "read through a port");
}

static void walk_views(void *context)
{
    struct walker *walker = context;

    if (walker->sampler->job->way == WAY_MAPPED_WINDOW) {
        (void)walk_window(walker);
    } else {
        (void)walk_whole(walker);
    }
}

/* Where the file does not supply what is mapped, the walk ends and not the
 * program. */
static bool walk_guarded(struct walker *walker)
{
    uint64_t size = walker->sampler->work->trace->file_size;
    enum mm_status status = mm_guard_run(walker->view, (size_t)size, walk_views,
                                         walker); /* a pool moves it */

    return succeeds(walker, status, "reach through a view") &&
           walker->status == MM_OK;
}

/* What the pool has timed, and what the accesses took of the whole. Moves that
 * came to more than the whole, because one that stands for others was held up,
 * are what all of it went to: a walk takes no longer than its clock says. */
static void take_pool_times(struct walker *walker, uint64_t total_ns)
{
    struct view_pool *pool = &walker->pool;
    uint64_t moves_ns = 0;
    double kept = 1;

    for (int phase = 0; phase < BENCH_PHASE_COUNT; phase++) {
        moves_ns += pool->phases.ns[phase];
    }
    if (total_ns < moves_ns) {
        walker->overdrawn = true;
        kept = (double)total_ns / (double)moves_ns;
    } else {
        walker->phases.ns[walker->phase] += total_ns - moves_ns;
    }
    for (int phase = 0; phase < BENCH_PHASE_COUNT; phase++) {
        walker->phases.ns[phase] +=
            (uint64_t)(kept * (double)pool->phases.ns[phase]);
    }
    walker->phases.readings += pool->phases.readings + 2;
    walker->maps += pool->maps;
    memset(&pool->phases, 0, sizeof(pool->phases));
    pool->maps = 0;
}

static bool walk_pool(struct walker *walker)
{
    uint64_t start = mm_clock_ns();
    bool fine;

    walker->pool.last = NULL; /* the guard of this walk watches no view yet */
    fine = walk_guarded(walker);
    if (!fine || walker->phase != BENCH_PHASE_FIRST) {
        fine = succeeds(walker, view_pool_close(&walker->pool),
                        walker->pool.tried) &&
               fine;
    }
    take_pool_times(walker, mm_clock_ns() - start);
    return fine;
}

bool walk_trace(struct walker *walker)
{
    switch (walker->sampler->job->way) {
    case WAY_CALLS:
    case WAY_CALLS_MISALIGNED:
        return walk_calls(walker);
    case WAY_STDIO:
        return walk_stdio(walker);
    case WAY_ASYNC:
        return walk_async(walker);
    case WAY_MEMORY:
        return walk_whole(walker);
    case WAY_MAPPED_WINDOW:
        return walk_pool(walker);
    default:
        return walk_guarded(walker);
    }
}
