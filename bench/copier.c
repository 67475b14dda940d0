/* SPDX-License-Identifier: MIT */
#include "copier.h"

#include <string.h>

#include <mapmark/clock.h>

#include "peers/copy_file.h"
#include "walk.h"

bool copy_way_is_mapped(enum copy_way way)
{
    return way <= COPY_WILL_NEED;
}

static void tick(struct copier *copier, enum bench_phase phase)
{
    walk_tick(&copier->phases, phase, &copier->clock);
}

/* Remember what failed. */
static enum mm_status tried(struct copier *copier, enum mm_status status,
                            const char *what)
{
    if (mm_status_failed(status)) {
        copier->tried = what;
    }
    return status;
}

/* ---- opening ------------------------------------------------------------- */

static enum mm_status open_files(struct copier *copier)
{
    const unsigned target_flags =
        MM_FILE_READ | MM_FILE_WRITE | MM_FILE_CREATE | MM_FILE_NEW;
    unsigned source_flags = MM_FILE_READ;
    enum mm_status status;

    if (copier->way == COPY_CALLS_SEQUENTIAL) {
        source_flags |= MM_FILE_SEQUENTIAL;
    }
    status =
        mm_file_open(copier->source.path, source_flags, &copier->source.file);
    if (status == MM_OK) {
        status = mm_file_open(copier->target.path, target_flags,
                              &copier->target.file);
    }
    /* That is a success elsewhere, and opens nothing here. */
    return tried(copier, status == MM_ALREADY_EXISTS ? MM_INVALID : status,
                 "open both files");
}

static enum mm_status open_streams(struct copier *copier)
{
    copier->source.stream = fopen(copier->source.path, "rb");
    copier->target.stream = fopen(copier->target.path, "wb");
    return tried(copier,
                 copier->source.stream != NULL && copier->target.stream != NULL
                     ? MM_OK
                     : MM_OS,
                 "open both streams");
}

/* ---- mapped -------------------------------------------------------------- */

/* Making the target's mapping makes the target as long as the source. */
static enum mm_status make_mappings(struct copier *copier)
{
    const struct mm_mapping_options readable = {.protection = MM_READ_ONLY};
    const struct mm_mapping_options writable = {.size = copier->size,
                                                .protection = MM_READ_WRITE};
    enum mm_status status = mm_mapping_create(copier->source.file, &readable,
                                              &copier->source.mapping);

    if (status == MM_OK) {
        status = mm_mapping_create(copier->target.file, &writable,
                                   &copier->target.mapping);
    }
    tick(copier, BENCH_PHASE_MAP);
    return tried(copier, status, "make both mappings");
}

static enum mm_status map_both(struct copier *copier, uint64_t offset,
                               size_t size)
{
    enum mm_status status =
        mm_view_map(copier->source.mapping, offset, size, MM_VIEW_READ, NULL,
                    &copier->source.view);

    if (status == MM_OK) {
        status = mm_view_map(copier->target.mapping, offset, size,
                             MM_VIEW_WRITE, NULL, &copier->target.view);
    }
    copier->maps += 2;
    tick(copier, BENCH_PHASE_MAP);
    return tried(copier, status, "map both files");
}

static enum mm_status give_hint(struct copier *copier)
{
    enum mm_advice advice = copier->way == COPY_SEQUENTIAL
                                ? MM_ADVICE_SEQUENTIAL
                                : MM_ADVICE_WILL_NEED;
    enum mm_status status;

    if (copier->way != COPY_SEQUENTIAL && copier->way != COPY_WILL_NEED) {
        return MM_OK;
    }
    status = mm_view_advise(&copier->source.view, 0, 0, advice);
    tick(copier, BENCH_PHASE_HINT);
    return tried(copier, status, "give a hint");
}

static enum mm_status flush_view(struct copier *copier, enum mm_flush level)
{
    enum mm_status status = MM_OK;

    if (copier->durable) {
        status = mm_view_flush(&copier->target.view, 0, 0, level);
        tick(copier, BENCH_PHASE_FLUSH);
    }
    return tried(copier, status, "flush the copy");
}

static enum mm_status unmap_both(struct copier *copier)
{
    enum mm_status status = mm_view_unmap(&copier->source.view);

    if (status == MM_OK) {
        status = mm_view_unmap(&copier->target.view);
    }
    tick(copier, BENCH_PHASE_UNMAP);
    return tried(copier, status, "unmap both files");
}

static enum mm_status copy_range(struct copier *copier, uint64_t offset,
                                 size_t size, enum mm_flush level)
{
    enum mm_status status = map_both(copier, offset, size);

    if (status == MM_OK) {
        status = give_hint(copier);
    }
    if (status != MM_OK) {
        return status;
    }
    memcpy(copier->target.view.address, copier->source.view.address, size);
    tick(copier, BENCH_PHASE_ACCESS);
    status = flush_view(copier, level);
    return status == MM_OK ? unmap_both(copier) : status;
}

static enum mm_status sync_file(struct copier *copier)
{
    enum mm_status status = MM_OK;

    if (copier->durable) {
        status = mm_file_sync(copier->target.file);
        tick(copier, BENCH_PHASE_FLUSH);
    }
    return tried(copier, status, "make the copy durable");
}

/* Each window is on its way when it is left, and waited for at the end. */
static enum mm_status copy_windows(struct copier *copier)
{
    enum mm_status status = MM_OK;

    for (uint64_t at = 0; status == MM_OK && at < copier->size;
         at += COPY_WINDOW_BYTES) {
        uint64_t left = copier->size - at;

        status = copy_range(copier, at,
                            left < COPY_WINDOW_BYTES ? (size_t)left
                                                     : COPY_WINDOW_BYTES,
                            MM_FLUSH_STARTED);
    }
    return status == MM_OK ? sync_file(copier) : status;
}

static enum mm_status copy_mapped(struct copier *copier)
{
    enum mm_status status;

    if (copier->size == 0) {
        return sync_file(copier);
    }
    if (copier->size > SIZE_MAX) {
        return tried(copier, MM_UNSUPPORTED, "have that much address space");
    }
    status = make_mappings(copier);
    if (status != MM_OK) {
        return status;
    }
    return copier->way == COPY_WINDOW
               ? copy_windows(copier)
               : copy_range(copier, 0, (size_t)copier->size, MM_FLUSH_DURABLE);
}

/* ---- by calls ------------------------------------------------------------ */

static enum mm_status copy_calls(struct copier *copier)
{
    enum mm_status status = MM_OK;
    size_t got = COPY_PIECE_BYTES, put;

    for (uint64_t at = 0; status == MM_OK && got == COPY_PIECE_BYTES;
         at += got) {
        copier->reads++;
        status = mm_file_read(copier->source.file, at, copier->piece,
                              COPY_PIECE_BYTES, &got);
        if (status == MM_OK && got > 0) {
            copier->writes++;
            status = mm_file_write(copier->target.file, at, copier->piece, got,
                                   &put);
        }
    }
    tick(copier, BENCH_PHASE_ACCESS);
    status = tried(copier, status, "read and write");
    return status == MM_OK ? sync_file(copier) : status;
}

/* For ways that have no file of the library; any handle of it will do. */
static enum mm_status sync_by_name(struct copier *copier)
{
    enum mm_status status;

    if (!copier->durable) {
        return MM_OK;
    }
    status = mm_file_open(copier->target.path, MM_FILE_READ | MM_FILE_WRITE,
                          &copier->target.file);
    return status == MM_OK ? sync_file(copier)
                           : tried(copier, status, "open the copy");
}

static enum mm_status copy_stdio(struct copier *copier)
{
    FILE *source = copier->source.stream, *target = copier->target.stream;
    size_t got = COPY_PIECE_BYTES;
    bool fine = true;

    while (fine && got == COPY_PIECE_BYTES) {
        copier->reads++;
        got = fread(copier->piece, 1, COPY_PIECE_BYTES, source);
        copier->writes++;
        fine = fwrite(copier->piece, 1, got, target) == got;
    }
    fine = fine && ferror(source) == 0 && fflush(target) == 0;
    tick(copier, BENCH_PHASE_ACCESS);
    return fine ? sync_by_name(copier)
                : tried(copier, MM_IO, "read and write streams");
}

static enum mm_status copy_by_system(struct copier *copier)
{
    enum mm_status status = copy_file(copier->source.path, copier->target.path);

    tick(copier, BENCH_PHASE_ACCESS);
    status = tried(copier, status, "copy by the system");
    return status == MM_OK ? sync_by_name(copier) : status;
}

/* ---- from opening to closing --------------------------------------------- */

static enum mm_status open_both(struct copier *copier)
{
    enum mm_status status;

    if (copier->way == COPY_SYSTEM) {
        return MM_OK;
    }
    status =
        copier->way == COPY_STDIO ? open_streams(copier) : open_files(copier);
    tick(copier, BENCH_PHASE_OPEN);
    return status;
}

static enum mm_status copy(struct copier *copier)
{
    switch (copier->way) {
    case COPY_CALLS:
    case COPY_CALLS_SEQUENTIAL:
        return copy_calls(copier);
    case COPY_STDIO:
        return copy_stdio(copier);
    case COPY_SYSTEM:
        return copy_by_system(copier);
    default:
        return copy_mapped(copier);
    }
}

/* False when a stream could not hand over what it held. */
static bool close_end(struct copy_end *end)
{
    bool fine = true;

    if (end->view.address != NULL) {
        mm_view_unmap(&end->view); /* after a failure only */
    }
    mm_mapping_close(end->mapping);
    if (end->stream != NULL) {
        fine = fclose(end->stream) == 0;
    }
    mm_file_close(end->file);
    *end = (struct copy_end){.path = end->path};
    return fine;
}

enum mm_status copier_run(struct copier *copier)
{
    enum mm_status status;
    bool closed;

    copier->clock = mm_clock_ns();
    status = open_both(copier);
    if (status == MM_OK) {
        status = copy(copier);
    }
    closed = close_end(&copier->source);
    closed = close_end(&copier->target) && closed;
    tick(copier, BENCH_PHASE_CLOSE);
    return status == MM_OK && !closed
               ? tried(copier, MM_IO, "close both streams")
               : status;
}
