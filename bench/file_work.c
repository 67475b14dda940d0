/* SPDX-License-Identifier: MIT */
#include "file_work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "passes.h"
#include "proof.h"
#include "residency.h"
#include "walk.h"

enum {
    /* A random access to storage takes about 0.1 ms; this keeps a sample
     * within a second or so. */
    COLD_JUMPS_MAX = 1024,
    /* Files from this size on are sampled less often when quick. */
    LARGE_BYTES = 256 << 20,
    LARGE_REPETITIONS_QUICK = 5,
};

/* Below this share of a thread, several threads did not work side by side. */
static const double depth_share_min = 0.75;

/* One sample of one row. */
struct sitting {
    struct bench_run *run;
    const struct file_job *job;
    struct sampler sampler;
    uint64_t sum_before; /* of the file's words, for ACTION_MODIFY */
    int64_t passes;
};

/* ---- how a row is named and sampled -------------------------------------- */

const char *const file_read_ways[] = {"mapped",
                                      "mapped-window",
                                      "mapped-populated",
                                      "mapped-sequential",
                                      "mapped-random",
                                      "mapped-will-need",
                                      "mapped-huge",
                                      "read",
                                      "read-misaligned",
                                      "stdio",
                                      "async",
                                      "memory",
                                      NULL};
const char *const file_patterns[] = {"sequential", "random", "reverse",
                                     "stride",     "zipf",   NULL};
const char *const file_consumers[] = {"touch", "sum", "copy", NULL};
const char *const file_caches[] = {"warm", "cold", "scattered", "found", NULL};

size_t file_work_accesses_max(const struct file_job *job)
{
    return job->cache == CACHE_COLD && job->job.pattern != TRACE_SEQUENTIAL
               ? COLD_JUMPS_MAX
               : TRACE_ACCESSES_MAX;
}

/* Views that a pass maps, roughly. */
static double estimate_moves(const struct file_job *job, double accesses)
{
    uint64_t view =
        job->job.views > 0 ? job->job.view_bytes : (uint64_t)WAY_WINDOW_BYTES;

    if (job->job.way != WAY_MAPPED_WINDOW) {
        return 0;
    }
    if (job->job.each || job->job.pattern == TRACE_RANDOM ||
        job->job.pattern == TRACE_ZIPF) {
        return job->size > view ? accesses : 1;
    }
    return (double)job->size / (double)view + 1;
}

/* Seconds of a pass on roughly this kind of machine; for estimates only. */
static double estimate_pass(const struct file_job *job)
{
    const double warm_bytes_per_second = 4e9, cold_bytes_per_second = 1e9;
    const double written_bytes_per_second = 5e8;
    const double call_seconds = 5e-7, jump_seconds = 2e-4, move_seconds = 8e-6;
    uint64_t count = (job->size - 1) / job->access + 1;
    double accesses = (double)count;
    double limit = (double)file_work_accesses_max(job);
    double bytes, seconds;

    accesses = accesses < limit ? accesses : limit;
    bytes = accesses * (double)job->access;
    seconds = accesses * call_seconds + bytes / warm_bytes_per_second +
              estimate_moves(job, accesses) * move_seconds;
    if (job->cache == CACHE_COLD) {
        seconds += job->job.pattern == TRACE_SEQUENTIAL
                       ? bytes / cold_bytes_per_second + 1e-3
                       : accesses * jump_seconds;
    }
    if (job->job.action != ACTION_CONSUME) {
        seconds += bytes / written_bytes_per_second;
    }
    return job->job.twice ? 2 * seconds : seconds;
}

static struct file_job job_of(const struct bench_row *row)
{
    const struct file_benchmark *benchmark = row->table->own;

    return benchmark->job(row);
}

void file_work_sampling(const struct bench_row *row,
                        const struct bench_options *options,
                        struct bench_sampling *sampling_out)
{
    const struct file_job made = job_of(row), *job = &made;
    double pass = estimate_pass(job);

    if (job->cache == CACHE_COLD || job->job.action != ACTION_CONSUME) {
        passes_single(pass, sampling_out);
    } else {
        passes_many(options, pass, sampling_out);
    }
    if (options->quick && job->size >= LARGE_BYTES) {
        sampling_out->repetitions = LARGE_REPETITIONS_QUICK;
    }
}

/* Other ways have reasons of their own: a window ends where it ends, and pages
 * are asked for beforehand, or in another size, or one by one. What is cold
 * faults by the chances of read-ahead, and what is written to be marked. */
bool file_work_faults_alike(const struct bench_row *row)
{
    const struct file_job job = job_of(row);

    return job.cache != CACHE_COLD && job.job.action == ACTION_CONSUME &&
           (job.job.way == WAY_MAPPED || job.job.way == WAY_MAPPED_WILL_NEED);
}

/* ---- what the rows of a comparison share --------------------------------- */

void file_work_unshare(void *shared)
{
    struct work *work = shared;

    if (work == NULL) {
        return;
    }
    shim_team_free(work->team);
    for (size_t i = 0; i < WAY_THREADS_MAX; i++) {
        buffer_free(&work->transfer[i]);
    }
    buffer_free(&work->memory);
    trace_free(work->trace);
    free(work);
}

static enum mm_status fill_work(struct work *work, const struct file_job *job,
                                const struct bench_options *options,
                                struct bench_reason *reason)
{
    unsigned threads = job->job.threads;
    enum mm_status status;

    status =
        datasets_get(options->datasets, job->size,
                     job->job.action != ACTION_CONSUME, &work->dataset, reason);
    if (status == MM_OK) {
        status = trace_make(job->job.pattern, job->size, job->access,
                            file_work_accesses_max(job), options->seed,
                            &work->trace);
    }
    if (status == MM_OK) {
        work->bytes = trace_bytes(work->trace);
        status = trace_pages(work->trace, mm_page_size(), &work->pages);
    }
    for (unsigned i = 0; status == MM_OK && i < threads; i++) {
        status =
            buffer_make(job->access + WAY_MISALIGNED_BYTES, &work->transfer[i]);
    }
    if (status == MM_OK && threads > 1) {
        status = shim_team_make(threads, &work->team);
    }
    return status;
}

enum mm_status file_work_share(const struct bench_row *row,
                               const struct bench_options *options,
                               void **shared_out, struct bench_reason *reason)
{
    const struct file_job job = job_of(row);
    struct work *work = calloc(1, sizeof(*work));
    enum mm_status status;

    *shared_out = NULL;
    if (work == NULL) {
        return MM_NO_MEMORY;
    }
    status = fill_work(work, &job, options, reason);
    if (status != MM_OK) {
        file_work_unshare(work);
        return status;
    }
    *shared_out = work;
    return MM_OK;
}

/* ---- the state of the cache ---------------------------------------------- */

static struct claim claim_of(const struct sitting *sitting)
{
    return (struct claim){.run = sitting->run,
                          .cache = sitting->job->cache,
                          .object = "the file"};
}

/* The state that the row's name claims, and what could be shown of it. */
static bool establish_cache(struct sitting *sitting)
{
    const struct claim claim = claim_of(sitting);
    struct cache_proof proof = {0};
    enum mm_status status =
        dataset_establish(sitting->sampler.work->dataset, claim.cache, &proof);

    return way_check(&sitting->sampler, sitting->run, status,
                     "prepare the cache of") &&
           claim_begins(&claim, &proof);
}

/* What is written whole need not be fetched. */
static uint64_t storage_needed(const struct sitting *sitting)
{
    uint64_t touched = sitting->sampler.work->pages * mm_page_size();

    if (sitting->job->job.action == ACTION_WRITE) {
        return 0;
    }
    return touched < sitting->job->size ? touched : sitting->job->size;
}

static void prove_cache(struct sitting *sitting)
{
    const struct claim claim = claim_of(sitting);
    struct cache_proof proof;

    claim_storage(&claim, storage_needed(sitting));
    dataset_prove(sitting->sampler.work->dataset, &proof);
    claim_ends(&claim, &proof);
}

/* ---- the file ------------------------------------------------------------ */

/* Whether the file can be measured still. */
static bool look_at_file(struct sitting *sitting)
{
    struct bench_reason reason;
    enum bench_state state =
        dataset_look(sitting->sampler.work->dataset, &reason);

    if (state != BENCH_OK) {
        bench_judge(sitting->run, state, "%s", reason.text);
    }
    return state != BENCH_ERROR;
}

/* A file object of its own for every sample: what one way leaves in it,
 * read-ahead above all, is no other way's start. */
static bool open_file(struct sitting *sitting)
{
    struct sampler *sampler = &sitting->sampler;
    struct bench_run *run = sitting->run;
    bool used = false;

    if (!way_check(sampler, run, way_open(sampler), "open") ||
        !way_check(sampler, run, mm_file_mark(sampler->file, &used), "mark")) {
        return false;
    }
    if (used) {
        bench_judge(run, BENCH_VOID,
                    "opening the file gave what an earlier sample had opened, "
                    "with the read-ahead that it left there");
    }
    return true;
}

/* ---- the way and the work ------------------------------------------------ */

/* The system's own count of calls shows which way the octets took; how many
 * calls a stream makes is the C library's affair. */
static void prove_way(struct sitting *sitting)
{
    const struct sampler *sampler = &sitting->sampler;
    enum way way = sitting->job->job.way;

    if (way != WAY_STDIO) {
        claim_calls(sitting->run, !way_is_counted(sampler),
                    sampler->reads + sampler->writes);
    }
}

/* Several threads must have been several (Little's law). */
static void prove_depth(struct sitting *sitting)
{
    unsigned threads = sitting->job->job.threads;

    if (threads == 1 || sitting->passes == 0) {
        return;
    }
    bench_count(sitting->run, BENCH_DEPTH, sitting->sampler.depth);
    if (sitting->sampler.depth < depth_share_min * threads) {
        bench_judge(sitting->run, BENCH_UNPROVED,
                    "on average %.2f of %u threads were at work",
                    sitting->sampler.depth, threads);
    }
}

/* The sum of the file's 64-bit words, to which ACTION_MODIFY adds as many as
 * it has modified; of its octets modulo 256 where accesses are smaller. */
static enum mm_status sum_file(const struct sitting *sitting, uint64_t *sum_out)
{
    enum { PIECE = 1 << 16 };
    unsigned char octets[PIECE];
    bool by_word = sitting->job->access >= sizeof(uint64_t);
    struct mm_file *file = NULL;
    uint64_t sum = 0;
    size_t got = PIECE;
    enum mm_status status = mm_file_open(
        dataset_path(sitting->sampler.work->dataset), MM_FILE_READ, &file);

    for (uint64_t at = 0; status == MM_OK && got == PIECE; at += got) {
        status = mm_file_read(file, at, octets, PIECE, &got);
        for (size_t i = 0; by_word && i + sizeof(sum) <= got;
             i += sizeof(sum)) {
            uint64_t word;

            memcpy(&word, octets + i, sizeof(word));
            sum += word;
        }
        for (size_t i = 0; !by_word && i < got; i++) {
            sum += octets[i];
        }
    }
    mm_file_close(file);
    *sum_out = by_word ? sum : sum % 256;
    return status;
}

/* What one pass of ACTION_MODIFY adds to that sum. */
static uint64_t sum_of_pass(const struct sitting *sitting)
{
    const struct work *work = sitting->sampler.work;

    return sitting->job->access >= sizeof(uint64_t)
               ? work->bytes / sizeof(uint64_t)
               : work->bytes;
}

/* Octets of the file that are as ACTION_WRITE should have left them. */
static enum mm_status count_written(const struct sitting *sitting,
                                    uint64_t *octets_out)
{
    const struct sampler *sampler = &sitting->sampler;
    const struct trace *trace = sampler->work->trace;
    struct buffer expected = {0}, found = {0};
    enum mm_status status = buffer_make(sitting->job->access, &expected);

    *octets_out = 0;
    if (status == MM_OK) {
        status = buffer_make(sitting->job->access, &found);
    }
    for (size_t i = 0; status == MM_OK && i < trace->count; i++) {
        uint64_t offset = trace_offset(trace, i);
        size_t size = trace_size(trace, offset), got = 0;

        status = mm_file_read(sampler->file, offset, found.octets, size, &got);
        walk_expected(expected.octets, size, sampler->work->stamp, offset);
        if (got == size && memcmp(expected.octets, found.octets, size) == 0) {
            *octets_out += size;
        }
    }
    buffer_free(&expected);
    buffer_free(&found);
    return status;
}

/* The checksum of what was done, equal in every way that did the same. */
static void prove_work(struct sitting *sitting)
{
    struct bench_run *run = sitting->run;
    const struct work *work = sitting->sampler.work;
    uint64_t checksum = sitting->sampler.checksum;
    enum mm_status status = MM_OK;

    if (sitting->passes == 0) {
        return;
    }
    switch (sitting->job->job.action) {
    case ACTION_CONSUME:
        break;
    case ACTION_WRITE:
        status = count_written(sitting, &checksum);
        if (status == MM_OK && checksum != work->bytes) {
            bench_judge(run, BENCH_VOID,
                        "%" PRIu64 " of %" PRIu64
                        " octets are in the file as they were written",
                        checksum, work->bytes);
        }
        break;
    case ACTION_MODIFY: {
        uint64_t wanted = sum_of_pass(sitting) * (uint64_t)sitting->passes;

        status = sum_file(sitting, &checksum);
        checksum -= sitting->sum_before;
        if (sitting->job->access < sizeof(uint64_t)) {
            checksum %= 256;
            wanted %= 256;
        }
        if (status == MM_OK && checksum != wanted) {
            bench_judge(run, BENCH_VOID,
                        "the file is not what adding to it makes of it");
        }
        /* Rows differ in their number of passes. */
        checksum = sum_of_pass(sitting);
        break;
    }
    }
    if (way_check(&sitting->sampler, run, status,
                  "check what was written to")) {
        bench_checksum(run, checksum);
    }
}

/* ---- a sample ------------------------------------------------------------ */

static void count_work(struct sitting *sitting)
{
    const struct sampler *sampler = &sitting->sampler;
    const struct work *work = sampler->work;
    struct bench_run *run = sitting->run;
    double passes = (double)sitting->passes;
    double walks = sitting->job->job.twice ? 2 * passes : passes;
    enum way way = sitting->job->job.way;

    bench_count(run, BENCH_ACCESSES, walks * (double)work->trace->count);
    bench_count(run, BENCH_BYTES, walks * (double)work->bytes);
    bench_count(run, BENCH_PAGES, passes * (double)work->pages);
    bench_count(run, BENCH_MAPS, (double)sampler->maps);
    bench_count(run, BENCH_READS, (double)sampler->reads);
    if (sitting->job->job.action != ACTION_CONSUME) {
        bench_count(run, BENCH_WRITES, (double)sampler->writes);
    }
    if (!way_is_mapped(way) && way != WAY_MEMORY) {
        bench_count(run, BENCH_BUFFER_ALIGNMENT,
                    (double)buffer_alignment(way_buffer(sampler, 0)));
    }
    if (way == WAY_MAPPED_WINDOW) {
        bench_count(run, BENCH_WINDOW_BYTES,
                    (double)sampler->window.view_bytes);
    }
}

/* After the last reading of the clock, and of all other accounts. */
static void watch_residency(struct sitting *sitting)
{
    const struct sampler *sampler = &sitting->sampler;
    struct bench_run *run = sitting->run;
    struct residency residency;
    enum mm_status status;

    if (!sitting->job->watched || sitting->passes == 0) {
        return;
    }
    status = residency_watch(sampler, &residency);
    if (status != MM_UNSUPPORTED &&
        way_check(sampler, run, status, "watch the memory of views of")) {
        bench_count(run, BENCH_MAPPED_BYTES, (double)residency.mapped);
        bench_count(run, BENCH_RESIDENT_BEFORE, (double)residency.before);
        bench_count(run, BENCH_RESIDENT_AFTER, (double)residency.after);
    }
}

static bool run_pass(void *context, uint64_t *checksum_out)
{
    struct sitting *sitting = context;
    struct sampler *sampler = &sitting->sampler;

    sampler->work->stamp++;
    if (!way_pass(sampler, sitting->run)) {
        return false;
    }
    *checksum_out = sampler->checksum;
    return true;
}

void file_work_body(struct bench_run *run, void *shared)
{
    const struct file_job made = job_of(bench_run_row(run)), *job = &made;
    struct sitting sitting = {
        .run = run,
        .job = job,
        .sampler = {.job = &job->job,
                    .work = shared,
                    .page_size = mm_page_size()},
    };
    bool modifies = job->job.action == ACTION_MODIFY;
    uint64_t checksum;

    if (look_at_file(&sitting) &&
        way_check(&sitting.sampler, run,
                  dataset_settle(sitting.sampler.work->dataset),
                  "write what is dirty of") &&
        (!modifies ||
         way_check(&sitting.sampler, run,
                   sum_file(&sitting, &sitting.sum_before), "sum")) &&
        establish_cache(&sitting) && open_file(&sitting)) {
        sitting.passes = passes_run(run, run_pass, &sitting, &checksum);
        look_at_file(&sitting);
        prove_cache(&sitting);
        prove_way(&sitting);
        prove_depth(&sitting);
        proof_hint(run, &sitting.sampler, job->cache == CACHE_COLD,
                   sitting.passes);
        count_work(&sitting);
        prove_work(&sitting);
        watch_residency(&sitting);
    }
    way_close(&sitting.sampler);
}
