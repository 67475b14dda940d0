/* SPDX-License-Identifier: MIT */
#include "pressure.h"

#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/view.h>

#include "partner.h"
#include "walk.h"

/* What the process holds open. */
struct presser {
    struct pressure *pressure;
    struct datasets *datasets;
    struct job job;
    struct work work;
    struct sampler sampler;
    struct walker walker;
    struct mm_view view;
    struct mm_process_usage before;
};

/* Remember a failure; false for one. */
static bool succeeds(struct presser *presser, enum mm_status status,
                     const char *tried)
{
    struct bench_reason reason;

    if (!mm_status_failed(status)) {
        return true;
    }
    bench_explain(&reason, "%s", tried);
    memcpy(presser->pressure->tried, reason.text, sizeof(reason.text));
    presser->pressure->status = status;
    return false;
}

static bool open_work(struct presser *presser)
{
    const struct pressure *pressure = presser->pressure;
    struct bench_reason reason = {"open the file"};
    struct work *work = &presser->work;
    enum mm_status status;

    status = datasets_open(pressure->path, "", pressure->seed,
                           &presser->datasets, &reason);
    if (status == MM_OK) {
        status = datasets_get(presser->datasets, pressure->size, false,
                              &work->dataset, &reason);
    }
    if (status == MM_OK) {
        status = trace_make(pressure->pattern, pressure->size, pressure->access,
                            TRACE_ACCESSES_MAX, pressure->seed, &work->trace);
    }
    if (status == MM_OK) {
        status = buffer_make(pressure->access, &work->transfer[0]);
    }
    return succeeds(presser, status, reason.text);
}

/* The view is timed as a phase of its own, and the hint is part of it. */
static bool map(struct presser *presser)
{
    bool random = presser->job.way == WAY_MAPPED_RANDOM;
    uint64_t start = mm_clock_ns();
    enum mm_status status;

    if (!way_is_mapped(presser->job.way)) {
        return true;
    }
    status = mm_view_map(presser->sampler.mapping, 0, 0, MM_VIEW_READ, NULL,
                         &presser->view);
    if (status == MM_OK && random) {
        status = mm_view_advise(&presser->view, 0, 0, MM_ADVICE_RANDOM);
    }
    presser->pressure->map_ns = mm_clock_ns() - start;
    presser->pressure->maps = 1;
    presser->walker.view = presser->view.address;
    return succeeds(presser, status, "map the file");
}

static bool open_way(struct presser *presser)
{
    struct sampler *sampler = &presser->sampler;

    presser->job = (struct job){.way = presser->pressure->way,
                                .action = ACTION_CONSUME,
                                .pattern = presser->pressure->pattern,
                                .consumer = CONSUMER_SUM,
                                .threads = 1};
    sampler->job = &presser->job;
    sampler->work = &presser->work;
    sampler->page_size = mm_page_size();
    presser->walker = (struct walker){
        .sampler = sampler,
        .octets = presser->work.transfer[0].octets,
        .phase = BENCH_PHASE_ACCESS,
    };
    return succeeds(presser, way_open(sampler), "open the file") &&
           map(presser);
}

static uint64_t since(uint64_t before, uint64_t now)
{
    return before == MM_UNKNOWN || now == MM_UNKNOWN ? MM_UNKNOWN
                                                     : now - before;
}

/* Accounts are read between slices, outside the clock. */
static void account(struct presser *presser, struct bench_slice *slice)
{
    struct pressure *pressure = presser->pressure;
    struct mm_process_usage now;
    uint64_t calls;

    if (mm_process_get_usage(NULL, &now) != MM_OK ||
        memory_limit_held(pressure->limit, &slice->held_bytes) != MM_OK) {
        succeeds(presser, MM_OS, "read what was used");
        return;
    }
    slice->storage_bytes =
        since(presser->before.storage_read_bytes, now.storage_read_bytes);
    slice->major_faults = since(presser->before.major_faults, now.major_faults);
    calls = since(presser->before.read_calls, now.read_calls);
    pressure->calls = calls == MM_UNKNOWN || pressure->calls == MM_UNKNOWN
                          ? MM_UNKNOWN
                          : pressure->calls + calls;
    presser->before = now;
}

static bool walk_slice(struct presser *presser, size_t part)
{
    struct pressure *pressure = presser->pressure;
    const struct trace *trace = presser->work.trace;
    struct walker *walker = &presser->walker;
    struct bench_slice *slice = &pressure->slices[pressure->slice_count];
    uint64_t start;

    walker->first = trace->count * part / PRESSURE_SLICES;
    walker->last = trace->count * (part + 1) / PRESSURE_SLICES;
    for (size_t i = walker->first; i < walker->last; i++) {
        slice->bytes += trace_size(trace, trace_offset(trace, i));
    }
    start = mm_clock_ns();
    (void)walk_trace(walker);
    slice->ns = mm_clock_ns() - start;
    pressure->slice_count++;
    return succeeds(presser, walker->status, walker->tried);
}

static bool walk(struct presser *presser)
{
    struct pressure *pressure = presser->pressure;
    bool fine = succeeds(presser, mm_process_get_usage(NULL, &presser->before),
                         "read what was used");

    for (int i = 0; fine && i < PRESSURE_WALKS; i++) {
        presser->walker.checksum = 0;
        for (size_t part = 0; fine && part < PRESSURE_SLICES; part++) {
            fine = walk_slice(presser, part);
            account(presser, &pressure->slices[pressure->slice_count - 1]);
            fine = fine && pressure->status == MM_OK;
        }
        pressure->checksums[i] = presser->walker.checksum;
    }
    pressure->reads = presser->walker.reads;
    return fine;
}

static void leave(struct presser *presser)
{
    uint64_t start = mm_clock_ns();

    if (presser->view.address != NULL) {
        mm_view_unmap(&presser->view);
        presser->pressure->unmap_ns = mm_clock_ns() - start;
    }
    way_close(&presser->sampler);
    buffer_free(&presser->work.transfer[0]);
    trace_free(presser->work.trace);
    datasets_close(presser->datasets);
}

int pressure_play(void *memory, unsigned index, const void *context)
{
    struct pressure *pressure = memory;
    struct presser presser = {.pressure = pressure};
    struct mm_process_usage before;

    (void)index;
    (void)context;
    presser.sampler.job = &presser.job;
    presser.job.threads = 1;
    if (succeeds(&presser, memory_limit_enter(pressure->limit),
                 "enter the limit") &&
        open_work(&presser) && open_way(&presser) &&
        succeeds(&presser, mm_process_get_usage(NULL, &before),
                 "read what was used") &&
        walk(&presser) &&
        succeeds(&presser, mm_process_get_usage(NULL, &pressure->used),
                 "read what was used")) {
        pressure->used = partner_used(&before, &pressure->used);
    }
    leave(&presser);
    return (int)pressure->status;
}
