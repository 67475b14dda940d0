/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to encode and to decode, by this library and by what else
 * there is? (R-50, W-11)
 *
 * All ways get the same items one after the other, and after the clock has
 * stopped each item is shown to come to what it must. A state that is made for
 * each item costs most where the allocator gives its memory back to the system
 * each time; it is kept from that here, for all ways alike, and a row whose
 * memory still comes anew is not believed. libdeflate's levels are not zlib's:
 * how many octets an item was encoded to stands beside its time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "coder.h"
#include "coder_items.h"
#include "consumer.h"
#include "run.h"
#include "sizes.h"
#include "splitmix.h"

/* places of words */
enum { WAY, OPERATION, FORMAT, CONTENT };
/* places of numbers */
enum { SIZE, LEVEL };

static const char *const ways[] = {"library", "library-once", "library-pieces",
                                   "zlib",    "zlib-once",    "libdeflate",
                                   NULL};

enum { ENCODE, DECODE };
static const char *const operations[] = {"encode", "decode", NULL};

/* In the order of enum mm_codec_format. */
static const char *const formats[] = {"zlib", "raw", "gzip", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"operation", operations},
    {"format", formats},
    {"content", coder_content_words},
};

static const int64_t sizes[] = {CODER_HELLO_BYTES, CODER_RECORD_BYTES, KIB_4,
                                KIB_64, MIB_1};
static const int64_t levels[] = {0, 1, 6, 9};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"level", levels, sizeof(levels) / sizeof(levels[0]), -1},
};

enum {
    /* Of an item, after which the time of asking for work is nothing. */
    BATCH_BYTES = 64 << 10,
    /* So many that one part in a hundred is told from none. */
    AIM_REPETITIONS = 101,
    HEAP_BLOCKS = 32,
    HEAP_BLOCK = 64 << 10, /* of one that no allocator maps by itself */
};

/* ---- rows ---------------------------------------------------------------- */

static bool is_record(const struct bench_row *row)
{
    return row->words[CONTENT] == CODER_RECORDS &&
           row->numbers[SIZE] == CODER_RECORD_BYTES;
}

/* What aims of the library are told of: source by 64 KiB beside zlib, and
 * records by themselves beside what zlib has for them. */
static bool is_aim(const struct bench_row *row)
{
    unsigned way = row->words[WAY];
    bool source =
        row->words[CONTENT] == CODER_SOURCE && row->numbers[SIZE] == KIB_64;
    unsigned peer = source ? CODER_ZLIB : CODER_ZLIB_ONCE;

    return row->words[FORMAT] == MM_CODEC_ZLIB &&
           row->numbers[LEVEL] == MM_CODEC_LEVEL_USUAL &&
           (source || is_record(row)) && (way == CODER_LIBRARY || way == peer);
}

/* In all formats, because their sizes are what the documents tell of. */
static enum bench_scale scale_hello(const struct bench_row *row)
{
    unsigned way = row->words[WAY];
    bool main_way = way == CODER_LIBRARY || way == CODER_LIBRARY_ONCE ||
                    way == CODER_ZLIB_ONCE;

    return main_way && row->numbers[LEVEL] == MM_CODEC_LEVEL_USUAL ? BENCH_FULL
                                                                   : BENCH_ALL;
}

/* One dimension at a time leaves what the first aim holds fixed. */
static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    bool record = row->numbers[SIZE] == CODER_RECORD_BYTES;
    int moved = 0;

    (void)options;
    if ((record && row->words[CONTENT] != CODER_RECORDS) ||
        (row->numbers[SIZE] == CODER_HELLO_BYTES) !=
            (row->words[CONTENT] == CODER_HELLO)) {
        return BENCH_NEVER;
    }
    if (row->words[CONTENT] == CODER_HELLO) {
        return scale_hello(row);
    }
    moved += row->words[FORMAT] != MM_CODEC_ZLIB ? 1 : 0;
    moved += row->words[CONTENT] != CODER_SOURCE && !record ? 1 : 0;
    moved += row->numbers[SIZE] != KIB_64 ? 1 : 0;
    moved += row->numbers[LEVEL] != MM_CODEC_LEVEL_USUAL ? 1 : 0;
    return moved <= 1 ? BENCH_FULL : BENCH_ALL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    /* Beside the time itself, all items are gone through once. */
    const double proof_seconds = 0.05;

    sampling_out->min_seconds = options->quick ? 0.05 : 0.1;
    sampling_out->sample_seconds = sampling_out->min_seconds + proof_seconds;
    if (is_aim(row) && !options->quick) {
        sampling_out->repetitions = AIM_REPETITIONS;
        sampling_out->min_seconds = 0.05;
    }
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    struct coder_items *items = NULL;
    enum mm_status status = coder_items_make(
        (enum coder_content)row->words[CONTENT], (size_t)row->numbers[SIZE],
        (enum mm_codec_format)row->words[FORMAT], (int)row->numbers[LEVEL],
        options->seed, &items, reason);

    *shared_out = items;
    return status;
}

static void unshare(void *shared)
{
    coder_items_free(shared);
}

/* ---- a row --------------------------------------------------------------- */

struct job {
    const struct coder_items *items;
    struct coder_terms terms;
    const struct coder_kind *kind;
    void *coder; /* of the sample */
    void *top;   /* of the heap */
    uint64_t samples;
    struct buffer output;
    size_t room;
    size_t next; /* the place of the next item */
    size_t size; /* that the last one came to */
    bool known;  /* what all items come to */
    uint64_t checksum;
    double encoded; /* octets of all items */
};

/* What is free lies below a block that is not, and an allocator can give the
 * system back what lies on top only. */
static void *keep_heap(void)
{
    void *blocks[HEAP_BLOCKS];
    void *top;

    for (int i = 0; i < HEAP_BLOCKS; i++) {
        blocks[i] = malloc(HEAP_BLOCK);
        if (blocks[i] != NULL) {
            memset(blocks[i], 1, HEAP_BLOCK);
        }
    }
    top = malloc(HEAP_BLOCK);
    for (int i = 0; i < HEAP_BLOCKS; i++) {
        free(blocks[i]);
    }
    return top;
}

/* Where its memory lies decides about a few parts in a hundred of the time, so
 * it is somewhere else in each sample, and at the same places in all ways. */
static enum mm_status open_coder(struct job *job)
{
    const uint64_t line = 64, lines = 512;
    void *pad =
        malloc((size_t)(line * (splitmix(1, job->samples++) % lines) + 1));
    enum mm_status status = job->kind->open(&job->terms, &job->coder);

    free(pad);
    return status;
}

static void close_coder(struct job *job)
{
    if (job->coder != NULL) {
        job->kind->close(job->coder);
    }
    job->coder = NULL;
}

static void tear_down(void *state)
{
    struct job *job = state;

    if (job == NULL) {
        return;
    }
    buffer_free(&job->output);
    free(job->top);
    free(job);
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    const struct coder_items *items = shared;
    struct job *job = calloc(1, sizeof(*job));
    enum mm_status status;

    *state_out = NULL;
    if (job == NULL) {
        return MM_NO_MEMORY;
    }
    job->items = items;
    job->terms = (struct coder_terms){
        .way = (enum coder_way)row->words[WAY],
        .encodes = row->words[OPERATION] == ENCODE,
        .format = (enum mm_codec_format)row->words[FORMAT],
        .level = (int)row->numbers[LEVEL],
        .size = items->size,
    };
    job->kind = coder_kind_of(job->terms.way);
    job->room = job->terms.encodes ? items->room : items->size;
    status = buffer_make(job->room, &job->output);
    if (status == MM_OK) {
        job->top = keep_heap();
        status = open_coder(job);
    }
    close_coder(job);
    if (status != MM_OK) {
        bench_explain(reason, "%s: %s", ways[row->words[WAY]],
                      status == MM_UNSUPPORTED ? "not built in"
                                               : mm_status_text(status));
        tear_down(job);
        return status;
    }
    *state_out = job;
    return MM_OK;
}

/* ---- a sample ------------------------------------------------------------ */

static enum mm_status do_item(struct job *job, size_t place)
{
    const struct coder_item *item = &job->items->items[place];

    return job->terms.encodes
               ? job->kind->run(job->coder, item->octets, job->items->size,
                                job->output.octets, job->room, &job->size)
               : job->kind->run(job->coder, item->encoded, item->encoded_size,
                                job->output.octets, job->room, &job->size);
}

static enum mm_status do_items(struct job *job, int64_t count)
{
    enum mm_status status = MM_OK;

    for (int64_t i = 0; status == MM_OK && i < count; i++) {
        status = do_item(job, job->next);
        job->next = job->next + 1 < job->items->count ? job->next + 1 : 0;
    }
    return status;
}

/* Whether the output is what the item must come to; decoded, if it is not. */
static bool is_right(const struct job *job, const struct coder_item *item,
                     unsigned char *room)
{
    const unsigned char *octets = job->output.octets;
    size_t size = job->items->size, used = job->size;

    if (job->terms.encodes) {
        octets = room;
        if (mm_codec_decode(job->terms.format, job->output.octets, &used, room,
                            &size) != MM_OK ||
            used != job->size) {
            return false;
        }
    } else {
        size = job->size;
    }
    return size == job->items->size && memcmp(octets, item->octets, size) == 0;
}

static bool prove_item(struct job *job, size_t place, unsigned char *room)
{
    const struct coder_items *items = job->items;
    const struct coder_item *item = &items->items[place];

    memset(job->output.octets, 0, job->room);
    if (do_item(job, place) != MM_OK || !is_right(job, item, room)) {
        return false;
    }
    if (!job->known) {
        job->encoded +=
            (double)(job->terms.encodes ? job->size : item->encoded_size);
        job->checksum = consumer_chain(
            job->checksum,
            consumer_eat(CONSUMER_SUM, item->octets, items->size, items->size));
    }
    return true;
}

/* After the clock: the items of the sample once more, as many as `count`; of
 * the row's first sample each of them, and what they come to. A short sample
 * of many items would take longer to be proved than it took. */
static void prove(struct bench_run *run, struct job *job, size_t first,
                  size_t count)
{
    const struct coder_items *items = job->items;
    unsigned char *room = malloc(items->size);
    bool right = room != NULL;

    if (!job->known) {
        first = 0;
        count = items->count;
        job->checksum = 0;
        job->encoded = 0;
    }
    for (size_t i = 0; right && i < count && i < items->count; i++) {
        size_t place = (first + i) % items->count;

        right = prove_item(job, place, room);
        if (!right) {
            bench_judge(run, BENCH_VOID,
                        "item %" PRIu64 " does not come to itself",
                        (uint64_t)place);
        }
    }
    free(room);
    job->known = right;
    bench_checksum(run, job->checksum);
    bench_count(run, BENCH_ENCODED_BYTES, job->encoded / (double)items->count);
}

static void judge_heap(struct bench_run *run, int64_t count)
{
    /* What the first items touch, and others do meanwhile. */
    const uint64_t stray = 512;
    uint64_t faults = run_faults(bench_used(run));

    if (faults != MM_UNKNOWN && faults > stray + (uint64_t)count / 16) {
        bench_judge(run, BENCH_UNPROVED,
                    "%" PRIu64 " page faults in %" PRId64
                    " items: memory is given back and fetched again",
                    faults, count);
    }
}

static void measure(struct bench_run *run, struct job *job)
{
    int64_t most = BATCH_BYTES / (int64_t)job->items->size + 1;
    int64_t batch, count = 0;
    size_t first = job->next;
    enum mm_status status = MM_OK;

    while ((batch = bench_next(run, most)) > 0) {
        status = do_items(job, batch);
        count += batch;
        bench_check(run, status, ways[job->terms.way]);
    }
    if (status != MM_OK) {
        return;
    }
    bench_count(run, BENCH_ACCESSES, (double)count);
    bench_count(run, BENCH_BYTES, (double)count * (double)job->items->size);
    judge_heap(run, count);
    prove(run, job, first, (size_t)count);
}

static void body(struct bench_run *run, void *state)
{
    struct job *job = state;

    if (bench_check(run, open_coder(job), "open a codec")) {
        measure(run, job);
    }
    close_coder(job);
}

extern const struct bench_table bench_codec_whole;
const struct bench_table bench_codec_whole = {
    .subject = "codec",
    .question = "What does it cost to encode and to decode?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .scale = scale,
    .sampling = sampling,
    .share = share,
    .unshare = unshare,
    .set_up = set_up,
    .tear_down = tear_down,
    .body = body,
};
