/* SPDX-License-Identifier: MIT */
/*
 * Where does a large array come from at the least cost? (W-7, R-28, R-60)
 *
 * It is allocated, each of its pages is written once, then once more, and it is
 * given back. To allocate takes addresses and no memory: what is resident is
 * looked at after that and after the first touch, outside the clock, and a row
 * whose touched pages are not there is void. A heap that keeps what it is given
 * back would not touch anything anew; this large, it does not.
 */
#include <stdlib.h>

#include <mapmark/clock.h>
#include <mapmark/mapping.h>
#include <mapmark/memory.h>
#include <mapmark/region.h>
#include <mapmark/view.h>

#include "bench.h"
#include "consumer.h"
#include "dataset.h"
#include "passes.h"
#include "sizes.h"

/* places of words */
enum { WAY, PATTERN };
/* places of numbers */
enum { SIZE };

enum array_way { ARRAY_HEAP, ARRAY_RESERVE, ARRAY_MAPPING, ARRAY_FILE };
static const char *const ways[] = {"heap", "reserve", "mapping", "file", NULL};

static const char *const patterns[] = {"array", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
};

static const int64_t sizes[] = {MIB_1, MIB_64};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
};

/* What was allocated; the members of the other ways are zero. */
struct array {
    unsigned char *octets;
    struct mm_memory memory;
    struct mm_mapping *mapping;
    struct mm_view view;
};

struct sitting {
    struct bench_run *run;
    enum array_way way;
    size_t size;
    struct mm_file *file; /* of the way that has one */
    bool looked;          /* at what is resident */
    uint64_t at_first;    /* resident before anything was allocated */
};

/* ---- ways ---------------------------------------------------------------- */

/* On failure nothing is left of it but what free_array() knows. */
static enum mm_status map_array(const struct sitting *sitting,
                                struct array *array)
{
    const struct mm_mapping_options options = {
        .size = sitting->size,
        .protection = MM_READ_WRITE,
    };
    enum mm_status status =
        mm_mapping_create(sitting->file, &options, &array->mapping);

    if (status == MM_OK) {
        status = mm_view_map(array->mapping, 0, 0, MM_VIEW_WRITE, NULL,
                             &array->view);
    }
    array->octets = status == MM_OK ? array->view.address : NULL;
    return status;
}

static enum mm_status allocate(const struct sitting *sitting,
                               struct array *array)
{
    enum mm_status status;

    *array = (struct array){.octets = NULL};
    switch (sitting->way) {
    case ARRAY_HEAP:
        array->octets = malloc(sitting->size);
        return array->octets != NULL ? MM_OK : MM_NO_MEMORY;
    case ARRAY_RESERVE:
        status = mm_memory_reserve(sitting->size, NULL, &array->memory);
        if (status == MM_OK) {
            status = mm_memory_commit(&array->memory, 0, sitting->size,
                                      MM_MEMORY_READ_WRITE);
        }
        array->octets = status == MM_OK ? array->memory.address : NULL;
        return status;
    case ARRAY_MAPPING:
    case ARRAY_FILE:
    default:
        return map_array(sitting, array);
    }
}

static enum mm_status free_array(struct array *array)
{
    enum mm_status status = MM_OK;

    if (array->mapping != NULL) {
        status = array->octets != NULL ? mm_view_unmap(&array->view) : MM_OK;
        mm_mapping_close(array->mapping);
    } else if (array->memory.address != NULL) {
        status = mm_memory_release(&array->memory);
    } else {
        free(array->octets);
    }
    return status;
}

/* ---- proofs -------------------------------------------------------------- */

/* Of this process, in octets; MM_UNKNOWN where the system does not tell. */
static uint64_t resident_now(void)
{
    struct mm_regions *regions = NULL;
    struct mm_region region;
    uint64_t sum = 0;

    if (mm_region_open(0, &regions) != MM_OK) {
        return MM_UNKNOWN;
    }
    while (mm_region_next(regions, &region) == MM_OK) {
        if (region.resident == MM_UNKNOWN) {
            sum = MM_UNKNOWN;
            break;
        }
        sum += region.resident;
    }
    mm_region_close(regions);
    return sum;
}

static uint64_t beyond(uint64_t now, uint64_t at_first)
{
    return now > at_first ? now - at_first : 0;
}

/* Nothing else of this process grows meanwhile but by a few pages. */
static void look_at_touched(struct sitting *sitting)
{
    uint64_t now = resident_now();
    const double most = 0.99;

    if (now == MM_UNKNOWN || sitting->at_first == MM_UNKNOWN) {
        bench_judge(sitting->run, BENCH_UNPROVED,
                    "this system does not tell what is resident");
        return;
    }
    now = beyond(now, sitting->at_first);
    bench_count(sitting->run, BENCH_RESIDENT_AFTER, (double)now);
    if ((double)now < most * (double)sitting->size) {
        bench_judge(sitting->run, BENCH_VOID,
                    "only %.1f %% of what was touched is resident",
                    100 * (double)now / (double)sitting->size);
    }
}

static void look_at_allocated(const struct sitting *sitting)
{
    uint64_t now = resident_now();

    bench_count(sitting->run, BENCH_MAPPED_BYTES, (double)sitting->size);
    if (now != MM_UNKNOWN && sitting->at_first != MM_UNKNOWN) {
        bench_count(sitting->run, BENCH_RESIDENT_BEFORE,
                    (double)beyond(now, sitting->at_first));
    }
}

/* ---- a pass -------------------------------------------------------------- */

static uint64_t write_pages(unsigned char *octets, size_t size, uint64_t seed)
{
    size_t page = mm_page_size();
    uint64_t sum = 0;

    for (size_t at = 0; at < size; at += page) {
        octets[at] = (unsigned char)(at / page + seed);
        sum = consumer_chain(sum, octets[at]);
    }
    return sum;
}

/* Adds what has passed since `*since`, and begins anew. */
static void end_phase(struct bench_phases *phases, enum bench_phase phase,
                      uint64_t *since)
{
    uint64_t now = mm_clock_ns();

    phases->ns[phase] += now - *since;
    phases->readings++;
    *since = now;
}

static bool pass(void *context, uint64_t *checksum_out)
{
    struct sitting *sitting = context;
    struct bench_phases phases = {.readings = 0};
    bool looks = !sitting->looked;
    struct array array;
    enum mm_status status;
    uint64_t since;

    if (looks) {
        sitting->at_first = resident_now();
    }
    since = mm_clock_ns();
    status = allocate(sitting, &array);
    end_phase(&phases, BENCH_PHASE_MAP, &since);
    if (status == MM_OK) {
        if (looks) {
            look_at_allocated(sitting);
            since = mm_clock_ns();
        }
        *checksum_out = write_pages(array.octets, sitting->size, 1);
        end_phase(&phases, BENCH_PHASE_FIRST, &since);
        if (looks) {
            look_at_touched(sitting);
            since = mm_clock_ns();
        }
        *checksum_out = consumer_chain(
            *checksum_out, write_pages(array.octets, sitting->size, 2));
        end_phase(&phases, BENCH_PHASE_STEADY, &since);
    }
    if (free_array(&array) != MM_OK && status == MM_OK) {
        status = MM_OS;
    }
    end_phase(&phases, BENCH_PHASE_UNMAP, &since);
    sitting->looked = true;
    bench_phase_times(sitting->run, &phases);
    return bench_check(sitting->run, status, ways[sitting->way]);
}

/* ---- the rows ------------------------------------------------------------ */

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)options;
    return row->numbers[SIZE] == MIB_64 ? BENCH_QUICK : BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    const double octets_per_second = 2e9;

    passes_many(options, 2 * (double)row->numbers[SIZE] / octets_per_second,
                sampling_out);
}

/* The file that one of the ways maps. */
static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    struct dataset *dataset = NULL;
    enum mm_status status =
        datasets_get(options->datasets, (uint64_t)row->numbers[SIZE], true,
                     &dataset, reason);

    *shared_out = dataset;
    return status;
}

/* A failure is the business of whoever writes to it next. */
static void unshare(void *shared)
{
    if (shared != NULL) {
        (void)dataset_settle(shared);
    }
}

static void body(struct bench_run *run, void *state)
{
    const struct bench_row *row = bench_run_row(run);
    struct sitting sitting = {
        .run = run,
        .way = (enum array_way)row->words[WAY],
        .size = (size_t)row->numbers[SIZE],
    };
    enum mm_status status = MM_OK;
    uint64_t checksum, touched;
    int64_t passes;

    if (sitting.way == ARRAY_FILE) {
        status = mm_file_open(dataset_path(state), MM_FILE_READ | MM_FILE_WRITE,
                              &sitting.file);
    }
    bench_check(run, status, "open the file to map");
    passes = passes_run(run, pass, &sitting, &checksum);
    touched = (uint64_t)passes * (sitting.size / mm_page_size());
    bench_count(run, BENCH_ACCESSES, (double)touched);
    bench_count(run, BENCH_PAGES, (double)touched);
    bench_checksum(run, checksum);
    mm_file_close(sitting.file);
}

extern const struct bench_table bench_allocate_array;
const struct bench_table bench_allocate_array = {
    .subject = "allocate",
    .question = "Where does a large array come from at the least cost?",
    .latency = "pass",
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
