/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <program/output.h>

#include "record_json.h"

/* Rows come a comparison at a time and never move. */
struct block {
    struct block *next;
    size_t count;
    struct measured rows[];
};

struct record {
    const char *directory;
    const struct plan *plan;
    struct record_context context;
    struct block *first;
    struct block *last;
};

enum mm_status record_open(const char *directory, const struct plan *plan,
                           const struct record_context *context,
                           struct record **record_out)
{
    struct record *record = calloc(1, sizeof(*record));

    *record_out = record;
    if (record == NULL) {
        return MM_NO_MEMORY;
    }
    record->directory = directory;
    record->plan = plan;
    record->context = *context;
    return MM_OK;
}

void record_close(struct record *record)
{
    struct block *block = record != NULL ? record->first : NULL;

    while (block != NULL) {
        struct block *next = block->next;

        for (size_t i = 0; i < block->count; i++) {
            measured_free(&block->rows[i]);
        }
        free(block);
        block = next;
    }
    free(record);
}

struct measured *record_rows(struct record *record, size_t count)
{
    struct block *block =
        calloc(1, sizeof(*block) + count * sizeof(block->rows[0]));

    if (block == NULL) {
        return NULL;
    }
    block->count = count;
    if (record->last != NULL) {
        record->last->next = block;
    } else {
        record->first = block;
    }
    record->last = block;
    return block->rows;
}

void record_drop(struct record *record, size_t count)
{
    if (record->last == NULL || record->last->count < count) {
        return;
    }
    for (size_t i = record->last->count - count; i < record->last->count; i++) {
        measured_free(&record->last->rows[i]);
    }
    record->last->count -= count;
}

size_t record_count(const struct record *record, enum bench_state state)
{
    size_t count = 0;

    for (const struct block *block = record->first; block != NULL;
         block = block->next) {
        for (size_t i = 0; i < block->count; i++) {
            count += block->rows[i].worst == state ? 1 : 0;
        }
    }
    return count;
}

size_t record_missing(const struct record *record)
{
    size_t count = record->plan->count;

    for (const struct block *block = record->first; block != NULL;
         block = block->next) {
        count -= block->count;
    }
    return count;
}

static void write_rows(const struct record *record, struct json *json,
                       void (*write)(struct json *, const struct measured *))
{
    for (const struct block *block = record->first; block != NULL;
         block = block->next) {
        for (size_t i = 0; i < block->count; i++) {
            write(json, &block->rows[i]);
        }
    }
}

static void write_bench(const struct record *record, struct json *json,
                        bool complete)
{
    json_object(json, NULL);
    record_json_context(json, &record->context, complete);
    json_line(json);
    record_json_names(json, "expected", record->plan);
    json_line(json);
    json_array(json, "rows");
    write_rows(record, json, record_json_row);
    json_end(json, ']');
    json_line(json);
    json_array(json, "benchmarks");
    write_rows(record, json, record_json_samples);
    json_end(json, ']');
    json_end(json, '}');
    json_line(json);
}

static void write_histograms(const struct record *record, struct json *json,
                             bool complete)
{
    (void)complete;
    json_object(json, NULL);
    json_text(json, "schema", "mapmark-histograms/1");
    json_text(json, "unit", "ns");
    json_array(json, "rows");
    write_rows(record, json, record_json_histograms);
    json_end(json, ']');
    json_end(json, '}');
    json_line(json);
}

static enum mm_status status_of_errno(int number)
{
    switch (number) {
    case 0:
        return MM_OK;
    case ENOSPC:
        return MM_NO_SPACE;
    case EACCES:
    case EPERM:
    case EROFS:
        return MM_DENIED;
    case ENOENT:
    case ENOTDIR:
        return MM_NOT_FOUND;
    default:
        return MM_IO;
    }
}

static enum mm_status
write_file(const struct record *record, const char *name, bool complete,
           void (*write)(const struct record *, struct json *, bool))
{
    char path[OUTPUT_PATH_MAX];
    struct output output;
    struct json json = {0};
    int size = snprintf(path, sizeof(path), "%s/%s", record->directory, name);
    int error =
        size < OUTPUT_PATH_MAX ? output_open(&output, path) : ENAMETOOLONG;

    if (error == 0) {
        json.stream = output.file;
        write(record, &json, complete);
        error = output_commit(&output);
    }
    return status_of_errno(error);
}

enum mm_status record_write(struct record *record, bool complete)
{
    enum mm_status status;

    if (record->directory == NULL) {
        return MM_OK;
    }
    status = write_file(record, "histograms.json", complete, write_histograms);
    if (status == MM_OK) {
        status = write_file(record, "bench.json", complete, write_bench);
    }
    return status;
}
