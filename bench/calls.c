/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/file.h>

#include "peers/bare.h"

static enum mm_status library_clock(struct calls *calls)
{
    (void)calls;
    return mm_clock_ns() > 0 ? MM_OK : MM_OS;
}

static enum mm_status library_size(struct calls *calls)
{
    return mm_file_size(calls->file, &calls->result);
}

static enum mm_status library_read(struct calls *calls)
{
    size_t moved;
    enum mm_status status = mm_file_read(calls->file, 0, calls->buffer.octets,
                                         calls->octets, &moved);

    calls->result = moved;
    return status;
}

static enum mm_status library_write(struct calls *calls)
{
    size_t moved;
    enum mm_status status = mm_file_write(calls->file, 0, calls->buffer.octets,
                                          calls->octets, &moved);

    calls->result = moved;
    return status;
}

static enum mm_status library_sync(struct calls *calls)
{
    return mm_file_sync(calls->file);
}

static enum mm_status library_map(struct calls *calls)
{
    struct mm_view view;
    enum mm_status status = mm_view_map(calls->mapping, 0, calls->octets,
                                        MM_VIEW_READ, NULL, &view);

    return status != MM_OK ? status : mm_view_unmap(&view);
}

static enum mm_status library_prefetch(struct calls *calls)
{
    return mm_view_prefetch(&calls->view, 0, calls->octets);
}

static enum mm_status library_advise(struct calls *calls)
{
    return mm_view_advise(&calls->view, 0, calls->octets, MM_ADVICE_WILL_NEED);
}

static enum mm_status library_flush_started(struct calls *calls)
{
    return mm_view_flush(&calls->view, 0, calls->octets, MM_FLUSH_STARTED);
}

static enum mm_status library_flush_durable(struct calls *calls)
{
    return mm_view_flush(&calls->view, 0, calls->octets, MM_FLUSH_DURABLE);
}

static enum mm_status library_event(struct calls *calls)
{
    enum mm_status status = mm_event_set(calls->event);

    return status != MM_OK ? status
                           : mm_wait(calls->waitables[0], NULL, MM_INFINITE);
}

static enum mm_status library_mutex(struct calls *calls)
{
    enum mm_status status = mm_wait(calls->waitables[1], NULL, MM_INFINITE);

    return status != MM_OK ? status : mm_mutex_release(calls->mutex);
}

static enum mm_status library_semaphore(struct calls *calls)
{
    enum mm_status status = mm_semaphore_release(calls->semaphore, 1, NULL);

    return status != MM_OK ? status
                           : mm_wait(calls->waitables[2], NULL, MM_INFINITE);
}

const char *const call_words[] = {
#define CALLS_WORD(name, word) word,
    CALLS_LIST(CALLS_WORD)
#undef CALLS_WORD
        NULL};

call_body *call_of(enum call call, enum call_way way)
{
    static call_body *const bodies[CALL_COUNT][CALL_WAYS] = {
#define CALLS_BODIES(name, word) {library_##name, bare_##name},
        CALLS_LIST(CALLS_BODIES)
#undef CALLS_BODIES
    };

    return bodies[call][way];
}

static enum mm_status open_by_library(const char *path, struct calls *calls)
{
    const struct mm_mapping_options options = {.protection = MM_READ_WRITE};
    enum mm_status status =
        mm_file_open(path, MM_FILE_READ | MM_FILE_WRITE, &calls->file);

    if (status == MM_OK) {
        status = mm_mapping_create(calls->file, &options, &calls->mapping);
    }
    if (status == MM_OK) {
        status = mm_view_map(calls->mapping, 0, 0, MM_VIEW_WRITE, NULL,
                             &calls->view);
    }
    return status;
}

static enum mm_status make_objects(struct calls *calls)
{
    const struct mm_event_options event = {.manual = false};
    const struct mm_mutex_options mutex = {.owned = false};
    const struct mm_semaphore_options semaphore = {.maximum = 1};
    enum mm_status status = mm_event_create(&event, &calls->event);

    if (status == MM_OK) {
        status = mm_mutex_create(&mutex, &calls->mutex);
    }
    if (status == MM_OK) {
        status = mm_semaphore_create(&semaphore, &calls->semaphore);
    }
    calls->waitables[0] = mm_event_waitable(calls->event);
    calls->waitables[1] = mm_mutex_waitable(calls->mutex);
    calls->waitables[2] = mm_semaphore_waitable(calls->semaphore);
    return status;
}

enum mm_status calls_open(const char *path, size_t octets,
                          struct calls *calls_out)
{
    enum mm_status status;

    memset(calls_out, 0, sizeof(*calls_out));
    calls_out->octets = octets;
    bare_begin(calls_out);
    status = open_by_library(path, calls_out);
    if (status == MM_OK) {
        status = make_objects(calls_out);
    }
    if (status == MM_OK && octets > calls_out->view.size) {
        status = MM_OUT_OF_RANGE;
    }
    if (status == MM_OK) {
        status = bare_open(path, calls_out);
    }
    if (status == MM_OK) {
        status = buffer_make(octets, &calls_out->buffer);
    }
    /* What will be written is what is there, and now its page is cached. */
    return status == MM_OK ? library_read(calls_out) : status;
}

void calls_close(struct calls *calls)
{
    buffer_free(&calls->buffer);
    bare_close(calls);
    mm_view_unmap(&calls->view); /* refuses a view that was never made */
    mm_mapping_close(calls->mapping);
    mm_file_close(calls->file);
    mm_event_close(calls->event);
    mm_mutex_close(calls->mutex);
    mm_semaphore_close(calls->semaphore);
}
