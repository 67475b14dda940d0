/* SPDX-License-Identifier: MIT */
/* Files: positional reads and writes, size, cache state. */
#ifndef MAPMARK_FILE_H
#define MAPMARK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_file;

/** How to open a file. At least MM_FILE_READ or MM_FILE_WRITE. */
enum mm_file_flag {
    MM_FILE_READ = 1 << 0,
    MM_FILE_WRITE = 1 << 1,
    /** Create the file when it is absent. */
    MM_FILE_CREATE = 1 << 2,
    /** With MM_FILE_CREATE: fail with ALREADY_EXISTS when it is present.
     * This is the one place where ALREADY_EXISTS opens nothing. */
    MM_FILE_NEW = 1 << 3,
    /** Cut an existing file to zero length; needs MM_FILE_WRITE. */
    MM_FILE_TRUNCATE = 1 << 4,
    /** Nobody else may have it open meanwhile, nor while a mapping made from
     * it, or a view of that, is left; one that others opened by name does not
     * count. Between programs that use this library; Windows enforces it for
     * every program. */
    MM_FILE_EXCLUSIVE = 1 << 5,
    /** Hints for read-ahead; at most one of the two. */
    MM_FILE_SEQUENTIAL = 1 << 6,
    MM_FILE_RANDOM = 1 << 7,
    /** Go around the page cache: offsets, sizes and addresses must then be
     * multiples of mm_page_size(). UNSUPPORTED where the file system has no
     * such way. */
    MM_FILE_NO_CACHE = 1 << 8,
    /** A write returns when its data is durable. */
    MM_FILE_WRITE_THROUGH = 1 << 9,
    /** Remove the name when the last handle is closed: on Linux at once. A
     * named mapping of it can be opened while its creator lives. */
    MM_FILE_TEMPORARY = 1 << 10,
};

/**
 * Open or create a regular file.
 *
 * A hint that the system refuses is a failure, not a shrug. Handles are not
 * inherited by child processes.
 *
 * Units:     `path` is UTF-8; `flags` of enum mm_file_flag.
 * Errors:    MM_INVALID (flags that contradict), MM_NOT_FOUND, MM_DENIED,
 *            MM_ALREADY_EXISTS (only with MM_FILE_NEW), MM_WRONG_TYPE (a
 *            directory or another thing that is not a regular file),
 *            MM_BUSY (sharing excluded), MM_MAPPED (cut while mapped),
 *            MM_NO_SPACE, MM_TOO_MANY (open files), MM_UNSUPPORTED,
 *            MM_NO_MEMORY, MM_IO, MM_OS.
 *            On failure `*file_out` is NULL.
 * Ownership: the caller owns `*file_out` and gives it to mm_file_close().
 * Threads:   safe from any thread.
 * Source:   ; open(2), CreateFileW.
 */
MM_API enum mm_status mm_file_open(const char *path, unsigned flags,
                                   struct mm_file **file_out);

/**
 * Close the file; NULL is allowed. Mappings made from it stay valid.
 *
 * Data written earlier is in the page cache, not necessarily on the device.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `file`.
 * Threads:   no other thread may be using `file`.
 */
MM_API void mm_file_close(struct mm_file *file);

/**
 * Read at an offset; the file has no current position.
 *
 * Reads on until `size` octets have come or the file ends, so fewer octets
 * mean the end of the file and nothing else.
 *
 * Units:     octets.
 * Errors:    MM_DENIED (not opened for reading), MM_INVALID, MM_MISALIGNED
 *            (MM_FILE_NO_CACHE), MM_IO, MM_OS. `*transferred_out` holds what
 *            had come before the failure.
 * Ownership: the caller's buffer; `transferred_out` is not NULL.
 * Threads:   any number of threads may read one file at once.
 * Source:    pread(2), ReadFile with an offset.
 */
MM_API enum mm_status mm_file_read(struct mm_file *file, uint64_t offset,
                                   void *buffer, size_t size,
                                   size_t *transferred_out);

/**
 * Write at an offset; the file grows when the range passes its end.
 *
 * Units:     octets.
 * Errors:    MM_DENIED (not opened for writing), MM_INVALID, MM_MISALIGNED
 *            (MM_FILE_NO_CACHE), MM_NO_SPACE, MM_OUT_OF_RANGE (too large
 *            for the file system), MM_IO, MM_OS.
 *            `*transferred_out` holds what had gone before the failure.
 * Ownership: the caller's buffer; `transferred_out` is not NULL.
 * Threads:   safe; overlapping writes end in one order or the other.
 * Source:    pwrite(2), WriteFile with an offset.
 */
MM_API enum mm_status mm_file_write(struct mm_file *file, uint64_t offset,
                                    const void *buffer, size_t size,
                                    size_t *transferred_out);

/**
 * Tell the size of the file.
 *
 * Units:     octets.
 * Errors:    MM_OS; the size is then 0.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_file_size(struct mm_file *file, uint64_t *size_out);

/**
 * Tell whether two handles are of the same file, by whatever names and
 * however often it was opened.
 *
 * A file that was replaced by another under the same name is another one.
 *
 * Units:     none.
 * Errors:    MM_OS; the answer is then false.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    fstat(2), GetFileInformationByHandle.
 */
MM_API enum mm_status mm_file_is_same(struct mm_file *file,
                                      struct mm_file *other, bool *same_out);

/**
 * Mark what one opening of the file has made, and tell whether it had been
 * marked before.
 *
 * Every opening makes an object of its own, in which the system keeps
 * read-ahead above all; a duplicated handle shares it. So a handle that has
 * just been opened and is found marked is no new opening, but one that has
 * been used before. On Windows reading marks as well.
 *
 * Units:     none.
 * Errors:    MM_OS; the answer is then false.
 * Ownership: none; the mark goes with the last handle of the opening.
 * Threads:   one thread at a time for one opening.
 * Source:    lseek(2), SetFilePointerEx: the library uses no position.
 */
MM_API enum mm_status mm_file_mark(struct mm_file *file, bool *marked_out);

/**
 * Grow or shrink the file.
 *
 * New octets are zero and their space is reserved now, so that no later write
 * through a view can fail for want of it. A file that a mapping or view of
 * this library holds, in any process, cannot shrink; it may grow. (On Linux
 * only where the file system has locks; other programs can always cut it.)
 *
 * Units:     octets.
 * Errors:    MM_DENIED (not opened for writing), MM_MAPPED, MM_NO_SPACE (the
 *            size is unchanged), MM_OUT_OF_RANGE (too large for the file
 *            system), MM_IO, MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:   , M21, M31.
 */
MM_API enum mm_status mm_file_set_size(struct mm_file *file, uint64_t size);

/**
 * Wait until everything written to the file is durable, metadata included.
 *
 * Units:     none.
 * Errors:    MM_IO, MM_NO_SPACE, MM_OS; MM_DENIED on Windows when the file
 *            was not opened for writing.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    fsync(2), FlushFileBuffers.
 */
MM_API enum mm_status mm_file_sync(struct mm_file *file);

/**
 * Ask the system to drop the cached pages of the file.
 *
 * A request only: pages that somebody maps or that are dirty stay. Sync
 * first, then prove the result with mm_file_cached(). Windows documents no
 * such request and gives no proof: what is known to work there is an
 * unbuffered opening, best when no other handle of the file is open.
 *
 * Units:     none.
 * Errors:    MM_UNSUPPORTED (no such request here, or the file lives in
 *            memory), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    posix_fadvise(2) DONTNEED; ReOpenFile, FILE_FLAG_NO_BUFFERING.
 */
MM_API enum mm_status mm_file_evict(struct mm_file *file);

/**
 * Count the octets of a range that are in the page cache, without reading
 * any of them.
 *
 * Counted by whole pages and cut to the range, so a file wholly cached gives
 * exactly its size.
 *
 * Units:     octets; `size` 0 means to the end of the file.
 * Errors:    MM_DENIED (the system hides the state of files of other users:
 *            no proof can be had), MM_UNSUPPORTED (Windows), MM_OUT_OF_RANGE,
 *            MM_OS; the count is then 0.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    cachestat(2); mincore(2) where that is missing.
 */
MM_API enum mm_status mm_file_cached(struct mm_file *file, uint64_t offset,
                                     uint64_t size, uint64_t *cached_out);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_FILE_H */
