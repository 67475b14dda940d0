/* SPDX-License-Identifier: MIT */
#include "dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/file.h>
#include <mapmark/mapping.h>

#include "buffer.h"
#include "scratch.h"
#include "splitmix.h"
#include "trace.h"

enum {
    DATASETS_MAX = 32,
    /* Filling in pieces of this size makes the large folios that a plain
     * sequential reader gets. */
    PIECE = 1 << 20,
};

struct dataset {
    char *path;
    uint64_t size;
    struct mm_file *file;
    bool generated;
    bool for_writing;
    dataset_content *content; /* that it was generated with */
    bool disturbed;
    bool filled; /* by us, in the way of `filling`, and not evicted since */
    enum cache filling;
    bool canonical;
};

struct datasets {
    char *scratch;
    uint64_t seed;
    bool given;
    size_t count;
    struct dataset files[DATASETS_MAX];
};

static char *copy_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);

    if (copy != NULL) {
        memcpy(copy, text, strlen(text) + 1);
    }
    return copy;
}

/* Octet `i` of a generated file depends on its place and the seed only. */
static void make_content(unsigned char *buffer, size_t size, uint64_t offset,
                         uint64_t seed)
{
    for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
        uint64_t word = splitmix(seed, (offset + i) / sizeof(word));
        size_t left = size - i;

        memcpy(buffer + i, &word, left < sizeof(word) ? left : sizeof(word));
    }
}

static enum mm_status write_content(const struct dataset *dataset,
                                    uint64_t seed)
{
    struct mm_file *file = dataset->file;
    uint64_t size = dataset->size;
    enum mm_status status = MM_OK;
    struct buffer buffer = {0};
    size_t written;

    status = buffer_make(PIECE, &buffer);
    for (uint64_t at = 0; status == MM_OK && at < size; at += PIECE) {
        size_t piece = size - at < PIECE ? (size_t)(size - at) : PIECE;

        dataset->content(buffer.octets, piece, at, seed);
        status = mm_file_write(file, at, buffer.octets, piece, &written);
    }
    if (status == MM_OK) {
        status = mm_file_sync(file);
    }
    buffer_free(&buffer);
    return status;
}

static void close_dataset(struct dataset *dataset)
{
    mm_file_close(dataset->file);
    if (dataset->generated) {
        remove(dataset->path);
    }
    free(dataset->path);
    memset(dataset, 0, sizeof(*dataset));
}

static enum mm_status generate(struct datasets *datasets, uint64_t size,
                               bool for_writing, dataset_content *content,
                               struct bench_reason *reason)
{
    struct dataset *dataset = &datasets->files[datasets->count];
    enum mm_status status;
    char label[32];

    dataset->size = size;
    dataset->for_writing = for_writing;
    dataset->content = content;
    dataset->disturbed = true;
    snprintf(label, sizeof(label), "%" PRIu64, size);
    status = scratch_create(datasets->scratch, label, &dataset->path,
                            &dataset->file);
    if (status == MM_OK) {
        dataset->generated = true;
        status = write_content(dataset, datasets->seed);
    }
    if (status != MM_OK) {
        bench_explain(reason,
                      "cannot make a file of %" PRIu64 " octets in '%s': %s; "
                      "name another directory with --scratch",
                      size, datasets->scratch, mm_status_text(status));
        close_dataset(dataset);
        return status;
    }
    datasets->count++;
    return MM_OK;
}

static const char *advice_for(enum mm_status status)
{
    switch (status) {
    case MM_NOT_FOUND:
        return "; check the path";
    case MM_WRONG_TYPE:
        return "; name a regular file";
    case MM_FILE_INVALID:
        return "; name a file that is not empty";
    case MM_DENIED:
        return "; name a file that you may read";
    case MM_BUSY:
        return "; somebody has it open for themselves alone";
    default:
        return "";
    }
}

static enum mm_status open_given(struct datasets *datasets, const char *path,
                                 struct bench_reason *reason)
{
    struct dataset *dataset = &datasets->files[0];
    enum mm_status status;

    dataset->path = copy_text(path);
    if (dataset->path == NULL) {
        return MM_NO_MEMORY;
    }
    status = mm_file_open(path, MM_FILE_READ, &dataset->file);
    if (status == MM_OK) {
        status = mm_file_size(dataset->file, &dataset->size);
    }
    if (status == MM_OK && dataset->size == 0) {
        status = MM_FILE_INVALID;
    }
    if (status != MM_OK) {
        bench_explain(reason, "--file '%s': %s%s", path, mm_status_text(status),
                      advice_for(status));
        close_dataset(dataset);
        return status;
    }
    dataset->content = make_content; /* stands for what it has */
    datasets->given = true;
    datasets->count = 1;
    return MM_OK;
}

enum mm_status datasets_open(const char *given, const char *scratch,
                             uint64_t seed, struct datasets **datasets_out,
                             struct bench_reason *reason)
{
    struct datasets *datasets = calloc(1, sizeof(*datasets));
    enum mm_status status = MM_OK;

    *datasets_out = NULL;
    if (datasets == NULL) {
        return MM_NO_MEMORY;
    }
    datasets->seed = seed;
    datasets->scratch = copy_text(scratch);
    if (datasets->scratch == NULL) {
        status = MM_NO_MEMORY;
    } else if (given != NULL) {
        status = open_given(datasets, given, reason);
    }
    if (status != MM_OK) {
        datasets_close(datasets);
        return status;
    }
    *datasets_out = datasets;
    return MM_OK;
}

void datasets_close(struct datasets *datasets)
{
    if (datasets == NULL) {
        return;
    }
    for (size_t i = 0; i < datasets->count; i++) {
        close_dataset(&datasets->files[i]);
    }
    free(datasets->scratch);
    free(datasets);
}

uint64_t datasets_given_size(const struct datasets *datasets)
{
    return datasets->given ? datasets->files[0].size : 0;
}

enum mm_status datasets_get_with(struct datasets *datasets, uint64_t size,
                                 bool for_writing, dataset_content *content,
                                 struct dataset **dataset_out,
                                 struct bench_reason *reason)
{
    enum mm_status status;

    *dataset_out = NULL;
    for (size_t i = 0; i < datasets->count; i++) {
        struct dataset *dataset = &datasets->files[i];

        if (dataset->size == size && dataset->for_writing == for_writing &&
            dataset->content == content) {
            *dataset_out = dataset;
            return MM_OK;
        }
    }
    if (datasets->given || datasets->count == DATASETS_MAX) {
        bench_explain(reason, "no file of %" PRIu64 " octets", size);
        return datasets->given ? MM_NOT_FOUND : MM_TOO_MANY;
    }
    status = generate(datasets, size, for_writing, content, reason);
    if (status == MM_OK) {
        *dataset_out = &datasets->files[datasets->count - 1];
    }
    return status;
}

enum mm_status datasets_get(struct datasets *datasets, uint64_t size,
                            bool for_writing, struct dataset **dataset_out,
                            struct bench_reason *reason)
{
    return datasets_get_with(datasets, size, for_writing, make_content,
                             dataset_out, reason);
}

const char *datasets_scratch(const struct datasets *datasets)
{
    return datasets->scratch;
}

const char *dataset_path(const struct dataset *dataset)
{
    return dataset->path;
}

uint64_t dataset_size(const struct dataset *dataset)
{
    return dataset->size;
}

static enum bench_state judge_size(const struct dataset *dataset, uint64_t size,
                                   struct bench_reason *reason)
{
    if (size == dataset->size) {
        return BENCH_OK;
    }
    bench_explain(reason,
                  "the file %s from %" PRIu64 " to %" PRIu64
                  " octets while it was measured: '%s'",
                  size < dataset->size ? "shrank" : "grew", dataset->size, size,
                  dataset->path);
    return size < dataset->size ? BENCH_ERROR : BENCH_VOID;
}

enum bench_state dataset_look(struct dataset *dataset,
                              struct bench_reason *reason)
{
    struct mm_file *file = NULL;
    uint64_t size = 0;
    bool same = false;
    enum mm_status status = mm_file_open(dataset->path, MM_FILE_READ, &file);

    if (status == MM_OK) {
        status = mm_file_is_same(dataset->file, file, &same);
    }
    if (status == MM_OK) {
        status = mm_file_size(file, &size);
    }
    mm_file_close(file);
    if (status != MM_OK) {
        bench_explain(reason, "the file is out of reach: %s: '%s'",
                      mm_status_text(status), dataset->path);
        return BENCH_ERROR;
    }
    if (!same) {
        bench_explain(reason, "another file has taken its place: '%s'",
                      dataset->path);
        return BENCH_ERROR;
    }
    return judge_size(dataset, size, reason);
}

void dataset_prove(struct dataset *dataset, struct cache_proof *proof_out)
{
    uint64_t cached = 0;

    proof_out->known = mm_file_cached(dataset->file, 0, 0, &cached);
    proof_out->share = (double)cached / (double)dataset->size;
    proof_out->canonical = dataset->canonical;
    proof_out->disturbed = dataset->disturbed;
}

/* From front to back, as a plain reader does. */
static enum mm_status fill_in_order(struct dataset *dataset)
{
    enum mm_status status = MM_OK;
    struct buffer buffer = {0};
    size_t got = 1;

    status = buffer_make(PIECE, &buffer);
    for (uint64_t at = 0; status == MM_OK && got > 0; at += got) {
        status = mm_file_read(dataset->file, at, buffer.octets, PIECE, &got);
    }
    buffer_free(&buffer);
    return status;
}

/* Page by page in random order, through a file object that does not read
 * ahead: then every page is cached by itself. */
static enum mm_status fill_scattered(struct dataset *dataset)
{
    const unsigned flags = MM_FILE_READ | MM_FILE_RANDOM;
    struct buffer buffer = {0};
    struct trace *trace = NULL;
    struct mm_file *file = NULL;
    enum mm_status status;
    size_t got;

    status = buffer_make(mm_page_size(), &buffer);
    if (status == MM_OK) {
        status = trace_make(TRACE_RANDOM, dataset->size, mm_page_size(),
                            SIZE_MAX, 1, &trace);
    }
    if (status == MM_OK) {
        status = mm_file_open(dataset->path, flags, &file);
    }
    for (size_t i = 0; status == MM_OK && i < trace->count; i++) {
        status = mm_file_read(file, trace_offset(trace, i), buffer.octets,
                              mm_page_size(), &got);
    }
    mm_file_close(file);
    trace_free(trace);
    buffer_free(&buffer);
    return status;
}

/* What the system is reading ahead at this moment cannot be dropped; who reads
 * it waits until it is there. */
static enum mm_status empty(struct dataset *dataset,
                            struct cache_proof *proof_out)
{
    enum mm_status status = mm_file_evict(dataset->file);

    dataset_prove(dataset, proof_out);
    if (status == MM_OK && proof_out->known == MM_OK && proof_out->share > 0) {
        status = fill_in_order(dataset);
        if (status == MM_OK) {
            status = mm_file_evict(dataset->file);
        }
        dataset_prove(dataset, proof_out);
    }
    return status;
}

static enum mm_status fill(struct dataset *dataset, enum cache filling,
                           struct cache_proof *proof)
{
    enum mm_status status;

    if (dataset->filled && dataset->filling == filling &&
        (proof->known != MM_OK || proof->share >= 1)) {
        return MM_OK;
    }
    status = empty(dataset, proof);
    if (status != MM_OK && status != MM_UNSUPPORTED) {
        return status;
    }
    dataset->disturbed = true;
    dataset->canonical = status == MM_OK && proof->share <= 0;
    dataset->filling = filling;
    status = filling == CACHE_WARM ? fill_in_order(dataset)
                                   : fill_scattered(dataset);
    dataset->filled = status == MM_OK;
    return status;
}

enum mm_status dataset_establish(struct dataset *dataset, enum cache cache,
                                 struct cache_proof *proof_out)
{
    enum mm_status status = MM_OK;

    dataset_prove(dataset, proof_out);
    if (cache == CACHE_COLD) {
        dataset->disturbed = true;
        dataset->filled = false;
        dataset->canonical = false;
        status = empty(dataset, proof_out);
    } else if (cache != CACHE_FOUND) {
        status = fill(dataset, cache, proof_out);
    }
    dataset_prove(dataset, proof_out);
    return status;
}

enum mm_status dataset_settle(struct dataset *dataset)
{
    return dataset->generated ? mm_file_sync(dataset->file) : MM_OK;
}
