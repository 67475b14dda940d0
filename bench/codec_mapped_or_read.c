/* SPDX-License-Identifier: MIT */
/*
 * Is a file that is to be decoded better mapped, or read?
 *
 * Every way gives the same decoder the same file, a window of it at a time:
 * views that follow each other, or one buffer that is read into again and
 * again. Where the octets are in memory already is the ceiling. How much
 * decoding costs decides whether a difference can be seen at all, so there are
 * octets that take long for each of the file's and octets that hardly take
 * any. The decoder checks the file's own checksum in each pass.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/codec.h>
#include <mapmark/mapping.h>

#include "buffer.h"
#include "claim.h"
#include "coder_items.h"
#include "consumer.h"
#include "file_work.h"
#include "passes.h"
#include "scratch.h"
#include "sizes.h"
#include "splitmix.h"
#include "walk.h"

/* places of words */
enum { WAY, PATTERN, CONTENT, CACHE };
/* places of numbers */
enum { SIZE, VIEW };

enum { WAY_VIEWS, WAY_READS, WAY_OCTETS };
static const char *const ways[] = {"mapped", "read", "memory", NULL};

static const char *const patterns[] = {"decode-file", NULL};

enum { RECORDS, NOISE };
static const char *const contents[] = {"records", "noise", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"operation", patterns},
    {"content", contents},
    {"cache", file_caches},
};

/* Of what is decoded. */
static const int64_t sizes[] = {MIB_64};
/* A window of 0 octets is the whole file. */
static const int64_t views[] = {KIB_64, KIB_256, MIB_1, MIB_16, 0};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"view", views, sizeof(views) / sizeof(views[0]), 0},
};

enum {
    /* What is written, read and decoded at a time. */
    PIECE = 64 << 10,
};

/* The file that the rows of a comparison share. */
struct packed {
    char *path;
    struct mm_file *file;
    struct mm_mapping *mapping;
    uint64_t size;
    unsigned char *octets; /* all of it */
    struct buffer window;  /* room for all of it */
    struct buffer output;
    struct mm_codec *codec;
};

/* One sample of one row. */
struct sitting {
    struct bench_run *run;
    struct packed *packed;
    struct claim claim;
    unsigned way;
    size_t view;
    uint64_t maps;
    uint64_t reads;
    uint64_t decoded;
    int64_t passes;
    uint64_t checksum;
};

/* ---- rows ---------------------------------------------------------------- */

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    unsigned cache = row->words[CACHE];

    (void)options;
    if (cache > CACHE_COLD ||
        (row->words[WAY] == WAY_OCTETS &&
         (cache == CACHE_COLD || row->numbers[VIEW] != 0))) {
        return BENCH_NEVER;
    }
    return BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    const double bytes_per_second = 5e8;
    double seconds = (double)row->numbers[SIZE] / bytes_per_second;

    if (row->words[CACHE] == CACHE_COLD) {
        passes_single(seconds, sampling_out);
    } else {
        passes_many(options, seconds, sampling_out);
    }
}

/* ---- the file ------------------------------------------------------------ */

static void unshare(void *shared)
{
    struct packed *packed = shared;

    if (packed == NULL) {
        return;
    }
    mm_codec_close(packed->codec);
    mm_mapping_close(packed->mapping);
    mm_file_close(packed->file);
    if (packed->path != NULL) {
        remove(packed->path);
    }
    free(packed->path);
    free(packed->octets);
    buffer_free(&packed->window);
    buffer_free(&packed->output);
    free(packed);
}

static void fill(unsigned content, unsigned char *octets, uint64_t place,
                 uint64_t seed)
{
    if (content == RECORDS) {
        coder_fill_records(octets, PIECE, splitmix(seed, place));
        return;
    }
    for (size_t i = 0; i < PIECE; i += sizeof(uint64_t)) {
        uint64_t word = splitmix(seed, place * PIECE + i);

        memcpy(octets + i, &word, sizeof(word));
    }
}

/* Encode the size that a row wants, as gzip does. */
static enum mm_status encode(struct packed *packed, const struct bench_row *row,
                             uint64_t seed)
{
    const struct mm_codec_options options = {.format = MM_CODEC_GZIP,
                                             .level = MM_CODEC_LEVEL_USUAL};
    size_t size = (size_t)row->numbers[SIZE];
    size_t room = mm_codec_bound(MM_CODEC_GZIP, size);
    struct mm_codec *codec = NULL;
    struct mm_codec_io io = {.output_room = room};
    enum mm_status status = mm_codec_open_encoder(&options, &codec);

    packed->octets = malloc(room);
    io.output = packed->octets;
    if (status == MM_OK && packed->octets == NULL) {
        status = MM_NO_MEMORY;
    }
    for (size_t at = 0; status == MM_OK && at < size; at += PIECE) {
        fill(row->words[CONTENT], packed->output.octets, at / PIECE, seed);
        io.input = packed->output.octets;
        io.input_size = PIECE;
        status = mm_codec_run(
            codec, &io, at + PIECE < size ? MM_CODEC_MORE : MM_CODEC_LAST);
    }
    mm_codec_close(codec);
    packed->size = room - io.output_room;
    return status;
}

static enum mm_status write_file(struct packed *packed)
{
    enum mm_status status = MM_OK;
    size_t written = 0;

    for (uint64_t at = 0; status == MM_OK && at < packed->size; at += PIECE) {
        uint64_t left = packed->size - at;

        status = mm_file_write(packed->file, at, packed->octets + at,
                               left < PIECE ? (size_t)left : PIECE, &written);
    }
    return status == MM_OK ? mm_file_sync(packed->file) : status;
}

static enum mm_status make_file(struct packed *packed,
                                const struct bench_options *options,
                                struct bench_reason *reason)
{
    const struct mm_mapping_options mapped = {.protection = MM_READ_ONLY};
    const char *folder = datasets_scratch(options->datasets);
    enum mm_status status =
        scratch_create(folder, "packed", &packed->path, &packed->file);

    if (status == MM_OK) {
        status = write_file(packed);
    }
    if (status == MM_OK) {
        status = mm_mapping_create(packed->file, &mapped, &packed->mapping);
    }
    if (status != MM_OK) {
        bench_explain(reason,
                      "cannot make a file of %" PRIu64 " octets in '%s': %s; "
                      "name another directory with --scratch",
                      packed->size, folder, mm_status_text(status));
    }
    return status;
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    const struct mm_codec_options gzip = {.format = MM_CODEC_GZIP};
    struct packed *packed = calloc(1, sizeof(*packed));
    enum mm_status status;

    *shared_out = NULL;
    if (packed == NULL) {
        return MM_NO_MEMORY;
    }
    status = buffer_make(PIECE, &packed->output);
    if (status == MM_OK) {
        status = encode(packed, row, options->seed);
    }
    if (status == MM_OK) {
        status = buffer_make((size_t)packed->size, &packed->window);
    }
    if (status == MM_OK) {
        status = mm_codec_open_decoder(&gzip, &packed->codec);
    }
    if (status == MM_OK) {
        status = make_file(packed, options, reason);
    }
    if (status != MM_OK) {
        unshare(packed);
        return status;
    }
    *shared_out = packed;
    return MM_OK;
}

/* ---- the state of the cache ---------------------------------------------- */

static void look(const struct packed *packed, struct cache_proof *proof_out)
{
    uint64_t cached = 0;

    proof_out->known = mm_file_cached(packed->file, 0, 0, &cached);
    proof_out->share = (double)cached / (double)packed->size;
}

static enum mm_status read_all(struct packed *packed)
{
    enum mm_status status = MM_OK;
    size_t got = 1;

    for (uint64_t at = 0; status == MM_OK && got != 0; at += got) {
        status =
            mm_file_read(packed->file, at, packed->output.octets, PIECE, &got);
    }
    return status;
}

static enum mm_status establish(const struct sitting *sitting,
                                struct cache_proof *proof)
{
    struct packed *packed = sitting->packed;
    enum mm_status status = mm_file_evict(packed->file);

    look(packed, proof);
    if (sitting->claim.cache == CACHE_COLD) {
        return status;
    }
    proof->canonical = status == MM_OK && proof->share <= 0;
    if (status == MM_OK || status == MM_UNSUPPORTED) {
        status = read_all(packed);
    }
    look(packed, proof);
    return status;
}

/* ---- a pass -------------------------------------------------------------- */

struct pass {
    struct sitting *sitting;
    struct bench_phases phases;
    uint64_t clock;
    uint64_t checksum;
    size_t given; /* octets of the output that wait for their consumer */
    bool ended;
};

static void consume(struct pass *pass)
{
    const unsigned char *octets = pass->sitting->packed->output.octets;

    pass->checksum = consumer_chain(
        pass->checksum, consumer_eat(CONSUMER_SUM, octets, pass->given, PIECE));
    pass->sitting->decoded += pass->given;
    pass->given = 0;
}

/* All that a window comes to, consumed in the same pieces whatever the windows
 * are. */
static enum mm_status decode(struct pass *pass, const unsigned char *octets,
                             size_t size, bool last)
{
    struct packed *packed = pass->sitting->packed;
    struct mm_codec_io io = {.input = octets, .input_size = size};
    enum mm_status status;

    do {
        io.output = packed->output.octets + pass->given;
        io.output_room = PIECE - pass->given;
        status = mm_codec_run(packed->codec, &io,
                              last ? MM_CODEC_LAST : MM_CODEC_MORE);
        pass->given = PIECE - io.output_room;
        if (pass->given == PIECE || io.ended) {
            consume(pass);
        }
    } while (status == MM_BUFFER_TOO_SMALL);
    pass->ended = io.ended;
    return status;
}

static enum mm_status decode_view(struct pass *pass, uint64_t at, size_t size,
                                  bool last)
{
    struct sitting *sitting = pass->sitting;
    struct mm_view view;
    enum mm_status status = mm_view_map(sitting->packed->mapping, at, size,
                                        MM_VIEW_READ, NULL, &view);

    walk_tick(&pass->phases, BENCH_PHASE_MAP, &pass->clock);
    if (status != MM_OK) {
        return status;
    }
    sitting->maps++;
    status = decode(pass, view.address, size, last);
    walk_tick(&pass->phases, BENCH_PHASE_ACCESS, &pass->clock);
    mm_view_unmap(&view);
    walk_tick(&pass->phases, BENCH_PHASE_UNMAP, &pass->clock);
    return status;
}

static enum mm_status decode_window(struct pass *pass, uint64_t at, size_t size,
                                    bool last)
{
    struct sitting *sitting = pass->sitting;
    struct packed *packed = sitting->packed;
    const unsigned char *octets = packed->octets + at;
    enum mm_status status = MM_OK;
    size_t got = size;

    if (sitting->way == WAY_VIEWS) {
        return decode_view(pass, at, size, last);
    }
    if (sitting->way == WAY_READS) {
        octets = packed->window.octets;
        status =
            mm_file_read(packed->file, at, packed->window.octets, size, &got);
        sitting->reads++;
    }
    if (status == MM_OK && got == size) {
        status = decode(pass, octets, size, last);
    }
    walk_tick(&pass->phases, BENCH_PHASE_ACCESS, &pass->clock);
    return got == size ? status : MM_BAD_DATA;
}

static bool run_pass(void *context, uint64_t *checksum_out)
{
    struct sitting *sitting = context;
    struct pass pass = {.sitting = sitting, .clock = mm_clock_ns()};
    uint64_t size = sitting->packed->size, at = 0;
    enum mm_status status = mm_codec_reset(sitting->packed->codec);

    while (status == MM_OK && at < size) {
        uint64_t left = size - at;
        size_t window = left < sitting->view ? (size_t)left : sitting->view;

        status = decode_window(&pass, at, window, window == left);
        at += window;
    }
    bench_phase_times(sitting->run, &pass.phases);
    *checksum_out = pass.checksum;
    if (status == MM_OK && !pass.ended) {
        status = MM_BAD_DATA;
    }
    return bench_check(sitting->run, status, "decode the file");
}

/* ---- a sample ------------------------------------------------------------ */

static void prove(struct sitting *sitting, const struct bench_row *row)
{
    struct bench_run *run = sitting->run;
    struct packed *packed = sitting->packed;
    struct cache_proof proof;

    if (sitting->way != WAY_OCTETS) {
        claim_storage(&sitting->claim, packed->size);
        look(packed, &proof);
        claim_ends(&sitting->claim, &proof);
    }
    claim_calls(run, sitting->way != WAY_READS, sitting->reads);
    if (sitting->decoded !=
        (uint64_t)sitting->passes * (uint64_t)row->numbers[SIZE]) {
        bench_judge(run, BENCH_VOID,
                    "%" PRIu64 " octets were decoded in %" PRId64 " passes",
                    sitting->decoded, sitting->passes);
    }
    if (sitting->passes > 0) {
        bench_checksum(run, sitting->checksum);
    }
}

static void count_work(const struct sitting *sitting)
{
    const struct packed *packed = sitting->packed;
    struct bench_run *run = sitting->run;
    uint64_t pages = (packed->size + mm_page_size() - 1) / mm_page_size();

    bench_count(run, BENCH_BYTES, (double)sitting->decoded);
    bench_count(run, BENCH_ACCESSES, (double)sitting->passes);
    bench_count(run, BENCH_MAPS, (double)sitting->maps);
    bench_count(run, BENCH_READS, (double)sitting->reads);
    bench_count(run, BENCH_ENCODED_BYTES, (double)packed->size);
    bench_count(run, BENCH_WINDOW_BYTES, (double)sitting->view);
    if (sitting->way == WAY_VIEWS) {
        bench_count(run, BENCH_PAGES, (double)sitting->passes * (double)pages);
    } else if (sitting->way == WAY_READS) {
        bench_count(run, BENCH_BUFFER_ALIGNMENT,
                    (double)buffer_alignment(packed->window.octets));
    }
}

static void body(struct bench_run *run, void *shared)
{
    const struct bench_row *row = bench_run_row(run);
    struct packed *packed = shared;
    int64_t view = row->numbers[VIEW];
    struct sitting sitting = {
        .run = run,
        .packed = packed,
        .way = row->words[WAY],
        .view = view != 0 ? (size_t)view : (size_t)packed->size,
        .claim = {.run = run,
                  .cache = (enum cache)row->words[CACHE],
                  .object = "the file"},
    };
    struct cache_proof proof = {0};

    if (!bench_check(run, establish(&sitting, &proof),
                     "bring the file into its cache state") ||
        !claim_begins(&sitting.claim, &proof)) {
        return;
    }
    sitting.passes = passes_run(run, run_pass, &sitting, &sitting.checksum);
    prove(&sitting, row);
    count_work(&sitting);
}

extern const struct bench_table bench_codec_mapped_or_read;
const struct bench_table bench_codec_mapped_or_read = {
    .subject = "codec",
    .question = "Is a file that is to be decoded better mapped, or read?",
    .latency = "pass",
    .ceiling = "memory",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .compared = "view",
    .flags = BENCH_TIMED_BY_HAND,
    .scale = scale,
    .sampling = sampling,
    .share = share,
    .unshare = unshare,
    .body = body,
};
