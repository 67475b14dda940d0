/* SPDX-License-Identifier: MIT */
#include "ways.h"

#include <limits.h>
#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/view.h>

#include "splitmix.h"

/* One thread's share of a pass. */
struct walker {
    const struct sampler *sampler;
    unsigned char *octets;     /* its buffer */
    const unsigned char *view; /* of the whole file, where a way has that */
    FILE *stream;
    size_t first; /* accesses of the trace */
    size_t last;
    uint64_t checksum;
    uint64_t maps;
    uint64_t reads;
    uint64_t writes;
    struct bench_phases phases;
    enum mm_status status;
    const char *tried; /* what the status is of */
};

static const struct {
    bool mapped;
    bool whole; /* one view of the whole file */
    bool populate;
    enum mm_advice advice;
} kinds[] = {
    [WAY_MAPPED] = {true, true, false, MM_ADVICE_NORMAL},
    [WAY_MAPPED_WINDOW] = {true, false, false, MM_ADVICE_NORMAL},
    [WAY_MAPPED_POPULATED] = {true, true, true, MM_ADVICE_NORMAL},
    [WAY_MAPPED_SEQUENTIAL] = {true, true, false, MM_ADVICE_SEQUENTIAL},
    [WAY_MAPPED_RANDOM] = {true, true, false, MM_ADVICE_RANDOM},
    [WAY_MAPPED_WILL_NEED] = {true, true, false, MM_ADVICE_WILL_NEED},
    [WAY_MAPPED_HUGE] = {true, true, false, MM_ADVICE_HUGE_PAGES},
    [WAY_CALLS] = {false, false, false, MM_ADVICE_NORMAL},
    [WAY_CALLS_MISALIGNED] = {false, false, false, MM_ADVICE_NORMAL},
    [WAY_STDIO] = {false, false, false, MM_ADVICE_NORMAL},
    [WAY_MEMORY] = {false, true, false, MM_ADVICE_NORMAL},
};

bool way_is_mapped(enum way way)
{
    return kinds[way].mapped;
}

unsigned char *way_buffer(const struct sampler *sampler, size_t thread)
{
    size_t shift =
        sampler->job->way == WAY_CALLS_MISALIGNED ? WAY_MISALIGNED_BYTES : 0;

    return sampler->work->transfer[thread].octets + shift;
}

/* Give the phase the time since the last reading of the clock. */
static void tick(struct bench_phases *phases, enum bench_phase phase,
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

void way_expected(unsigned char *octets, size_t size, uint64_t stamp,
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
                        "position a stream, which takes a long");
    }
    return succeeds(walker,
                    fseek(walker->stream, (long)offset, SEEK_SET) == 0 ? MM_OK
                                                                       : MM_IO,
                    "position a stream");
}

static bool stream_in(struct walker *walker, size_t size)
{
    walker->reads++;
    return succeeds(
        walker,
        fread(walker->octets, 1, size, walker->stream) == size ? MM_OK : MM_IO,
        "read a stream");
}

static bool stream_out(struct walker *walker, size_t size)
{
    walker->writes++;
    return succeeds(
        walker,
        fwrite(walker->octets, 1, size, walker->stream) == size ? MM_OK : MM_IO,
        "write a stream");
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
                    "flush a stream");
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

static enum mm_access access_of(const struct job *job)
{
    return job->action == ACTION_CONSUME ? MM_VIEW_READ : MM_VIEW_WRITE;
}

static bool leave_window(struct walker *walker, struct mm_view *view,
                         uint64_t *clock_in_out)
{
    if (view->address == NULL) {
        return true;
    }
    if (walker->sampler->job->durable) {
        if (!succeeds(walker, mm_view_flush(view, 0, 0, MM_FLUSH_STARTED),
                      "flush a window")) {
            return false;
        }
        tick(&walker->phases, BENCH_PHASE_FLUSH, clock_in_out);
    }
    mm_view_unmap(view);
    tick(&walker->phases, BENCH_PHASE_UNMAP, clock_in_out);
    return true;
}

/* Make the window the one that starts at `window`. */
static bool slide_window(struct walker *walker, struct mm_view *view,
                         uint64_t window, uint64_t *clock_in_out)
{
    const struct sampler *sampler = walker->sampler;
    uint64_t left = sampler->work->trace->file_size - window;
    size_t size = left < WAY_WINDOW_BYTES ? (size_t)left : WAY_WINDOW_BYTES;
    enum mm_status status;

    tick(&walker->phases, BENCH_PHASE_ACCESS, clock_in_out);
    if (!leave_window(walker, view, clock_in_out)) {
        return false;
    }
    status = mm_view_map(sampler->mapping, window, size,
                         access_of(sampler->job), NULL, view);
    tick(&walker->phases, BENCH_PHASE_MAP, clock_in_out);
    walker->maps++;
    return succeeds(walker, status, "map a window");
}

/* No access crosses a window: both are cut at powers of two. */
static bool walk_window(struct walker *walker)
{
    const struct trace *trace = walker->sampler->work->trace;
    uint64_t window = UINT64_MAX;
    struct mm_view view = {0};
    uint64_t clock = mm_clock_ns();
    bool fine = true;

    for (size_t i = walker->first; fine && i < walker->last; i++) {
        uint64_t offset = trace_offset(trace, i);
        uint64_t wanted = offset / WAY_WINDOW_BYTES * WAY_WINDOW_BYTES;

        if (wanted != window) {
            fine = slide_window(walker, &view, wanted, &clock);
            window = wanted;
        }
        if (fine) {
            act_in_place(walker,
                         (unsigned char *)view.address + (offset - window),
                         offset, trace_size(trace, offset));
        }
    }
    tick(&walker->phases, BENCH_PHASE_ACCESS, &clock);
    if (fine) {
        return leave_window(walker, &view, &clock);
    }
    mm_view_unmap(&view);
    return false;
}

static bool walk(struct walker *walker)
{
    switch (walker->sampler->job->way) {
    case WAY_CALLS:
    case WAY_CALLS_MISALIGNED:
        return walk_calls(walker);
    case WAY_STDIO:
        return walk_stdio(walker);
    case WAY_MAPPED_WINDOW:
        return walk_window(walker);
    default:
        return walk_whole(walker);
    }
}

/* ---- a pass -------------------------------------------------------------- */

/* One pass, by one thread or several. */
struct pass {
    struct sampler *sampler;
    struct bench_run *run;
    struct walker walkers[WAY_THREADS_MAX];
    struct bench_phases phases;
    struct mm_view view;
    uint64_t clock;
};

static bool check_walker(struct bench_run *run, const struct walker *walker)
{
    return walker->status == MM_OK ||
           bench_check(run, walker->status, walker->tried);
}

static void begin_pass(struct pass *pass)
{
    struct sampler *sampler = pass->sampler;
    size_t count = sampler->work->trace->count;
    unsigned threads = sampler->job->threads;

    for (unsigned i = 0; i < threads; i++) {
        struct walker *walker = &pass->walkers[i];

        walker->sampler = sampler;
        walker->octets = way_buffer(sampler, i);
        walker->stream = sampler->streams[i];
        walker->view = sampler->work->memory.octets;
        walker->first = count * i / threads;
        walker->last = count * (i + 1) / threads;
        if (sampler->job->action == ACTION_WRITE) {
            way_expected(walker->octets,
                         (size_t)sampler->work->trace->access_size, 0, 0);
        }
    }
    pass->clock = mm_clock_ns();
}

static bool map_whole(struct pass *pass)
{
    const struct sampler *sampler = pass->sampler;
    enum way way = sampler->job->way;

    if (!kinds[way].mapped || !kinds[way].whole) {
        return true;
    }
    if (!bench_check(pass->run,
                     mm_view_map(sampler->mapping, 0, 0,
                                 access_of(sampler->job), NULL, &pass->view),
                     "map the whole file")) {
        return false;
    }
    tick(&pass->phases, BENCH_PHASE_MAP, &pass->clock);
    for (unsigned i = 0; i < sampler->job->threads; i++) {
        pass->walkers[i].view = pass->view.address;
    }
    pass->sampler->maps++;
    if (kinds[way].advice != MM_ADVICE_NORMAL) {
        if (!bench_check(pass->run,
                         mm_view_advise(&pass->view, 0, 0, kinds[way].advice),
                         "give a hint")) {
            return false;
        }
        tick(&pass->phases, BENCH_PHASE_HINT, &pass->clock);
    }
    if (kinds[way].populate) {
        if (!bench_check(pass->run, mm_view_prefetch(&pass->view, 0, 0),
                         "prefetch")) {
            return false;
        }
        tick(&pass->phases, BENCH_PHASE_PREFETCH, &pass->clock);
    }
    return true;
}

static void walk_in_thread(void *context, size_t index)
{
    struct pass *pass = context;

    (void)walk(&pass->walkers[index]);
}

/* Walk the trace; what the walkers did not time themselves is `phase`. */
static bool walk_once(struct pass *pass, enum bench_phase phase)
{
    struct sampler *sampler = pass->sampler;
    unsigned threads = sampler->job->threads;
    struct shim_team_times times;

    if (threads == 1) {
        struct walker *walker = &pass->walkers[0];
        bool timed = sampler->job->way == WAY_MAPPED_WINDOW;

        (void)walk(walker);
        if (timed) {
            pass->clock = mm_clock_ns();
        } else {
            tick(&pass->phases, phase, &pass->clock);
        }
        return check_walker(pass->run, walker);
    }
    shim_team_run(sampler->work->team, walk_in_thread, pass, &times);
    pass->phases.ns[phase] += times.wall_ns;
    pass->phases.readings += 2;
    sampler->depth = (double)times.busy_ns / (double)times.wall_ns;
    pass->clock = mm_clock_ns();
    for (unsigned i = 0; i < threads; i++) {
        if (!check_walker(pass->run, &pass->walkers[i])) {
            return false;
        }
    }
    return true;
}

/* Until the octets are on the device, where the job wants that. */
static bool make_durable(struct pass *pass)
{
    struct sampler *sampler = pass->sampler;
    enum mm_status status;

    if (!sampler->job->durable) {
        return true;
    }
    status = pass->view.address != NULL
                 ? mm_view_flush(&pass->view, 0, 0, MM_FLUSH_DURABLE)
                 : mm_file_sync(sampler->file);
    tick(&pass->phases, BENCH_PHASE_FLUSH, &pass->clock);
    return bench_check(pass->run, status, "make it durable");
}

static void end_pass(struct pass *pass)
{
    struct sampler *sampler = pass->sampler;

    if (pass->view.address != NULL) {
        mm_view_unmap(&pass->view);
        tick(&pass->phases, BENCH_PHASE_UNMAP, &pass->clock);
    }
    sampler->checksum = 0;
    for (unsigned i = 0; i < sampler->job->threads; i++) {
        const struct walker *walker = &pass->walkers[i];

        sampler->checksum =
            sampler->job->threads == 1
                ? walker->checksum
                : consumer_chain(sampler->checksum, walker->checksum);
        sampler->maps += walker->maps;
        sampler->reads += walker->reads;
        sampler->writes += walker->writes;
        if (sampler->job->threads > 1) {
            continue; /* their own clocks ran at the same time */
        }
        for (int phase = 0; phase < BENCH_PHASE_COUNT; phase++) {
            pass->phases.ns[phase] += walker->phases.ns[phase];
        }
        pass->phases.readings += walker->phases.readings;
    }
}

bool way_pass(struct sampler *sampler, struct bench_run *run)
{
    struct pass pass = {.sampler = sampler, .run = run};
    bool twice = sampler->job->twice;
    bool fine;

    begin_pass(&pass);
    fine = map_whole(&pass) &&
           walk_once(&pass, twice ? BENCH_PHASE_FIRST : BENCH_PHASE_ACCESS) &&
           (!twice || walk_once(&pass, BENCH_PHASE_STEADY)) &&
           make_durable(&pass);
    end_pass(&pass);
    bench_phase_times(run, &pass.phases);
    return fine;
}

/* ---- what a way holds open ----------------------------------------------- */

static enum mm_status open_streams(struct sampler *sampler, const char *path)
{
    const char *mode = sampler->job->action == ACTION_CONSUME ? "rb" : "r+b";

    for (unsigned i = 0; i < sampler->job->threads; i++) {
        sampler->streams[i] = fopen(path, mode);
        if (sampler->streams[i] == NULL) {
            return MM_NOT_FOUND;
        }
    }
    return MM_OK;
}

/* The octets of the file in plain memory: once for a comparison. */
static enum mm_status load_memory(struct sampler *sampler)
{
    struct buffer *memory = &sampler->work->memory;
    uint64_t size = sampler->work->trace->file_size;
    enum mm_status status;
    size_t got;

    if (memory->octets != NULL) {
        return MM_OK;
    }
    status =
        size > SIZE_MAX / 2 ? MM_NO_MEMORY : buffer_make((size_t)size, memory);
    if (status == MM_OK) {
        status =
            mm_file_read(sampler->file, 0, memory->octets, (size_t)size, &got);
    }
    return status;
}

enum mm_status way_open(struct sampler *sampler)
{
    bool writes = sampler->job->action != ACTION_CONSUME;
    const struct mm_mapping_options options = {
        .protection = writes ? MM_READ_WRITE : MM_READ_ONLY};
    const char *path = dataset_path(sampler->work->dataset);
    enum way way = sampler->job->way;
    enum mm_status status = mm_file_open(
        path, MM_FILE_READ | (writes ? MM_FILE_WRITE : 0), &sampler->file);

    if (status == MM_OK && kinds[way].mapped) {
        status = mm_mapping_create(sampler->file, &options, &sampler->mapping);
    }
    if (status == MM_OK && way == WAY_STDIO) {
        status = open_streams(sampler, path);
    }
    if (status == MM_OK && way == WAY_MEMORY) {
        status = load_memory(sampler);
    }
    return status;
}

void way_close(struct sampler *sampler)
{
    for (unsigned i = 0; i < sampler->job->threads; i++) {
        if (sampler->streams[i] != NULL) {
            fclose(sampler->streams[i]);
        }
    }
    mm_mapping_close(sampler->mapping);
    mm_file_close(sampler->file);
}
