/* SPDX-License-Identifier: MIT */
/* Reads of a file through a completion port, so many at the same time. */
#ifndef ASYNC_H
#define ASYNC_H

#include <mapmark/reader.h>

#include "buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /* Reads under way: what a device needs to be busy, and a CPU has cache
     * for. */
    ASYNC_DEPTH = 16,
};

/** All zero is nothing open. */
struct async {
    struct mm_port *port;
    struct mm_reader *reader;
    size_t access; /* octets of a read at most */
    struct buffer buffers;
    struct mm_operation operations[ASYNC_DEPTH];
    size_t bytes[ASYNC_DEPTH];
    enum mm_status statuses[ASYNC_DEPTH];
    bool ended[ASYNC_DEPTH];
};

/** As mm_port_create() and mm_reader_open(); closed by async_close(), also
 * after a failure. It is used by one thread. */
enum mm_status async_open(struct async *async, const struct mm_file *file,
                          size_t access);
void async_close(struct async *async);

/** Start the read of that number, ASYNC_DEPTH behind one that was taken. */
enum mm_status async_start(struct async *async, size_t number, uint64_t offset,
                           size_t size);

/** Wait for the read of that number: whatever else completes meanwhile is kept
 * for later. MM_OUT_OF_RANGE when it is shorter. */
enum mm_status async_take(struct async *async, size_t number, size_t size,
                          unsigned char **octets_out);

/** Whether the system counts a call for each read. */
bool async_calls(const struct async *async);

#ifdef __cplusplus
}
#endif

#endif /* ASYNC_H */
