/* SPDX-License-Identifier: MIT */
#include "reach.h"

#include <limits.h>
#include <string.h>

/* Remember what failed. */
static enum mm_status tried(struct reach *reach, enum mm_status status,
                            const char *what)
{
    if (mm_status_failed(status)) {
        reach->tried = what;
    }
    return status;
}

static bool is_mapped(const struct reach *reach)
{
    return reach->way == REACH_MAPPED || reach->way == REACH_WINDOW;
}

static enum mm_status open_stream(struct reach *reach, const char *path)
{
    if (reach->size > LONG_MAX) {
        return tried(reach, MM_UNSUPPORTED,
                     "position a stream, which takes a long");
    }
    reach->stream = fopen(path, reach->writes ? "r+b" : "rb");
    return tried(reach, reach->stream != NULL ? MM_OK : MM_OS, "open a stream");
}

enum mm_status reach_open(struct reach *reach, const char *path)
{
    const struct mm_mapping_options options = {
        .protection = reach->writes ? MM_READ_WRITE : MM_READ_ONLY};
    unsigned flags = MM_FILE_READ | (reach->writes ? MM_FILE_WRITE : 0);
    enum mm_status status = mm_file_open(path, flags, &reach->file);

    if (status == MM_OK) {
        status = mm_file_size(reach->file, &reach->size);
    }
    if (status == MM_OK && is_mapped(reach)) {
        status = mm_mapping_create(reach->file, &options, &reach->mapping);
    }
    if (status == MM_OK && reach->way == REACH_STDIO) {
        return open_stream(reach, path);
    }
    return tried(reach, status, "open the file");
}

void reach_close(struct reach *reach)
{
    if (reach->view.address != NULL) {
        mm_view_unmap(&reach->view);
    }
    if (reach->stream != NULL) {
        fclose(reach->stream);
    }
    mm_mapping_close(reach->mapping);
    mm_file_close(reach->file);
    memset(reach, 0, sizeof(*reach));
}

static enum mm_status map(struct reach *reach, uint64_t start, size_t size)
{
    enum mm_access access = reach->writes ? MM_VIEW_WRITE : MM_VIEW_READ;

    reach->maps++;
    reach->start = start;
    return tried(
        reach,
        mm_view_map(reach->mapping, start, size, access, NULL, &reach->view),
        "map");
}

enum mm_status reach_map(struct reach *reach)
{
    return reach->way == REACH_MAPPED ? map(reach, 0, 0) : MM_OK;
}

enum mm_status reach_unmap(struct reach *reach)
{
    if (reach->view.address == NULL) {
        return MM_OK;
    }
    return tried(reach, mm_view_unmap(&reach->view), "unmap");
}

/* A window starts at a multiple of its size and is longer by one granule, so
 * that nothing lies across the border of two. */
static enum mm_status move_window(struct reach *reach, uint64_t offset)
{
    uint64_t start = offset / REACH_WINDOW_BYTES * REACH_WINDOW_BYTES;
    uint64_t left = reach->size - start;
    size_t size = REACH_WINDOW_BYTES + mm_granularity();
    enum mm_status status = MM_OK;

    if (reach->view.address != NULL && start == reach->start) {
        return MM_OK;
    }
    if (reach->flushes && reach->view.address != NULL) {
        status =
            tried(reach, mm_view_flush(&reach->view, 0, 0, MM_FLUSH_STARTED),
                  "flush a window");
    }
    if (status == MM_OK) {
        status = reach_unmap(reach);
    }
    return status == MM_OK
               ? map(reach, start, left < size ? (size_t)left : size)
               : status;
}

/* Where the octets are in the window. */
static enum mm_status locate(struct reach *reach, uint64_t offset,
                             unsigned char **octets_out)
{
    enum mm_status status = move_window(reach, offset);

    *octets_out =
        (unsigned char *)reach->view.address + (offset - reach->start);
    return status;
}

/* Also what the C standard wants between reading and writing. */
static enum mm_status move_stream(struct reach *reach, uint64_t offset)
{
    return tried(reach,
                 fseek(reach->stream, (long)offset, SEEK_SET) == 0 ? MM_OK
                                                                   : MM_IO,
                 "position a stream");
}

/* A fetch or store that moved fewer octets than it should. */
static enum mm_status whole(struct reach *reach, enum mm_status status,
                            size_t done, size_t size, const char *what)
{
    return tried(reach, status == MM_OK && done < size ? MM_IO : status, what);
}

enum mm_status reach_fetch_far(struct reach *reach, uint64_t offset,
                               void *octets, size_t size)
{
    unsigned char *place;
    enum mm_status status;
    size_t done = 0;

    switch (reach->way) {
    case REACH_CALLS:
        reach->reads++;
        status = mm_file_read(reach->file, offset, octets, size, &done);
        return whole(reach, status, done, size, "read");
    case REACH_STDIO:
        reach->reads++;
        status = move_stream(reach, offset);
        if (status == MM_OK) {
            done = fread(octets, 1, size, reach->stream);
        }
        return whole(reach, status, done, size, "read a stream");
    default:
        status = locate(reach, offset, &place);
        if (status == MM_OK) {
            memcpy(octets, place, size);
        }
        return status;
    }
}

enum mm_status reach_store_far(struct reach *reach, uint64_t offset,
                               const void *octets, size_t size)
{
    unsigned char *place;
    enum mm_status status;
    size_t done = 0;

    switch (reach->way) {
    case REACH_CALLS:
        reach->stores++;
        status = mm_file_write(reach->file, offset, octets, size, &done);
        return whole(reach, status, done, size, "write");
    case REACH_STDIO:
        reach->stores++;
        status = move_stream(reach, offset);
        if (status == MM_OK) {
            done = fwrite(octets, 1, size, reach->stream);
        }
        return whole(reach, status, done, size, "write a stream");
    default:
        status = locate(reach, offset, &place);
        if (status == MM_OK) {
            memcpy(place, octets, size);
        }
        return status;
    }
}

enum mm_status reach_settle(struct reach *reach)
{
    if (reach->way != REACH_STDIO || !reach->writes) {
        return MM_OK;
    }
    return tried(reach, fflush(reach->stream) == 0 ? MM_OK : MM_IO,
                 "flush a stream");
}

enum mm_status reach_flush(struct reach *reach, uint64_t offset, size_t size)
{
    enum mm_status status = reach_settle(reach);

    if (reach->way == REACH_MAPPED) {
        return tried(
            reach,
            mm_view_flush(&reach->view, (size_t)offset, size, MM_FLUSH_DURABLE),
            "flush");
    }
    /* What other windows held is on its way; this waits for all. */
    if (reach->way == REACH_WINDOW && reach->view.address != NULL) {
        status =
            tried(reach, mm_view_flush(&reach->view, 0, 0, MM_FLUSH_STARTED),
                  "flush a window");
    }
    return status == MM_OK ? tried(reach, mm_file_sync(reach->file), "sync")
                           : status;
}
