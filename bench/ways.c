/* SPDX-License-Identifier: MIT */
#include "ways.h"

#include <mapmark/clock.h>
#include <mapmark/view.h>

#include "walk.h"

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
    [WAY_ASYNC] = {false, false, false, MM_ADVICE_NORMAL},
    [WAY_MEMORY] = {false, true, false, MM_ADVICE_NORMAL},
};

bool way_is_mapped(enum way way)
{
    return kinds[way].mapped;
}

bool way_is_counted(const struct sampler *sampler)
{
    enum way way = sampler->job->way;

    if (way == WAY_ASYNC) {
        return async_calls(&sampler->async);
    }
    return !way_is_mapped(way) && way != WAY_MEMORY;
}

unsigned char *way_buffer(const struct sampler *sampler, size_t thread)
{
    size_t shift =
        sampler->job->way == WAY_CALLS_MISALIGNED ? WAY_MISALIGNED_BYTES : 0;

    return sampler->work->transfer[thread].octets + shift;
}

bool way_check(const struct sampler *sampler, struct bench_run *run,
               enum mm_status status, const char *what)
{
    struct dataset *dataset = sampler->work->dataset;
    struct bench_reason reason = {{0}};
    enum bench_state state;

    if (!mm_status_failed(status)) {
        return true;
    }
    state = dataset_look(dataset, &reason);
    if (state == BENCH_ERROR) {
        bench_judge(run, state, "%s", reason.text);
    }
    bench_explain(&reason, "%s '%s'", what, dataset_path(dataset));
    return bench_check(run, status, reason.text);
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

static bool check(const struct pass *pass, enum mm_status status,
                  const char *what)
{
    return way_check(pass->sampler, pass->run, status, what);
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
        view_pool_open(&walker->pool, &sampler->window, sampler->mapping,
                       sampler->work->trace->file_size);
        if (sampler->job->action == ACTION_WRITE) {
            walk_expected(walker->octets,
                          (size_t)sampler->work->trace->access_size, 0, 0);
        }
    }
    pass->clock = mm_clock_ns();
}

static struct view_pool_plan window_of(const struct job *job)
{
    bool given = job->views > 0;

    return (struct view_pool_plan){
        .view_bytes = given ? job->view_bytes : WAY_WINDOW_BYTES,
        .start_bytes = given ? job->start_bytes : WAY_WINDOW_BYTES,
        .views = given ? job->views : 1,
        .access = walk_access(job),
        .flushed = job->durable,
    };
}

static bool map_whole(struct pass *pass)
{
    const struct sampler *sampler = pass->sampler;
    enum way way = sampler->job->way;

    if (!kinds[way].mapped || !kinds[way].whole) {
        return true;
    }
    if (!check(pass,
               mm_view_map(sampler->mapping, 0, 0, walk_access(sampler->job),
                           NULL, &pass->view),
               "map the whole of")) {
        return false;
    }
    walk_tick(&pass->phases, BENCH_PHASE_MAP, &pass->clock);
    for (unsigned i = 0; i < sampler->job->threads; i++) {
        pass->walkers[i].view = pass->view.address;
    }
    pass->sampler->maps++;
    if (kinds[way].advice != MM_ADVICE_NORMAL) {
        if (!check(pass, mm_view_advise(&pass->view, 0, 0, kinds[way].advice),
                   "give a hint for")) {
            return false;
        }
        walk_tick(&pass->phases, BENCH_PHASE_HINT, &pass->clock);
    }
    if (kinds[way].populate) {
        if (!check(pass, mm_view_prefetch(&pass->view, 0, 0), "prefetch")) {
            return false;
        }
        walk_tick(&pass->phases, BENCH_PHASE_PREFETCH, &pass->clock);
    }
    return true;
}

static void walk_in_thread(void *context, size_t index)
{
    struct pass *pass = context;

    (void)walk_trace(&pass->walkers[index]);
}

/* Walk the trace; what the walkers did not time themselves is `phase`. */
static bool walk_once(struct pass *pass, enum bench_phase phase)
{
    struct sampler *sampler = pass->sampler;
    unsigned threads = sampler->job->threads;
    struct shim_team_times times;

    for (unsigned i = 0; i < threads; i++) {
        pass->walkers[i].phase = phase;
    }
    if (threads == 1) {
        struct walker *walker = &pass->walkers[0];
        bool timed = sampler->job->way == WAY_MAPPED_WINDOW;

        (void)walk_trace(walker);
        if (timed) {
            pass->clock = mm_clock_ns();
        } else {
            walk_tick(&pass->phases, phase, &pass->clock);
        }
        return check(pass, walker->status, walker->tried);
    }
    shim_team_run(sampler->work->team, walk_in_thread, pass, &times);
    pass->phases.ns[phase] += times.wall_ns;
    pass->phases.readings += 2;
    sampler->depth = (double)times.busy_ns / (double)times.wall_ns;
    pass->clock = mm_clock_ns();
    for (unsigned i = 0; i < threads; i++) {
        if (!check(pass, pass->walkers[i].status, pass->walkers[i].tried)) {
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
    walk_tick(&pass->phases, BENCH_PHASE_FLUSH, &pass->clock);
    return check(pass, status, "make durable");
}

static void end_pass(struct pass *pass)
{
    struct sampler *sampler = pass->sampler;

    if (pass->view.address != NULL) {
        mm_view_unmap(&pass->view);
        walk_tick(&pass->phases, BENCH_PHASE_UNMAP, &pass->clock);
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
        /* Of one pass among many, that shows in no sum. */
        if (walker->overdrawn && sampler->job->twice) {
            bench_judge(pass->run, BENCH_UNPROVED,
                        "the moves of views that were timed stand for more "
                        "time than the walk took");
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
    size_t got = 0;

    if (memory->octets != NULL) {
        return MM_OK;
    }
    status =
        size > SIZE_MAX / 2 ? MM_NO_MEMORY : buffer_make((size_t)size, memory);
    if (status == MM_OK) {
        status =
            mm_file_read(sampler->file, 0, memory->octets, (size_t)size, &got);
    }
    if (status == MM_OK && got < size) {
        status = MM_OUT_OF_RANGE; /* it was longer a moment ago */
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
    enum mm_status status;

    sampler->window = window_of(sampler->job);
    status = mm_file_open(path, MM_FILE_READ | (writes ? MM_FILE_WRITE : 0),
                          &sampler->file);

    if (status == MM_OK && kinds[way].mapped) {
        status = mm_mapping_create(sampler->file, &options, &sampler->mapping);
        if (status == MM_OK && mm_mapping_size(sampler->mapping) <
                                   sampler->work->trace->file_size) {
            status = MM_OUT_OF_RANGE; /* it was longer a moment ago */
        }
    }
    if (status == MM_OK && way == WAY_STDIO) {
        status = open_streams(sampler, path);
    }
    if (status == MM_OK && way == WAY_ASYNC) {
        status = async_open(&sampler->async, sampler->file,
                            (size_t)sampler->work->trace->access_size);
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
    async_close(&sampler->async);
    mm_mapping_close(sampler->mapping);
    mm_file_close(sampler->file);
}
