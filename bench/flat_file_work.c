/* SPDX-License-Identifier: MIT */
#include "flat_file_work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/clock.h>

#include "claim.h"
#include "consumer.h"
#include "flat_file.h"
#include "passes.h"
#include "splitmix.h"
#include "trace.h"
#include "walk.h"

enum {
    FINDS = 2000,
    READS = 50000,
    UPDATES = 5000,
    /* A durable update takes milliseconds, and so does a cold access. */
    FLUSHED_UPDATES = 20,
    COLD_FINDS = 100,
    COLD_OPERATIONS = 1000,
    SINGLE_PASSES_QUICK = 10,
};

/* What the rows of a comparison share. */
struct flat_work {
    struct dataset *dataset;
    struct trace *trace; /* its parts are records */
    size_t operations;
    uint64_t seed;
    uint64_t page_first; /* of the records of FLAT_UPDATE_PAGE */
    uint64_t page_records;
    uint64_t pages; /* that a pass touches */
    uint64_t stamp; /* of the last pass that updated */
};

/* One sample of one row. */
struct sitting {
    struct bench_run *run;
    struct flat_job job;
    struct flat_work *work;
    struct reach reach;
    struct bench_phases phases; /* of the pass at hand */
    uint64_t clock;
    uint64_t checksum; /* of the pass at hand, then of all */
    int64_t passes;
};

static struct flat_job job_of(const struct bench_row *row)
{
    const struct flat_benchmark *benchmark = row->table->own;

    return benchmark->job(row);
}

bool flat_file_updates(const struct flat_job *job)
{
    return job->operation >= FLAT_UPDATE;
}

size_t flat_file_operations(const struct flat_job *job)
{
    if (job->cache == CACHE_COLD) {
        return job->operation == FLAT_FIND ? COLD_FINDS : COLD_OPERATIONS;
    }
    if (job->policy == FLAT_FLUSH_EACH) {
        return FLUSHED_UPDATES;
    }
    switch (job->operation) {
    case FLAT_FIND:
        return FINDS;
    case FLAT_READ:
        return READS;
    default:
        return UPDATES;
    }
}

/* ---- how a row is sampled ------------------------------------------------ */

/* Seconds of a pass on roughly this kind of machine; for estimates only. */
static double estimate_pass(const struct flat_job *job)
{
    const double find_seconds = 2e-5, other_seconds = 2e-6;
    const double cold_seconds = 2e-4, flush_seconds = 4e-3;
    const double bulk_flush_seconds = 2e-2, settle_seconds = 5e-2;
    double operations = (double)flat_file_operations(job);
    double each = job->operation == FLAT_FIND ? find_seconds : other_seconds;
    double seconds = operations * each;

    if (job->cache == CACHE_COLD) {
        seconds += operations * cold_seconds;
    }
    if (job->policy == FLAT_FLUSH_EACH) {
        seconds += operations * flush_seconds;
    } else if (job->policy == FLAT_FLUSH_PERIODIC) {
        seconds += operations / FLAT_PERIOD * bulk_flush_seconds;
    }
    return flat_file_updates(job) ? seconds + settle_seconds : seconds;
}

void flat_file_sampling(const struct bench_row *row,
                        const struct bench_options *options,
                        struct bench_sampling *sampling_out)
{
    const struct flat_job job = job_of(row);
    double pass = estimate_pass(&job);

    if (job.cache != CACHE_COLD && !flat_file_updates(&job)) {
        passes_many(options, pass, sampling_out);
        return;
    }
    passes_single(pass, sampling_out);
    if (options->quick) {
        sampling_out->repetitions = SINGLE_PASSES_QUICK;
    }
}

/* ---- which records ------------------------------------------------------- */

static uint64_t record_of(const struct flat_work *work,
                          const struct flat_job *job, size_t operation)
{
    return job->operation == FLAT_UPDATE_PAGE
               ? work->page_first + operation % work->page_records
               : work->trace->parts[operation];
}

/* The records that lie wholly within a page in the middle of the file. */
static void choose_page(struct flat_work *work, const struct flat_job *job)
{
    uint64_t page = mm_page_size();
    uint64_t start = flat_file_offset(job->records / 2) / page * page;

    work->page_first = (start + FLAT_RECORD_BYTES - 1) / FLAT_RECORD_BYTES;
    work->page_records = (start + page) / FLAT_RECORD_BYTES - work->page_first;
}

/* The pages that are touched, each marked once. */
struct marks {
    unsigned char *touched; /* one a page */
    uint64_t page_size;
    uint64_t pages;
    uint64_t seed;
};

static void mark(struct marks *marks, uint64_t offset, uint64_t size)
{
    uint64_t last = (offset + size - 1) / marks->page_size;

    for (uint64_t i = offset / marks->page_size; i <= last; i++) {
        marks->pages += marks->touched[i] == 0 ? 1 : 0;
        marks->touched[i] = 1;
    }
}

static bool mark_probe(void *context, uint64_t record, uint64_t *key_out)
{
    struct marks *marks = context;

    mark(marks, flat_file_offset(record), FLAT_KEY_BYTES);
    *key_out = flat_file_key(marks->seed, record);
    return true;
}

static enum mm_status count_pages(struct flat_work *work,
                                  const struct flat_job *job)
{
    struct marks marks = {.page_size = mm_page_size(), .seed = work->seed};
    size_t pages =
        (size_t)(flat_file_offset(job->records) / marks.page_size) + 1;

    marks.touched = calloc(pages, 1);
    if (marks.touched == NULL) {
        return MM_NO_MEMORY;
    }
    for (size_t i = 0; i < work->operations; i++) {
        uint64_t record = record_of(work, job, i);

        if (job->operation == FLAT_FIND) {
            flat_file_find(job->records, flat_file_key(work->seed, record),
                           mark_probe, &marks);
        } else {
            mark(&marks, flat_file_offset(record) + FLAT_FIELD_AT,
                 FLAT_FIELD_BYTES);
        }
    }
    free(marks.touched);
    work->pages = marks.pages;
    return MM_OK;
}

void flat_file_unshare(void *shared)
{
    struct flat_work *work = shared;

    if (work == NULL) {
        return;
    }
    trace_free(work->trace);
    free(work);
}

enum mm_status flat_file_share(const struct bench_row *row,
                               const struct bench_options *options,
                               void **shared_out, struct bench_reason *reason)
{
    const struct flat_job job = job_of(row);
    uint64_t size = flat_file_offset(job.records);
    struct flat_work *work = calloc(1, sizeof(*work));
    enum mm_status status;

    *shared_out = NULL;
    if (work == NULL) {
        return MM_NO_MEMORY;
    }
    work->seed = options->seed;
    choose_page(work, &job);
    status = datasets_get_with(options->datasets, size, true, flat_file_content,
                               &work->dataset, reason);
    if (status == MM_OK) {
        status =
            trace_make(TRACE_RANDOM, size, FLAT_RECORD_BYTES,
                       flat_file_operations(&job), options->seed, &work->trace);
    }
    if (status == MM_OK) {
        work->operations = job.operation == FLAT_UPDATE_PAGE
                               ? flat_file_operations(&job)
                               : work->trace->count;
        status = count_pages(work, &job);
    }
    if (status != MM_OK) {
        flat_file_unshare(work);
        return status;
    }
    *shared_out = work;
    return MM_OK;
}

/* ---- a pass -------------------------------------------------------------- */

static bool probe(void *context, uint64_t record, uint64_t *key_out)
{
    return reach_fetch(context, flat_file_offset(record), key_out,
                       FLAT_KEY_BYTES) == MM_OK;
}

static enum mm_status find_all(struct sitting *sitting)
{
    const struct flat_work *work = sitting->work;
    const struct flat_job *job = &sitting->job;
    uint64_t checksum = 0;

    for (size_t i = 0; i < work->operations; i++) {
        uint64_t record = record_of(work, job, i);
        uint64_t key = flat_file_key(work->seed, record);
        uint64_t found =
            flat_file_find(job->records, key, probe, &sitting->reach);

        if (found != record) {
            return sitting->reach.tried != NULL ? MM_IO : MM_BAD_DATA;
        }
        checksum = consumer_chain(checksum, found);
    }
    sitting->checksum = checksum;
    return MM_OK;
}

static enum mm_status read_all(struct sitting *sitting)
{
    enum mm_status status = MM_OK;
    uint64_t checksum = 0, field = 0;

    for (size_t i = 0; status == MM_OK && i < sitting->work->operations; i++) {
        uint64_t record = record_of(sitting->work, &sitting->job, i);

        status = reach_fetch(&sitting->reach,
                             flat_file_offset(record) + FLAT_FIELD_AT, &field,
                             FLAT_FIELD_BYTES);
        checksum = consumer_chain(checksum, field);
    }
    sitting->checksum = checksum;
    return status;
}

/* Whether so many updates are followed by a flush. */
static bool flush_is_due(const struct flat_job *job, size_t updates)
{
    return job->policy == FLAT_FLUSH_EACH ||
           (job->policy == FLAT_FLUSH_PERIODIC && updates % FLAT_PERIOD == 0);
}

/* One update needs its own octets flushed; many, all of them. */
static enum mm_status flush(struct sitting *sitting, uint64_t offset)
{
    bool all = sitting->job.policy == FLAT_FLUSH_PERIODIC;
    enum mm_status status;

    walk_tick(&sitting->phases, BENCH_PHASE_ACCESS, &sitting->clock);
    status = all ? reach_flush(&sitting->reach, 0, 0)
                 : reach_flush(&sitting->reach, offset, FLAT_FIELD_BYTES);
    walk_tick(&sitting->phases, BENCH_PHASE_FLUSH, &sitting->clock);
    return status;
}

static enum mm_status update_all(struct sitting *sitting)
{
    const struct flat_work *work = sitting->work;
    enum mm_status status = MM_OK;

    for (size_t i = 0; status == MM_OK && i < work->operations; i++) {
        uint64_t record = record_of(work, &sitting->job, i);
        uint64_t offset = flat_file_offset(record) + FLAT_FIELD_AT;
        uint64_t field = splitmix(work->stamp, i);

        status = reach_store(&sitting->reach, offset, &field, FLAT_FIELD_BYTES);
        if (status == MM_OK && flush_is_due(&sitting->job, i + 1)) {
            status = flush(sitting, offset);
        }
    }
    return status == MM_OK ? reach_settle(&sitting->reach) : status;
}

static enum mm_status operate(struct sitting *sitting)
{
    switch (sitting->job.operation) {
    case FLAT_FIND:
        return find_all(sitting);
    case FLAT_READ:
        return read_all(sitting);
    default:
        return update_all(sitting);
    }
}

static bool run_pass(void *context, uint64_t *checksum_out)
{
    struct sitting *sitting = context;
    struct reach *reach = &sitting->reach;
    struct bench_phases *phases = &sitting->phases;
    enum mm_status status;

    memset(phases, 0, sizeof(*phases));
    sitting->work->stamp++;
    sitting->clock = mm_clock_ns();
    status = reach_map(reach);
    if (reach->way == REACH_MAPPED) {
        walk_tick(phases, BENCH_PHASE_MAP, &sitting->clock);
    }
    if (status == MM_OK) {
        status = operate(sitting);
        walk_tick(phases, BENCH_PHASE_ACCESS, &sitting->clock);
    }
    if (status == MM_OK && reach->view.address != NULL) {
        status = reach_unmap(reach);
        walk_tick(phases, BENCH_PHASE_UNMAP, &sitting->clock);
    }
    bench_phase_times(sitting->run, phases);
    *checksum_out = sitting->checksum;
    return bench_check(sitting->run, status,
                       reach->tried != NULL ? reach->tried
                                            : "find the right record");
}

/* ---- proofs -------------------------------------------------------------- */

/* How many updates are in the file as they were made: of the last pass, and of
 * the records that it updated several times, the last ones. */
static enum mm_status count_updates(struct sitting *sitting,
                                    uint64_t *wanted_out, uint64_t *found_out)
{
    const struct flat_work *work = sitting->work;
    bool repeated = sitting->job.operation == FLAT_UPDATE_PAGE &&
                    work->operations > work->page_records;
    size_t first = repeated ? work->operations - (size_t)work->page_records : 0;
    enum mm_status status = MM_OK;

    *wanted_out = work->operations - first;
    *found_out = 0;
    for (size_t i = first; status == MM_OK && i < work->operations; i++) {
        uint64_t record = record_of(work, &sitting->job, i);
        uint64_t field = 0;
        size_t got = 0;

        status = mm_file_read(sitting->reach.file,
                              flat_file_offset(record) + FLAT_FIELD_AT, &field,
                              FLAT_FIELD_BYTES, &got);
        *found_out += field == splitmix(work->stamp, i) ? 1 : 0;
    }
    return status;
}

static void prove_work(struct sitting *sitting)
{
    struct bench_run *run = sitting->run;
    uint64_t wanted = 0, found = 0;

    if (sitting->passes == 0) {
        return;
    }
    if (!flat_file_updates(&sitting->job)) {
        bench_checksum(run, sitting->checksum);
        return;
    }
    if (!bench_check(run, count_updates(sitting, &wanted, &found),
                     "read the updates back")) {
        return;
    }
    if (found != wanted) {
        bench_judge(run, BENCH_VOID,
                    "%" PRIu64 " of %" PRIu64 " updates are in the file", found,
                    wanted);
    }
    bench_checksum(run, found);
}

static void prove_conditions(struct sitting *sitting, const struct claim *claim)
{
    const struct reach *reach = &sitting->reach;
    struct cache_proof proof;

    claim_storage(claim, sitting->work->pages * mm_page_size());
    dataset_prove(sitting->work->dataset, &proof);
    claim_ends(claim, &proof);
    if (reach->way != REACH_STDIO) {
        claim_calls(sitting->run, reach->way != REACH_CALLS,
                    reach->reads + reach->stores);
    }
}

static void count_work(struct sitting *sitting)
{
    const struct reach *reach = &sitting->reach;
    struct bench_run *run = sitting->run;
    double passes = (double)sitting->passes;
    double operations = passes * (double)sitting->work->operations;

    bench_count(run, BENCH_ACCESSES, operations);
    bench_count(run, BENCH_MAPS, (double)reach->maps);
    bench_count(run, BENCH_READS, (double)reach->reads);
    bench_count(run, BENCH_WRITES, (double)reach->stores);
    if (reach->way == REACH_MAPPED || reach->way == REACH_WINDOW) {
        bench_count(run, BENCH_PAGES, passes * (double)sitting->work->pages);
    }
    if (reach->way == REACH_WINDOW) {
        bench_count(run, BENCH_WINDOW_BYTES, REACH_WINDOW_BYTES);
    }
}

/* ---- a sample ------------------------------------------------------------ */

static bool prepare(struct sitting *sitting, const struct claim *claim)
{
    struct dataset *dataset = sitting->work->dataset;
    struct bench_run *run = sitting->run;
    struct cache_proof proof = {0};

    return bench_check(run, dataset_settle(dataset), "write what is dirty") &&
           bench_check(run, dataset_establish(dataset, claim->cache, &proof),
                       "bring the file into its cache state") &&
           claim_begins(claim, &proof) &&
           bench_check(run, reach_open(&sitting->reach, dataset_path(dataset)),
                       "open the file");
}

void flat_file_body(struct bench_run *run, void *shared)
{
    struct sitting sitting = {
        .run = run, .job = job_of(bench_run_row(run)), .work = shared};
    const struct claim claim = {
        .run = run, .cache = sitting.job.cache, .object = "the file"};

    sitting.reach.way = sitting.job.way;
    sitting.reach.writes = flat_file_updates(&sitting.job);
    sitting.reach.flushes = sitting.job.policy != FLAT_FLUSH_NONE;
    if (prepare(&sitting, &claim)) {
        sitting.passes = passes_run(run, run_pass, &sitting, &sitting.checksum);
        prove_conditions(&sitting, &claim);
        count_work(&sitting);
        prove_work(&sitting);
    }
    reach_close(&sitting.reach);
}
