/* SPDX-License-Identifier: MIT */
/* Views: ranges of a mapping in the address space of the process. */
#ifndef MAPMARK_VIEW_H
#define MAPMARK_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/mapping.h>
#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a view asks for; no more than its mapping grants. */
enum mm_access {
    MM_VIEW_READ,
    /** Read and write; needs MM_READ_WRITE. */
    MM_VIEW_WRITE,
    /** Read and write privately; needs MM_READ_WRITE or MM_WRITE_COPY. */
    MM_VIEW_COPY,
};

/** What a program is about to do with a range of a view. */
enum mm_advice {
    MM_ADVICE_NORMAL,
    MM_ADVICE_SEQUENTIAL,
    MM_ADVICE_RANDOM,
    /** Soon: the system may start to read it, and the call does not wait. */
    MM_ADVICE_WILL_NEED,
    /** Use huge pages where that is possible; whether it is, faults show. */
    MM_ADVICE_HUGE_PAGES,
};

/** How far a flush goes. */
enum mm_flush {
    /** Writing has been started for the dirty pages. */
    MM_FLUSH_STARTED,
    /** The data, and what is needed to find it again, is on the device. */
    MM_FLUSH_DURABLE,
};

/**
 * A mapped range, owned by the caller, so that mapping allocates nothing.
 *
 * Read `address` and `size`; write nothing. It may be moved, but a copy is the
 * same view: unmap one of the two. All zero is "no view".
 */
struct mm_view {
    void *address;
    size_t size;
    uint64_t opaque[3];
};

/**
 * Map a range of the mapping into this process.
 *
 * Memory is taken page by page at first touch. Several who write to one
 * mapping, threads or processes, need synchronisation of their own, such as a
 * mutex. The tail of the last
 * page beyond the end of a file reads as zero, and writes there are lost. On
 * Linux a program that does not use this library can cut the file meanwhile;
 * touching what is gone is then a fault (SIGBUS); see guard.h. Windows refuses
 * to delete a file that is mapped; on Linux it loses its name, and the view
 * stays.
 *
 * Units:     `offset` octets, a multiple of mm_granularity(); `size` octets,
 *            0 means from `offset` to the end. `wanted` is NULL or an address
 *            that is a multiple of mm_granularity() and is taken or refused.
 * Errors:    MM_MISALIGNED (`offset`, `wanted`), MM_OUT_OF_RANGE (beyond the
 *            end), MM_DENIED (more than the mapping grants), MM_BUSY
 *            (`wanted` is occupied), MM_NO_MEMORY, MM_INVALID, MM_OS.
 *            On failure `*view_out` is all zero.
 * Ownership: the caller owns `*view_out` and gives it to mm_view_unmap(); it
 *            does not need the mapping's handle to stay open.
 * Threads:   safe from any thread.
 * Source:   ; MapViewOfFileEx, mmap(2).
 */
MM_API enum mm_status mm_view_map(struct mm_mapping *mapping, uint64_t offset,
                                  size_t size, enum mm_access access,
                                  void *wanted, struct mm_view *view_out);

/**
 * Unmap the view and make it all zero; dirty pages of a file reach it later.
 *
 * Units:     none.
 * Errors:    MM_INVALID (not a view, or one that is already unmapped), MM_OS.
 * Ownership: takes what `view` holds; the struct stays the caller's.
 * Threads:   no other thread may be using the view.
 * Source:    R-29, M28; UnmapViewOfFile, munmap(2).
 */
MM_API enum mm_status mm_view_unmap(struct mm_view *view);

/**
 * Commit a range of a view of a reserved mapping: from now on its pages are
 * there, zero at first, in every view of every process.
 *
 * Whole pages around the range are committed; there is no way back. Pages that
 * are already committed, and all pages of other mappings, stay as they are. A
 * page that is not committed must not be touched: that is a fault, except that
 * Linux gives out pages in front of the last committed one at their first
 * touch, as Wine does with all of them.
 *
 * Units:     octets from the start of the view; `size` 0 means to its end.
 * Errors:    MM_INVALID (not a view), MM_OUT_OF_RANGE (leaves the view),
 *            MM_DENIED (not a view for writing), MM_NO_MEMORY, MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:   ; VirtualAlloc MEM_COMMIT, fallocate(2).
 */
MM_API enum mm_status mm_view_commit(const struct mm_view *view, size_t offset,
                                     size_t size);

/**
 * Write the dirty pages of a range of the view to its file.
 *
 * Neighbours whose state the system keeps together go along with them.
 * Nothing happens to a view of the paging store, or a private one. Works
 * after the mapping and the file are closed.
 *
 * Units:     octets from the start of the view; `size` 0 means to its end.
 * Errors:    MM_INVALID (not a view), MM_OUT_OF_RANGE (leaves the view),
 *            MM_IO, MM_NO_SPACE, MM_OS. On Windows, for MM_FLUSH_DURABLE of a
 *            mapping that was opened by name or may only read: MM_DENIED
 *            (this user may not write to the file), MM_BUSY (somebody has
 *            it to himself).
 * Ownership: none.
 * Threads:   safe; writes during the flush may or may not be part of it.
 * Source:    R-30, M29, M30; FlushViewOfFile + FlushFileBuffers,
 *            sync_file_range(2), msync(2).
 */
MM_API enum mm_status mm_view_flush(const struct mm_view *view, size_t offset,
                                    size_t size, enum mm_flush level);

/**
 * Bring a range of the view into memory before it is touched.
 *
 * On Linux the pages are also entered into the page table, so reading them
 * does not fault; the first write to each page of a file still does, to mark
 * it dirty. On Windows the pages are only read into memory and the first
 * touch of each still faults.
 *
 * Units:     octets from the start of the view; `size` 0 means to its end.
 * Errors:    MM_INVALID (not a view), MM_OUT_OF_RANGE (leaves the view),
 *            MM_UNSUPPORTED (Linux before 5.14), MM_IO, MM_NO_MEMORY, MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    madvise(2) POPULATE_READ; PrefetchVirtualMemory.
 */
MM_API enum mm_status mm_view_prefetch(const struct mm_view *view,
                                       size_t offset, size_t size);

/**
 * Tell the system how a range of the view will be used.
 * What is refused is never passed over in silence: a hint that the system
 * does not know is an error.
 * Units:     octets from the start of the view; `size` 0 means to its end.
 * Errors:    MM_INVALID (not a view, or no such hint), MM_OUT_OF_RANGE (leaves
 *            the view), MM_UNSUPPORTED (Windows knows MM_ADVICE_NORMAL and
 *            MM_ADVICE_WILL_NEED; Linux may lack huge pages), MM_NO_MEMORY,
 *            MM_IO, MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-38; madvise(2), PrefetchVirtualMemory.
 */
MM_API enum mm_status mm_view_advise(const struct mm_view *view, size_t offset,
                                     size_t size, enum mm_advice advice);

/**
 * Count the octets of a range of the view that the page cache has, without
 * touching any. The committed pages of the paging store count unless they are
 * paged out; a private view is asked about what it is a copy of.
 *
 * Counted by whole pages and cut to the range.
 *
 * Units:     octets from the start of the view; `size` 0 means to its end.
 * Errors:    MM_INVALID (not a view), MM_OUT_OF_RANGE (leaves the view),
 *            MM_DENIED (as mm_file_cached()), MM_UNSUPPORTED (Windows), MM_OS;
 *            the count is then 0.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    cachestat(2); mincore(2) where that is missing.
 */
MM_API enum mm_status mm_view_cached(const struct mm_view *view, size_t offset,
                                     size_t size, uint64_t *cached_out);

/**
 * Count the octets of a range of the view whose pages this process has: its
 * next touch of them is no fault. The page cache may have many more.
 *
 * Counted by whole pages and cut to the range.
 *
 * Units:     octets from the start of the view; `size` 0 means to its end.
 * Errors:    MM_INVALID (not a view), MM_OUT_OF_RANGE (leaves the view),
 *            MM_UNSUPPORTED (a system that hides it), MM_NO_MEMORY, MM_OS; the
 *            count is then 0.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-28; proc(5) pagemap, QueryWorkingSetEx.
 */
MM_API enum mm_status mm_view_in_working_set(const struct mm_view *view,
                                             size_t offset, size_t size,
                                             uint64_t *present_out);

/**
 * Copy octets out of the view; where the file does not supply them, the status
 * says so and the process lives.
 *
 * Costs a guard (guard.h) and the copy, and no system call.
 *
 * Units:     octets from the start of the view; a `size` of 0 copies nothing.
 * Errors:    MM_IO (the file has been cut, or the device fails; what of the
 *            buffer has been filled is not known), MM_INVALID (not a view),
 *            MM_OUT_OF_RANGE (leaves the view), those of mm_guard_install().
 * Ownership: the caller's buffer.
 * Threads:   safe from any thread.
 * Source:    R-65.
 */
MM_API enum mm_status mm_view_read(const struct mm_view *view, size_t offset,
                                   void *buffer, size_t size);

/**
 * Copy octets into the view, as mm_view_read() does out of it.
 *
 * A file that can be written has its space reserved by this library; one with
 * holes that others made can lack the space now.
 *
 * Units:     octets from the start of the view; a `size` of 0 copies nothing.
 * Errors:    as mm_view_read(), where MM_IO stands for a full disk too; and
 *            MM_DENIED (a view for reading).
 * Ownership: the caller's buffer.
 * Threads:   safe; of copies that overlap any octet may be either's.
 * Source:    R-65.
 */
MM_API enum mm_status mm_view_write(const struct mm_view *view, size_t offset,
                                    const void *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_VIEW_H */
