/* SPDX-License-Identifier: MIT */
/*
 * What happens when the working set is larger than the memory allowed?
 *
 * A process of its own walks over a file three times, under a limit on its
 * memory to which the page cache of the file counts. A mean would hide that
 * the first walk fills the memory and the others find some of it, so each walk
 * is shown in slices of equal work.
 *
 * The proof: those under the limit hold no more than it, and use it; and each
 * walk fetches at least what the file is larger than that, because no more can
 * have stayed from the walk before. A file that fits is fetched once.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "file_work.h"
#include "partner.h"
#include "passes.h"
#include "pressure.h"
#include "sizes.h"

/* places of words */
enum { WAY, PATTERN };
/* places of numbers */
enum { SIZE, LIMIT, ACCESS };

static const char *const ways[] = {"mapped", "mapped-random", "read", NULL};
static const enum way way_kinds[] = {WAY_MAPPED, WAY_MAPPED_RANDOM, WAY_CALLS};

static const char *const patterns[] = {"sequential", "random", NULL};
static const enum trace_pattern trace_patterns[] = {TRACE_SEQUENTIAL,
                                                    TRACE_RANDOM};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
};

/* Half, twice and four times what is allowed. */
static const int64_t sizes[] = {8 << 20, 32 << 20, MIB_64};
static const int64_t limits[] = {MIB_16};
static const int64_t accesses[] = {KIB_4, KIB_64};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"limit", limits, sizeof(limits) / sizeof(limits[0]), 0},
    {"access", accesses, sizeof(accesses) / sizeof(accesses[0]), 0},
};

enum {
    /* A slice makes some calls that are not the way's. */
    STRAY_CALLS = 16,
    REPETITIONS = 7,
    REPETITIONS_SLOW = 5,
};

/* Of the file, fetched again in a later walk although it fits: read-ahead of
 * what was never dropped is none. */
static const double refetched_max = 0.02;

static bool fits(const struct bench_row *row)
{
    return row->numbers[SIZE] < row->numbers[LIMIT];
}

static bool is_random(const struct bench_row *row)
{
    return trace_patterns[row->words[PATTERN]] == TRACE_RANDOM;
}

/* A fault fetches what lies around it, which goes again before it is used. */
static bool is_slow(const struct bench_row *row)
{
    return is_random(row) && way_kinds[row->words[WAY]] == WAY_MAPPED;
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    bool hinted = way_kinds[row->words[WAY]] == WAY_MAPPED_RANDOM;

    (void)options;
    if (hinted && !is_random(row)) {
        return BENCH_NEVER;
    }
    if (row->numbers[ACCESS] != KIB_64) {
        return BENCH_ALL;
    }
    return row->numbers[SIZE] == 2 * row->numbers[LIMIT] && !is_random(row)
               ? BENCH_QUICK
               : BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    const double bytes_per_second = 1e9, start = 0.05;
    bool slow = is_slow(row);
    double jump_seconds = fits(row) ? 1e-4 : slow ? 3e-3 : 2e-4;
    double bytes = PRESSURE_WALKS * (double)row->numbers[SIZE];
    double jumps = is_random(row) ? bytes / (double)row->numbers[ACCESS] : 0;

    (void)options;
    passes_single(start + bytes / bytes_per_second + jumps * jump_seconds,
                  sampling_out);
    sampling_out->repetitions = slow ? REPETITIONS_SLOW : REPETITIONS;
}

/* What the rows of a comparison share. */
struct bounds {
    struct dataset *dataset;
    struct memory_limit *limit;
    uint64_t seed;
};

static void unshare(void *shared)
{
    struct bounds *bounds = shared;

    if (bounds != NULL) {
        memory_limit_free(bounds->limit);
    }
    free(bounds);
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    struct bounds *bounds = calloc(1, sizeof(*bounds));
    enum mm_status status;

    *shared_out = NULL;
    if (bounds == NULL) {
        return MM_NO_MEMORY;
    }
    bounds->seed = options->seed;
    status = memory_limit_make((uint64_t)row->numbers[LIMIT], &bounds->limit,
                               reason);
    if (status == MM_OK) {
        status = datasets_get(options->datasets, (uint64_t)row->numbers[SIZE],
                              false, &bounds->dataset, reason);
    }
    if (status != MM_OK) {
        unshare(bounds);
        return status;
    }
    *shared_out = bounds;
    return MM_OK;
}

/* ---- the proof ----------------------------------------------------------- */

/* Of the slices of a walk. */
static uint64_t fetched_in(const struct pressure *pressure, unsigned walk)
{
    const struct bench_slice *slices =
        &pressure->slices[(size_t)walk * PRESSURE_SLICES];
    uint64_t sum = 0;

    for (size_t i = 0; i < PRESSURE_SLICES; i++) {
        if (slices[i].storage_bytes == MM_UNKNOWN) {
            return MM_UNKNOWN;
        }
        sum += slices[i].storage_bytes;
    }
    return sum;
}

static void judge_walk(struct bench_run *run, const struct pressure *pressure,
                       unsigned walk)
{
    const struct bench_row *row = bench_run_row(run);
    uint64_t fetched = fetched_in(pressure, walk), size = pressure->size;
    uint64_t stays = walk == 0 ? 0 : (uint64_t)row->numbers[LIMIT];
    uint64_t least = size > stays ? size - stays : 0;

    if (fetched == MM_UNKNOWN) {
        bench_judge(run, BENCH_UNPROVED,
                    "this system does not tell what came from storage");
    } else if (fetched < least) {
        bench_judge(run, BENCH_VOID,
                    "only %" PRIu64 " octets came from storage in walk %u, "
                    "and %" PRIu64 " cannot have been in memory",
                    fetched, walk + 1, least);
    } else if (walk > 0 && fits(row) &&
               (double)fetched > refetched_max * (double)size) {
        bench_judge(run, BENCH_UNPROVED,
                    "%" PRIu64 " octets came from storage in walk %u, of a "
                    "file that fits",
                    fetched, walk + 1);
    }
}

static void judge_memory(struct bench_run *run, const struct pressure *pressure)
{
    uint64_t limit = (uint64_t)bench_run_row(run)->numbers[LIMIT];
    uint64_t most = 0, wanted = pressure->size < limit ? pressure->size : limit;

    for (size_t i = 0; i < pressure->slice_count; i++) {
        uint64_t held = pressure->slices[i].held_bytes;

        most = held > most ? held : most;
    }
    if (most > limit || most < wanted / 2) {
        bench_judge(run, BENCH_VOID,
                    "%" PRIu64 " octets of memory were held, under a limit of "
                    "%" PRIu64 " and by a working set of %" PRIu64,
                    most, limit, pressure->size);
    }
}

static void judge_calls(struct bench_run *run, const struct pressure *pressure)
{
    uint64_t stray = STRAY_CALLS * pressure->slice_count;

    if (pressure->calls == MM_UNKNOWN) {
        return;
    }
    if (pressure->calls < pressure->reads ||
        pressure->calls > pressure->reads + stray) {
        bench_judge(run, BENCH_VOID,
                    "the system saw %" PRIu64 " read calls, and the way makes "
                    "%" PRIu64,
                    pressure->calls, pressure->reads);
    }
}

static void prove(struct bench_run *run, const struct pressure *pressure)
{
    uint64_t checksum = pressure->checksums[0];

    for (unsigned i = 0; i < PRESSURE_WALKS; i++) {
        judge_walk(run, pressure, i);
        if (pressure->checksums[i] != checksum) {
            bench_judge(run, BENCH_VOID,
                        "the file changed while it was measured");
        }
    }
    judge_memory(run, pressure);
    judge_calls(run, pressure);
    bench_checksum(run, checksum);
}

/* ---- a sample ------------------------------------------------------------ */

static void report(struct bench_run *run, const struct pressure *pressure)
{
    struct bench_phases phases = {.readings = 2 * pressure->slice_count + 4};
    uint64_t bytes = 0;

    phases.ns[BENCH_PHASE_MAP] = pressure->map_ns;
    phases.ns[BENCH_PHASE_UNMAP] = pressure->unmap_ns;
    for (size_t i = 0; i < pressure->slice_count; i++) {
        const struct bench_slice *slice = &pressure->slices[i];

        phases.ns[BENCH_PHASE_ACCESS] += slice->ns;
        bytes += slice->bytes;
        bench_check(run, bench_add_slice(run, slice), "keep a slice");
    }
    bench_phase_times(run, &phases);
    bench_count(run, BENCH_BYTES, (double)bytes);
    bench_count(run, BENCH_ACCESSES,
                (double)bytes / (double)bench_run_row(run)->numbers[ACCESS]);
    bench_count(run, BENCH_MAPS, (double)pressure->maps);
    bench_count(run, BENCH_READS, (double)pressure->reads);
    partner_count(run, &pressure->used);
}

/* What cannot be said in words was said by its exit code. */
static bool outlived(struct bench_run *run, const struct pressure *pressure,
                     int code)
{
    if (pressure->status == MM_OK && code != 0) {
        bench_judge(run, BENCH_ERROR,
                    "the process under the limit ended with code %d", code);
        return false;
    }
    return bench_check(run, pressure->status, pressure->tried);
}

static bool press(struct bench_run *run, struct pressure *pressure,
                  const struct partner_stage *stage)
{
    struct mm_process *process = NULL;
    enum mm_status status = partner_start(stage, PARTNER_PRESSED, 1, &process);
    int code = 0;

    if (status == MM_OK) {
        status = mm_process_wait(process, MM_INFINITE, &code);
    }
    mm_process_close(process);
    return bench_check(run, status, "run a process under a limit") &&
           outlived(run, pressure, code);
}

static bool fill_in(const struct bench_row *row, const struct bounds *bounds,
                    struct pressure *pressure)
{
    const char *path = dataset_path(bounds->dataset);

    if (strlen(path) >= PRESSURE_PATH_MAX) {
        return false;
    }
    memcpy(pressure->path, path, strlen(path) + 1);
    memcpy(pressure->limit, memory_limit_name(bounds->limit),
           strlen(memory_limit_name(bounds->limit)) + 1);
    pressure->way = way_kinds[row->words[WAY]];
    pressure->pattern = trace_patterns[row->words[PATTERN]];
    pressure->size = (uint64_t)row->numbers[SIZE];
    pressure->access = (uint64_t)row->numbers[ACCESS];
    pressure->seed = bounds->seed;
    return true;
}

static void measure(struct bench_run *run, const struct bounds *bounds,
                    const struct partner_stage *stage)
{
    struct pressure *pressure = stage->memory;
    bool fine = fill_in(bench_run_row(run), bounds, pressure);

    if (!fine) {
        bench_judge(run, BENCH_ERROR, "the path of the file is too long");
    }
    while (bench_next(run, 1) > 0) {
        fine = press(run, pressure, stage);
        if (fine) {
            report(run, pressure);
        }
    }
    if (fine) {
        prove(run, pressure);
    }
}

static void body(struct bench_run *run, void *shared)
{
    const struct bounds *bounds = shared;
    const struct claim claim = {
        .run = run, .cache = CACHE_COLD, .object = "the file"};
    struct partner_stage stage = {0};
    struct cache_proof proof;

    if (bench_check(run, dataset_establish(bounds->dataset, CACHE_COLD, &proof),
                    "empty the cache of the file") &&
        claim_begins(&claim, &proof) &&
        bench_check(run, partner_stage_make(sizeof(struct pressure), &stage),
                    "share memory")) {
        measure(run, bounds, &stage);
    }
    partner_stage_free(&stage);
}

extern const struct bench_table bench_pressure_mapped_or_read;
const struct bench_table bench_pressure_mapped_or_read = {
    .subject = "pressure",
    .question =
        "What happens when the working set is larger than the memory allowed?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TIMED_BY_HAND,
    .scale = scale,
    .sampling = sampling,
    .share = share,
    .unshare = unshare,
    .body = body,
};
