/* SPDX-License-Identifier: MIT */
/*
 * What does the library cost over the system's own calls?
 *
 * Both ways make the same call on the same cached file, one after the other
 * without a clock between, because most take less time than reading it. Both
 * are called through a pointer, so that neither is inlined into the loop. What
 * is flushed has not changed: the device would hide what the call costs.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "calls.h"
#include "dataset.h"
#include "sizes.h"

/* places of words */
enum { WAY, CALL };
/* places of numbers */
enum { OCTETS };

/* In the order of enum call_way. */
static const char *const ways[] = {"library", "bare", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"call", call_words},
};

enum {
    /* A multiple of every granularity. */
    FILE_SIZE = 64 << 10,
    /* More than enough to hide what asking for work costs. */
    BATCH = 1 << 12,
};

/* Of one octet: the least that a call can do. */
static const int64_t octets[] = {1, KIB_4};

static const struct bench_numbers numbers[] = {
    {"octets", octets, sizeof(octets) / sizeof(octets[0]), 1},
};

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    bool least = row->numbers[OCTETS] == 1;

    (void)options;
    switch ((enum call)row->words[CALL]) {
    case CALL_clock:
    case CALL_map:
    case CALL_mutex: /* an aim of the library is told of it */
        return least ? BENCH_QUICK : BENCH_NEVER;
    case CALL_read:
        return BENCH_QUICK;
    case CALL_write:
        return BENCH_FULL;
    default:
        return least ? BENCH_FULL : BENCH_NEVER;
    }
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    (void)row;
    sampling_out->min_seconds = options->quick ? 0.05 : 0.1;
}

struct shared {
    struct dataset *dataset;
    struct calls calls;
};

static void unshare(void *state)
{
    struct shared *shared = state;

    if (shared == NULL) {
        return;
    }
    calls_close(&shared->calls);
    if (shared->dataset != NULL) {
        /* A failure is the business of whoever writes to it next. */
        (void)dataset_settle(shared->dataset);
    }
    free(shared);
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    enum mm_status status;
    struct shared *shared = calloc(1, sizeof(*shared));

    *shared_out = NULL;
    if (shared == NULL) {
        return MM_NO_MEMORY;
    }
    status = datasets_get(options->datasets, FILE_SIZE, true, &shared->dataset,
                          reason);
    if (status == MM_OK) {
        const char *path = dataset_path(shared->dataset);

        status = calls_open(path, (size_t)row->numbers[OCTETS], &shared->calls);
        if (status != MM_OK) {
            bench_explain(reason, "open '%s' in both ways: %s", path,
                          mm_status_text(status));
        }
    }
    if (status != MM_OK) {
        unshare(shared);
        return status;
    }
    *shared_out = shared;
    return MM_OK;
}

/* What was done, beside the time that it took. */
static void account(struct bench_run *run, const struct calls *calls,
                    double count)
{
    uint64_t fetched = bench_used(run)->storage_read_bytes;

    bench_count(run, BENCH_ACCESSES, count);
    switch ((enum call)bench_run_row(run)->words[CALL]) {
    case CALL_read:
        bench_count(run, BENCH_READS, count);
        bench_count(run, BENCH_BYTES, count * (double)calls->octets);
        break;
    case CALL_write:
        bench_count(run, BENCH_WRITES, count);
        bench_count(run, BENCH_BYTES, count * (double)calls->octets);
        break;
    case CALL_map:
        bench_count(run, BENCH_MAPS, count);
        break;
    default:
        break;
    }
    bench_checksum(run, calls->result);
    if (fetched != MM_UNKNOWN && fetched > 0) {
        bench_judge(run, BENCH_VOID,
                    "%" PRIu64 " octets came from storage while cached",
                    fetched);
    }
}

static void body(struct bench_run *run, void *state)
{
    const struct bench_row *row = bench_run_row(run);
    struct calls *calls = &((struct shared *)state)->calls;
    call_body *call =
        call_of((enum call)row->words[CALL], (enum call_way)row->words[WAY]);
    enum mm_status status = MM_OK;
    int64_t batch, count = 0;

    calls->result = 0;
    while ((batch = bench_next(run, BATCH)) > 0) {
        for (int64_t i = 0; i < batch && status == MM_OK; i++) {
            status = call(calls);
        }
        count += batch;
        bench_check(run, status, bench_word(row, CALL));
    }
    if (status == MM_OK) {
        account(run, calls, (double)count);
    }
}

extern const struct bench_table bench_lib_overhead;
const struct bench_table bench_lib_overhead = {
    .subject = "lib",
    .question = "What does the library cost over the system's own calls?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .scale = scale,
    .sampling = sampling,
    .share = share,
    .unshare = unshare,
    .body = body,
};
