/* SPDX-License-Identifier: MIT */
#include "read_ways.h"

#include <mapmark/clock.h>
#include <mapmark/view.h>

/* One pass by read calls. Returns false after a failure, which is judged. */
static bool pass_read(struct sampler *sampler)
{
    const struct trace *trace = sampler->reading->trace;
    unsigned char *octets = sampler->reading->buffer.octets;
    uint64_t start = mm_clock_ns();
    uint64_t checksum = 0;

    for (size_t i = 0; i < trace->count; i++) {
        uint64_t offset = trace_offset(trace, i);
        size_t size = trace_size(trace, offset);
        size_t got = 0;
        enum mm_status status =
            mm_file_read(sampler->file, offset, octets, size, &got);

        if (status == MM_OK && got < size) {
            status = MM_OUT_OF_RANGE; /* it was longer a moment ago */
        }
        if (!bench_check(sampler->run, status, "read")) {
            return false;
        }
        checksum =
            consumer_chain(checksum, consumer_eat(sampler->consumer, octets,
                                                  size, sampler->page_size));
    }
    bench_phase_time(sampler->run, BENCH_PHASE_ACCESS, mm_clock_ns() - start);
    sampler->reads += trace->count;
    sampler->checksum = checksum;
    return true;
}

/* One pass through a view of the whole file. */
static bool pass_mapped(struct sampler *sampler, bool populate)
{
    const struct trace *trace = sampler->reading->trace;
    struct bench_run *run = sampler->run;
    uint64_t start = mm_clock_ns(), now;
    uint64_t checksum = 0;
    struct mm_view view = {0};
    const unsigned char *octets;

    if (!bench_check(
            run, mm_view_map(sampler->mapping, 0, 0, MM_VIEW_READ, NULL, &view),
            "map the whole file")) {
        return false;
    }
    now = mm_clock_ns();
    bench_phase_time(run, BENCH_PHASE_MAP, now - start);
    start = now;
    if (populate) {
        if (!bench_check(run, mm_view_prefetch(&view, 0, 0), "prefetch")) {
            mm_view_unmap(&view);
            return false;
        }
        now = mm_clock_ns();
        bench_phase_time(run, BENCH_PHASE_PREFETCH, now - start);
        start = now;
    }
    octets = view.address;
    for (size_t i = 0; i < trace->count; i++) {
        uint64_t offset = trace_offset(trace, i);

        checksum = consumer_chain(
            checksum,
            consumer_eat(sampler->consumer, octets + offset,
                         trace_size(trace, offset), sampler->page_size));
    }
    now = mm_clock_ns();
    bench_phase_time(run, BENCH_PHASE_ACCESS, now - start);
    mm_view_unmap(&view);
    bench_phase_time(run, BENCH_PHASE_UNMAP, mm_clock_ns() - now);
    sampler->maps += 1;
    sampler->checksum = checksum;
    return true;
}

/* Make the window the one that holds `offset`; the clock is read once more,
 * at the end, and `*clock_in_out` is that reading. */
static bool slide_window(struct sampler *sampler, struct mm_view *view,
                         uint64_t window, uint64_t *clock_in_out)
{
    uint64_t left = sampler->reading->trace->file_size - window;
    size_t size = left < READ_WINDOW_BYTES ? (size_t)left : READ_WINDOW_BYTES;
    enum mm_status status = MM_OK;
    uint64_t now = mm_clock_ns();

    bench_phase_time(sampler->run, BENCH_PHASE_ACCESS, now - *clock_in_out);
    *clock_in_out = now;
    if (view->address != NULL) {
        mm_view_unmap(view);
        now = mm_clock_ns();
        bench_phase_time(sampler->run, BENCH_PHASE_UNMAP, now - *clock_in_out);
        *clock_in_out = now;
    }
    status =
        mm_view_map(sampler->mapping, window, size, MM_VIEW_READ, NULL, view);
    now = mm_clock_ns();
    bench_phase_time(sampler->run, BENCH_PHASE_MAP, now - *clock_in_out);
    *clock_in_out = now;
    sampler->maps += 1;
    return bench_check(sampler->run, status, "map a window");
}

/* One pass through a view of READ_WINDOW_BYTES that follows the accesses. */
static bool pass_window(struct sampler *sampler)
{
    const struct trace *trace = sampler->reading->trace;
    uint64_t window = UINT64_MAX;
    uint64_t checksum = 0;
    struct mm_view view = {0};
    uint64_t clock = mm_clock_ns(), now;

    for (size_t i = 0; i < trace->count; i++) {
        uint64_t offset = trace_offset(trace, i);
        uint64_t wanted = offset / READ_WINDOW_BYTES * READ_WINDOW_BYTES;
        const unsigned char *octets;

        if (wanted != window && !slide_window(sampler, &view, wanted, &clock)) {
            return false;
        }
        window = wanted;
        octets = (const unsigned char *)view.address + (offset - window);
        checksum =
            consumer_chain(checksum, consumer_eat(sampler->consumer, octets,
                                                  trace_size(trace, offset),
                                                  sampler->page_size));
    }
    now = mm_clock_ns();
    bench_phase_time(sampler->run, BENCH_PHASE_ACCESS, now - clock);
    mm_view_unmap(&view);
    bench_phase_time(sampler->run, BENCH_PHASE_UNMAP, mm_clock_ns() - now);
    sampler->checksum = checksum;
    return true;
}

bool read_pass(struct sampler *sampler, enum read_way way)
{
    switch (way) {
    case WAY_MAPPED:
        return pass_mapped(sampler, false);
    case WAY_MAPPED_WINDOW:
        return pass_window(sampler);
    case WAY_MAPPED_POPULATED:
        return pass_mapped(sampler, true);
    case WAY_READ:
        break;
    }
    return pass_read(sampler);
}
