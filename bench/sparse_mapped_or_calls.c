/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to touch a small part of an extremely large file? (W-3)
 *
 * Each iteration opens the file, reads one segment near its end, and closes
 * it: through a view of the segment, through a view of the whole file, which
 * takes address space and nothing else, or by calls. All of it is timed, by
 * phase, because opening and mapping is what there is to pay. The file is
 * sparse but for that segment; that it takes no more room is shown before and
 * after.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/view.h>

#include "buffer.h"
#include "claim.h"
#include "consumer.h"
#include "file_work.h"
#include "passes.h"
#include "peers/sparse_file.h"
#include "scratch.h"
#include "splitmix.h"
#include "walk.h"
#include "sizes.h"

/* places of words */
enum { WAY, CACHE };
/* places of numbers */
enum { SIZE, SEGMENT };

enum { WAY_SEGMENT, WAY_WHOLE, WAY_READ };
static const char *const ways[] = {"mapped", "mapped-whole", "calls", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"cache", file_caches},
};

enum {
    PIECE = KIB_64, /* of one call, and of one sum */
    /* Beside the segment: what rounding to clusters and the file's own blocks
     * may take. */
    ROOM_SPARE = 1 << 20,
};

static const int64_t gib_16 = INT64_C(16) << 30;
static const int64_t sizes[] = {INT64_C(16) << 30, INT64_C(1) << 40};
static const int64_t segments[] = {KIB_64, MIB_1, MIB_16};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"segment", segments, sizeof(segments) / sizeof(segments[0]), 0},
};

/* What the rows of a comparison share. */
struct large_file {
    char *path;
    struct mm_file *file;
    uint64_t offset; /* of the segment */
    uint64_t segment;
    struct buffer transfer; /* one piece */
};

/* One sample of one row. */
struct sitting {
    struct bench_run *run;
    struct large_file *large;
    unsigned way;
    struct claim claim;
    uint64_t checksum; /* of every visit */
    uint64_t maps;
    uint64_t reads;
    int64_t visits;
};

/* What one visit holds open. */
struct visit {
    struct sitting *sitting;
    struct mm_file *file;
    struct mm_mapping *mapping;
    struct mm_view view;
    uint64_t checksum;
    struct bench_phases phases;
    uint64_t clock;
};

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)options;
    if (row->words[CACHE] > CACHE_COLD) {
        return BENCH_NEVER;
    }
    if (row->numbers[SIZE] != gib_16) {
        return BENCH_ALL;
    }
    return row->words[CACHE] == CACHE_WARM && row->numbers[SEGMENT] == MIB_1
               ? BENCH_QUICK
               : BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    const double bytes_per_second = 1e9;
    double pass = 1e-3 + (double)row->numbers[SEGMENT] / bytes_per_second;

    if (row->words[CACHE] == CACHE_COLD) {
        passes_single(pass, sampling_out);
    } else {
        passes_many(options, pass, sampling_out);
    }
}

/* ---- the file ------------------------------------------------------------ */

static void unshare(void *shared)
{
    struct large_file *large = shared;

    if (large == NULL) {
        return;
    }
    buffer_free(&large->transfer);
    mm_file_close(large->file);
    if (large->path != NULL) {
        remove(large->path);
    }
    free(large->path);
    free(large);
}

static enum mm_status write_segment(struct large_file *large, uint64_t seed)
{
    enum mm_status status = MM_OK;
    size_t written = 0;
    uint64_t word;

    for (uint64_t at = 0; status == MM_OK && at < large->segment; at += PIECE) {
        for (size_t i = 0; i < PIECE; i += sizeof(word)) {
            word = splitmix(seed, at + i);
            memcpy(large->transfer.octets + i, &word, sizeof(word));
        }
        status = mm_file_write(large->file, large->offset + at,
                               large->transfer.octets, PIECE, &written);
    }
    return status == MM_OK ? mm_file_sync(large->file) : status;
}

/* Whether the file takes little more room than its segment. */
static enum mm_status check_room(const struct large_file *large,
                                 struct bench_reason *reason)
{
    uint64_t room = 0;
    enum mm_status status = sparse_file_room(large->path, &room);

    if (status == MM_OK && room > large->segment + ROOM_SPARE) {
        bench_explain(reason,
                      "the file takes %" PRIu64 " octets of storage, and only "
                      "%" PRIu64 " were written",
                      room, large->segment);
        return MM_UNSUPPORTED;
    }
    return status;
}

static enum mm_status make_file(struct large_file *large, uint64_t size,
                                const struct bench_options *options,
                                struct bench_reason *reason)
{
    const char *folder = datasets_scratch(options->datasets);
    enum mm_status status =
        scratch_create(folder, "sparse", &large->path, &large->file);

    if (status == MM_OK) {
        status = sparse_file_grow(large->path, size);
    }
    if (status == MM_OK) {
        status = write_segment(large, options->seed);
    }
    if (status != MM_OK) {
        bench_explain(reason,
                      "cannot make a sparse file of %" PRIu64
                      " octets in '%s': %s; name another directory with "
                      "--scratch",
                      size, folder, mm_status_text(status));
        return status;
    }
    return check_room(large, reason);
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    struct large_file *large = calloc(1, sizeof(*large));
    uint64_t size = (uint64_t)row->numbers[SIZE];
    enum mm_status status;

    *shared_out = NULL;
    if (large == NULL) {
        return MM_NO_MEMORY;
    }
    large->segment = (uint64_t)row->numbers[SEGMENT];
    large->offset = size - large->segment - mm_granularity();
    status = buffer_make(PIECE, &large->transfer);
    if (status == MM_OK) {
        status = make_file(large, size, options, reason);
    }
    if (status != MM_OK) {
        unshare(large);
        return status;
    }
    *shared_out = large;
    return MM_OK;
}

/* ---- the state of the cache ---------------------------------------------- */

static void look(const struct large_file *large, struct cache_proof *proof_out)
{
    uint64_t cached = 0;

    proof_out->known =
        mm_file_cached(large->file, large->offset, large->segment, &cached);
    proof_out->share = (double)cached / (double)large->segment;
}

static enum mm_status read_segment(const struct large_file *large,
                                   struct mm_file *file, uint64_t *checksum_out)
{
    enum mm_status status = MM_OK;
    uint64_t checksum = 0;
    size_t got = PIECE;

    for (uint64_t at = 0; status == MM_OK && at < large->segment; at += PIECE) {
        status = mm_file_read(file, large->offset + at, large->transfer.octets,
                              PIECE, &got);
        checksum = consumer_chain(
            checksum,
            consumer_eat(CONSUMER_SUM, large->transfer.octets, got, PIECE));
    }
    *checksum_out = checksum;
    return status;
}

/* Of the segment alone: nobody fills a cache with all of such a file. */
static enum mm_status establish(const struct sitting *sitting,
                                struct cache_proof *proof)
{
    const struct large_file *large = sitting->large;
    enum mm_status status = mm_file_evict(large->file);
    uint64_t ignored;

    if (sitting->claim.cache == CACHE_COLD) {
        look(large, proof);
        return status;
    }
    if (status != MM_OK && status != MM_UNSUPPORTED) {
        return status;
    }
    look(large, proof);
    proof->canonical = status == MM_OK && proof->share <= 0;
    status = read_segment(large, large->file, &ignored);
    look(large, proof);
    return status;
}

/* ---- a visit ---------------------------------------------------------- */

static void tick(struct visit *visit, enum bench_phase phase)
{
    walk_tick(&visit->phases, phase, &visit->clock);
}

static enum mm_status map(struct visit *visit)
{
    const struct mm_mapping_options options = {.protection = MM_READ_ONLY};
    const struct large_file *large = visit->sitting->large;
    bool whole = visit->sitting->way == WAY_WHOLE;
    enum mm_status status =
        mm_mapping_create(visit->file, &options, &visit->mapping);

    if (status == MM_OK) {
        status = mm_view_map(visit->mapping, whole ? 0 : large->offset,
                             whole ? 0 : (size_t)large->segment, MM_VIEW_READ,
                             NULL, &visit->view);
    }
    visit->sitting->maps++;
    tick(visit, BENCH_PHASE_MAP);
    return status;
}

static void sum_view(struct visit *visit)
{
    const struct large_file *large = visit->sitting->large;
    const unsigned char *octets = visit->view.address;
    uint64_t checksum = 0;

    if (visit->sitting->way == WAY_WHOLE) {
        octets += large->offset;
    }
    for (uint64_t at = 0; at < large->segment; at += PIECE) {
        checksum = consumer_chain(
            checksum, consumer_eat(CONSUMER_SUM, octets + at, PIECE, PIECE));
    }
    visit->checksum = checksum;
    tick(visit, BENCH_PHASE_ACCESS);
}

static enum mm_status touch(struct visit *visit)
{
    struct sitting *sitting = visit->sitting;
    enum mm_status status;

    if (sitting->way == WAY_READ) {
        status = read_segment(sitting->large, visit->file, &visit->checksum);
        sitting->reads += sitting->large->segment / PIECE;
        tick(visit, BENCH_PHASE_ACCESS);
        return status;
    }
    status = map(visit);
    if (status == MM_OK) {
        sum_view(visit);
        status = mm_view_unmap(&visit->view);
        tick(visit, BENCH_PHASE_UNMAP);
    }
    return status;
}

static bool run_visit(void *context, uint64_t *checksum_out)
{
    struct sitting *sitting = context;
    struct visit visit = {.sitting = sitting, .clock = mm_clock_ns()};
    enum mm_status status =
        mm_file_open(sitting->large->path, MM_FILE_READ, &visit.file);
    bool fine;

    tick(&visit, BENCH_PHASE_OPEN);
    fine = bench_check(sitting->run, status, "open the file") &&
           bench_check(sitting->run, touch(&visit), "touch the segment");
    mm_mapping_close(visit.mapping);
    mm_file_close(visit.file);
    tick(&visit, BENCH_PHASE_CLOSE);
    bench_phase_times(sitting->run, &visit.phases);
    *checksum_out = visit.checksum;
    return fine;
}

/* ---- a sample ------------------------------------------------------------ */

static void prove(struct sitting *sitting)
{
    const struct large_file *large = sitting->large;
    struct bench_run *run = sitting->run;
    struct bench_reason reason = {"the room that the file takes is not known"};
    struct cache_proof proof;

    claim_storage(&sitting->claim, large->segment);
    look(large, &proof);
    claim_ends(&sitting->claim, &proof);
    claim_calls(run, sitting->way != WAY_READ, sitting->reads);
    if (check_room(large, &reason) != MM_OK) {
        bench_judge(run, BENCH_VOID, "%s", reason.text);
    }
    if (sitting->visits > 0) {
        bench_checksum(run, sitting->checksum);
    }
}

static void count_work(const struct sitting *sitting)
{
    const struct large_file *large = sitting->large;
    struct bench_run *run = sitting->run;
    double bytes = (double)sitting->visits * (double)large->segment;

    bench_count(run, BENCH_BYTES, bytes);
    bench_count(run, BENCH_ACCESSES, bytes / PIECE);
    bench_count(run, BENCH_MAPS, (double)sitting->maps);
    bench_count(run, BENCH_READS, (double)sitting->reads);
    if (sitting->way == WAY_READ) {
        bench_count(run, BENCH_BUFFER_ALIGNMENT,
                    (double)buffer_alignment(large->transfer.octets));
    } else {
        bench_count(run, BENCH_PAGES, bytes / (double)mm_page_size());
    }
}

static void body(struct bench_run *run, void *shared)
{
    const struct bench_row *row = bench_run_row(run);
    struct sitting sitting = {
        .run = run,
        .large = shared,
        .way = row->words[WAY],
        .claim = {.run = run,
                  .cache = (enum cache)row->words[CACHE],
                  .object = "the segment"},
    };
    struct cache_proof proof = {0};

    if (bench_check(run, establish(&sitting, &proof),
                    "bring the segment into its cache state") &&
        claim_begins(&sitting.claim, &proof)) {
        sitting.visits =
            passes_run(run, run_visit, &sitting, &sitting.checksum);
        prove(&sitting);
        count_work(&sitting);
    }
}

extern const struct bench_table bench_sparse_mapped_or_calls;
const struct bench_table bench_sparse_mapped_or_calls = {
    .subject = "sparse",
    .question = "What does a small part of an extremely large file cost?",
    .latency = "visit",
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
