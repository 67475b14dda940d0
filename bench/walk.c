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

static bool leave_window(struct walker *walker, uint64_t *clock_in_out)
{
    struct mm_view *view = &walker->window;

    if (view->address == NULL) {
        return true;
    }
    if (walker->sampler->job->durable) {
        if (!succeeds(walker, mm_view_flush(view, 0, 0, MM_FLUSH_STARTED),
                      "flush a window of")) {
            return false;
        }
        walk_tick(&walker->phases, BENCH_PHASE_FLUSH, clock_in_out);
    }
    mm_view_unmap(view);
    walk_tick(&walker->phases, BENCH_PHASE_UNMAP, clock_in_out);
    return true;
}

/* Make the window the one that starts at `window`. */
static bool slide_window(struct walker *walker, uint64_t window,
                         uint64_t *clock_in_out)
{
    const struct sampler *sampler = walker->sampler;
    uint64_t left = sampler->work->trace->file_size - window;
    size_t size = left < WAY_WINDOW_BYTES ? (size_t)left : WAY_WINDOW_BYTES;
    enum mm_status status;

    walk_tick(&walker->phases, BENCH_PHASE_ACCESS, clock_in_out);
    if (!leave_window(walker, clock_in_out)) {
        return false;
    }
    status = mm_view_map(sampler->mapping, window, size,
                         walk_access(sampler->job), NULL, &walker->window);
    mm_guard_move(walker->window.address, walker->window.size);
    walk_tick(&walker->phases, BENCH_PHASE_MAP, clock_in_out);
    walker->maps++;
    return succeeds(walker, status, "map a window of");
}

/* No access crosses a window: both are cut at powers of two. */
static bool walk_window(struct walker *walker)
{
    const struct trace *trace = walker->sampler->work->trace;
    uint64_t window = UINT64_MAX;
    uint64_t clock = mm_clock_ns();
    bool fine = true;

    for (size_t i = walker->first; fine && i < walker->last; i++) {
        uint64_t offset = trace_offset(trace, i);
        uint64_t wanted = offset / WAY_WINDOW_BYTES * WAY_WINDOW_BYTES;

        if (wanted != window) {
            fine = slide_window(walker, wanted, &clock);
            window = wanted;
        }
        if (fine) {
            act_in_place(walker,
                         (unsigned char *)walker->window.address +
                             (offset - window),
                         offset, trace_size(trace, offset));
        }
    }
    walk_tick(&walker->phases, BENCH_PHASE_ACCESS, &clock);
    return fine && leave_window(walker, &clock);
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
                                         walker); /* windows move it */

    if (walker->window.address != NULL) {
        mm_view_unmap(&walker->window);
    }
    return succeeds(walker, status, "reach through a view") &&
           walker->status == MM_OK;
}

bool walk_trace(struct walker *walker)
{
    switch (walker->sampler->job->way) {
    case WAY_CALLS:
    case WAY_CALLS_MISALIGNED:
        return walk_calls(walker);
    case WAY_STDIO:
        return walk_stdio(walker);
    case WAY_MEMORY:
        return walk_whole(walker);
    default:
        return walk_guarded(walker);
    }
}
