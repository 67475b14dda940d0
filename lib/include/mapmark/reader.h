/* SPDX-License-Identifier: MIT */
/* Reads of files that complete through a port, many at the same time. */
#ifndef MAPMARK_READER_H
#define MAPMARK_READER_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/file.h>
#include <mapmark/port.h>
#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_reader;

enum {
    /** Octets of one read at most. */
    MM_READER_BYTES_MAX = 1 << 30,
};

/**
 * Have reads of a file complete through `port`, with `key`.
 *
 * Windows and io_uring read without a thread of ours. With epoll, which knows
 * no files, four threads of the port do it.
 *
 * Units:     none.
 * Errors:    MM_INVALID, MM_DENIED (not open for reading), MM_BUSY (Windows:
 *            the file is open for one only), MM_TOO_MANY, MM_NO_MEMORY,
 *            MM_CLOSED, MM_OS. On failure `*reader_out` is NULL.
 * Ownership: the caller owns `*reader_out` and gives it to mm_reader_close();
 *            `file` may be closed before.
 * Threads:   safe from any thread.
 * Source:    ReadFile with OVERLAPPED, io_uring_prep_read(3).
 */
MM_API enum mm_status mm_reader_open(struct mm_port *port,
                                     const struct mm_file *file, uintptr_t key,
                                     struct mm_reader **reader_out);

/**
 * Start a read. As many as one wants are under way; they complete in any order.
 *
 * Its completion has fewer `bytes` than `size` only where the file ends before,
 * and none beyond its end. A read that mm_port_cancel() is asked to end may
 * still complete as if it had not been asked.
 *
 * Units:     `offset` and `size` in octets, `size` 1 to MM_READER_BYTES_MAX.
 * Errors:    of the start: MM_INVALID, MM_BUSY (the operation has been started
 *            already), MM_CLOSED; then there is no completion.
 *            Of the completion: MM_IO, MM_CANCELLED, MM_NO_MEMORY, MM_OS.
 * Ownership: the operation and the octets belong to the library until its
 *            completion was returned.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_reader_start(struct mm_reader *reader, uint64_t offset,
                                      void *octets, size_t size,
                                      struct mm_operation *operation);

/**
 * Close a reader; NULL is allowed. Reads that are under way complete.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `reader`.
 * Threads:   no other thread may be using `reader`.
 */
MM_API void mm_reader_close(struct mm_reader *reader);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_READER_H */
