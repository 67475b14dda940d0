/* SPDX-License-Identifier: MIT */
#include "async.h"

enum mm_status async_open(struct async *async, const struct mm_file *file,
                          size_t access)
{
    enum mm_status status = mm_port_create(NULL, &async->port);

    async->access = access;
    if (status == MM_OK) {
        status = mm_reader_open(async->port, file, 0, &async->reader);
    }
    return status == MM_OK ? buffer_make(ASYNC_DEPTH * access, &async->buffers)
                           : status;
}

void async_close(struct async *async)
{
    (void)mm_port_close(async->port); /* and the reader with it */
    buffer_free(&async->buffers);
    *async = (struct async){.port = NULL};
}

static unsigned char *octets_of(const struct async *async, size_t place)
{
    return async->buffers.octets + place * async->access;
}

enum mm_status async_start(struct async *async, size_t number, uint64_t offset,
                           size_t size)
{
    size_t place = number % ASYNC_DEPTH;

    async->ended[place] = false;
    return mm_reader_start(async->reader, offset, octets_of(async, place), size,
                           &async->operations[place]);
}

static enum mm_status take_some(struct async *async)
{
    struct mm_completion completions[ASYNC_DEPTH];
    size_t count = 0;
    enum mm_status status = mm_port_wait(async->port, completions, ASYNC_DEPTH,
                                         MM_INFINITE, &count);

    for (size_t i = 0; i < count; i++) {
        size_t place = (size_t)(completions[i].operation - async->operations);

        async->ended[place] = true;
        async->statuses[place] = completions[i].status;
        async->bytes[place] = (size_t)completions[i].bytes;
    }
    return status;
}

enum mm_status async_take(struct async *async, size_t number, size_t size,
                          unsigned char **octets_out)
{
    size_t place = number % ASYNC_DEPTH;
    enum mm_status status = MM_OK;

    while (status == MM_OK && !async->ended[place]) {
        status = take_some(async);
    }
    *octets_out = octets_of(async, place);
    if (status == MM_OK) {
        status = async->statuses[place];
    }
    return status == MM_OK && async->bytes[place] < size ? MM_OUT_OF_RANGE
                                                         : status;
}

bool async_calls(const struct async *async)
{
    return mm_port_way(async->port) != MM_PORT_IO_URING;
}
