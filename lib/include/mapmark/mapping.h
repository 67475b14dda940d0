/* SPDX-License-Identifier: MIT */
/* Mappings of files and of the paging store, and views of them. */
#ifndef MAPMARK_MAPPING_H
#define MAPMARK_MAPPING_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/file.h>
#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_mapping;

/** What a mapping grants to its views. */
enum mm_protection {
    MM_READ_ONLY,
    MM_READ_WRITE,
    /** Writes go to private copies of the pages, never to the object. */
    MM_WRITE_COPY,
};

/** How to create a mapping; zero every member that is not used. */
struct mm_mapping_options {
    /** Octets; 0 means the size of the file. A paging-store mapping needs a
     * size and is rounded up to whole pages. Larger than the file grows it,
     * if writable; smaller maps a prefix and leaves the file alone. */
    uint64_t size;
    enum mm_protection protection;
    /** Zero; bits are added with inheritance and reserve. */
    unsigned flags;
    /** UTF-8 name in the one name space that all kinds of objects share, or
     * NULL. 1 to 260 octets, case-sensitive, no backslash except in a leading
     * `Local\` (the default, may be left out) or `Global\`. */
    const char *name;
};

/** What a view asks for; no more than its mapping grants. */
enum mm_access {
    MM_VIEW_READ,
    /** Read and write; needs MM_READ_WRITE. */
    MM_VIEW_WRITE,
    /** Read and write privately; needs MM_READ_WRITE or MM_WRITE_COPY. */
    MM_VIEW_COPY,
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
    uint64_t opaque[2];
};

/**
 * Create a mapping of a file, or of the paging store when `file` is NULL.
 *
 * Takes no address space. The space of a paging-store mapping and of
 * grown octets is reserved now, so a shortage fails here, and starts as zero
 * . An existing `name` opens the existing object: the result is
 * MM_ALREADY_EXISTS, and size and file of this call are ignored.
 *
 * Units:     octets.
 * Errors:    MM_INVALID (paging store without size, unknown flag or
 *            protection), MM_FILE_INVALID (empty file and size 0), MM_DENIED
 *            (`file` was opened for less than `protection` needs),
 *            MM_NO_MEMORY (read-only and larger than the file, or too large
 *            for the machine), MM_NO_SPACE, MM_WRONG_TYPE (another kind of
 *            object has the name), MM_BAD_NAME, MM_TOO_MANY, MM_OS.
 *            On failure `*mapping_out` is NULL.
 * Ownership: the caller owns `*mapping_out` and gives it to
 *            mm_mapping_close(); `file` may be closed at once.
 * Threads:   safe from any thread.
 * Source:   ; CreateFileMappingW.
 */
MM_API enum mm_status
mm_mapping_create(struct mm_file *file,
                  const struct mm_mapping_options *options,
                  struct mm_mapping **mapping_out);

/**
 * Close the handle; NULL is allowed. Views of it stay valid; its name
 * goes with the last handle, whatever is still mapped.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `mapping`.
 * Threads:   no other thread may be using `mapping`; its views may be used.
 */
MM_API void mm_mapping_close(struct mm_mapping *mapping);

/**
 * Tell the size of the mapping: of the first creator, if it has a name.
 *
 * Units:     octets.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API uint64_t mm_mapping_size(const struct mm_mapping *mapping);

/**
 * Map a range of the mapping into this process.
 *
 * Memory is taken page by page at first touch. The tail of the last
 * page beyond the end of a file reads as zero, and writes there are lost.
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
 * Write the dirty pages of a range of the view to its file.
 *
 * Nothing happens to a view of the paging store, or a private one. Works
 * after the mapping and the file are closed.
 *
 * Units:     octets from the start of the view; `size` 0 means to its end.
 * Errors:    MM_INVALID (not a view), MM_OUT_OF_RANGE (leaves the view),
 *            MM_IO, MM_NO_SPACE, MM_OS.
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
 * On Linux the pages are also entered into the page table, so touching them
 * does not fault; on Windows they are only read into memory and the first
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
 * Tell of what the offset and wanted address of a view must be multiples.
 *
 * 65536 on both systems by contract: Linux could take less, but a program
 * that relied on it would not run on Windows.
 *
 * Units:     octets.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API size_t mm_granularity(void);

/**
 * Tell the size of a page, the unit of protection and residency.
 *
 * Units:     octets.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API size_t mm_page_size(void);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_MAPPING_H */
