/* SPDX-License-Identifier: MIT */
#include "readers.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "../native.h"

enum { THREADS = 4 };

struct mmi_readers {
    struct mm_port *port;
    struct mmi_lock lock; /* of the list alone */
    struct mmi_operation *first;
    struct mmi_operation **last;
    bool ends;
    unsigned count;
    pthread_t threads[THREADS];
};

static struct mmi_operation *take(struct mmi_readers *readers)
{
    struct mmi_operation *operation;

    mmi_lock_take(&readers->lock);
    while (readers->first == NULL && !readers->ends) {
        mmi_lock_wait(&readers->lock);
    }
    operation = readers->first;
    if (operation != NULL) {
        readers->first = operation->next;
        if (readers->first == NULL) {
            readers->last = &readers->first;
        }
    }
    mmi_lock_give(&readers->lock);
    return operation;
}

/* All of it, or up to the end of the file. */
static struct mmi_result read_all(const struct mmi_operation *operation)
{
    const struct mm_buffer *buffer = &operation->buffers[0];
    struct mmi_result result = {MM_OK, 0};

    while (result.bytes < buffer->size) {
        ssize_t got = pread((int)operation->reader->handle,
                            (unsigned char *)buffer->octets + result.bytes,
                            buffer->size - (size_t)result.bytes,
                            (off_t)(operation->offset + result.bytes));

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            result.status = mmi_os_error();
        }
        if (got <= 0) {
            break;
        }
        result.bytes += (uint64_t)got;
    }
    return result;
}

static void *work(void *context)
{
    struct mmi_readers *readers = context;
    struct mmi_operation *operation;

    while ((operation = take(readers)) != NULL) {
        struct mmi_result result = read_all(operation);

        mmi_lock_take(&readers->port->lock);
        mmi_reader_result(operation, result);
        mmi_lock_give(&readers->port->lock);
    }
    return NULL;
}

enum mm_status mmi_readers_start(struct mm_port *port,
                                 struct mmi_readers **readers_out)
{
    struct mmi_readers *readers = calloc(1, sizeof(*readers));

    *readers_out = NULL;
    if (readers == NULL || !mmi_lock_open(&readers->lock)) {
        free(readers);
        return MM_NO_MEMORY;
    }
    readers->port = port;
    readers->last = &readers->first;
    while (readers->count < THREADS &&
           pthread_create(&readers->threads[readers->count], NULL, work,
                          readers) == 0) {
        readers->count++;
    }
    if (readers->count == 0) {
        mmi_readers_end(readers);
        return MM_TOO_MANY;
    }
    *readers_out = readers;
    return MM_OK;
}

void mmi_readers_add(struct mmi_readers *readers,
                     struct mmi_operation *operation)
{
    mmi_lock_take(&readers->lock);
    operation->next = NULL;
    *readers->last = operation;
    readers->last = &operation->next;
    mmi_lock_ring(&readers->lock);
    mmi_lock_give(&readers->lock);
}

void mmi_readers_end(struct mmi_readers *readers)
{
    if (readers == NULL) {
        return;
    }
    mmi_lock_take(&readers->lock);
    readers->ends = true;
    mmi_lock_ring(&readers->lock);
    mmi_lock_give(&readers->lock);
    for (unsigned i = 0; i < readers->count; i++) {
        pthread_join(readers->threads[i], NULL);
    }
    mmi_lock_close(&readers->lock);
    free(readers);
}

enum mm_status mmi_readers_open_file(struct mm_reader *reader,
                                     const struct mm_file *file)
{
    int fd;

    if ((file->flags & MM_FILE_READ) == 0) {
        return MM_DENIED;
    }
    fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        return mmi_os_error();
    }
    reader->handle = fd;
    return MM_OK;
}

void mmi_readers_close_file(struct mm_reader *reader)
{
    close((int)reader->handle);
}
