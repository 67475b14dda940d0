/* SPDX-License-Identifier: MIT */
/* Mappings of files and of the paging store; views of them are in view.h. */
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

/** Bits of struct mm_mapping_options and of what opens a mapping. */
enum mm_mapping_flag {
    /** The paging store is taken only as mm_view_commit() asks for it, so a
     * mapping can be made as large as it may ever get, and grow in place
     * . Without effect on a file, whose octets are all there. */
    MM_MAPPING_RESERVE = 1 << 0,
    /** Child processes that are started with MM_PROCESS_INHERIT get the handle
     * as well, and mm_mapping_adopt() it by the number that
     * mm_mapping_handle() tells. Without it they do not. */
    MM_MAPPING_INHERIT = 1 << 1,
};

/** How to create a mapping; zero every member that is not used. */
struct mm_mapping_options {
    /** Octets; 0 means the size of the file. A paging-store mapping needs a
     * size and is rounded up to whole pages. Larger than the file grows it,
     * if writable; smaller maps a prefix and leaves the file alone. */
    uint64_t size;
    enum mm_protection protection;
    /** Of enum mm_mapping_flag. */
    unsigned flags;
    /** UTF-8 name in the one name space that all kinds of objects share, or
     * NULL. 1 to 260 octets, case-sensitive, no backslash except in a leading
     * `Local\` (the default, may be left out) or `Global\`. */
    const char *name;
};

/**
 * Create a mapping of a file, or of the paging store when `file` is NULL.
 *
 * Takes no address space. The space of a paging-store mapping and of
 * grown octets is reserved now, so a shortage fails here, and starts as zero
 * . An existing `name` opens the existing object: the result is
 * MM_ALREADY_EXISTS, and size, file and MM_MAPPING_RESERVE of this call are
 * ignored. It grants what `protection` asks, but MM_READ_WRITE only if
 * its first creator did.
 *
 * Units:     octets.
 * Errors:    MM_INVALID (paging store without size, unknown flag or
 *            protection), MM_FILE_INVALID (empty file and size 0), MM_DENIED
 *            (`file` was opened for less than `protection` needs; the
 *            existing mapping grants less; the name space is not safe),
 *            MM_NO_MEMORY (read-only and larger than the file, or too large
 *            for the machine; Linux does not ask for the limit of a control
 *            group), MM_OUT_OF_RANGE (too large for the file system),
 *            MM_NO_SPACE, MM_WRONG_TYPE (another kind of object has the
 *            name), MM_BAD_NAME, MM_NOT_FOUND (Linux: the data file of the
 *            existing mapping has lost its name, and the creator of the
 *            mapping has closed it), MM_TOO_MANY, MM_IO, MM_OS.
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
 * Open an existing mapping by its name, without making one when it is absent.
 *
 * The size is the first creator's: mm_mapping_size(), or a view of all of it,
 * tell it to who does not know.
 *
 * Units:     `name` as in struct mm_mapping_options; `flags` of enum
 *            mm_mapping_flag.
 * Errors:    MM_NOT_FOUND (nobody has a handle of that name; see also
 *            mm_mapping_create()), MM_WRONG_TYPE, MM_BAD_NAME, MM_DENIED (the
 *            mapping grants less than `protection`), MM_INVALID (unknown
 *            protection or flag, or MM_MAPPING_RESERVE), MM_TOO_MANY,
 *            MM_NO_MEMORY, MM_OS. On failure `*mapping_out` is NULL.
 * Ownership: the caller owns `*mapping_out` and gives it to
 *            mm_mapping_close().
 * Threads:   safe from any thread.
 * Source:   ; OpenFileMappingW.
 */
MM_API enum mm_status mm_mapping_open(const char *name,
                                      enum mm_protection protection,
                                      unsigned flags,
                                      struct mm_mapping **mapping_out);

/**
 * Make a second handle of the mapping, with the same or fewer rights.
 *
 * This is how inheritance is turned on and off: the copy has what `flags` say,
 * whatever the original has. It keeps the name, if there is one, as the
 * original does; hints of the file are not copied.
 *
 * Units:     `flags` of enum mm_mapping_flag.
 * Errors:    MM_DENIED (MM_READ_WRITE of a mapping that is not), MM_INVALID
 *            (NULL, unknown protection or flag, or MM_MAPPING_RESERVE),
 *            MM_TOO_MANY, MM_NO_MEMORY, MM_OS. On failure `*mapping_out` is
 *            NULL.
 * Ownership: the caller owns `*mapping_out` and gives it to
 *            mm_mapping_close(); the two are closed in any order.
 * Threads:   safe from any thread.
 * Source:    R-25, M34; DuplicateHandle.
 */
MM_API enum mm_status mm_mapping_duplicate(const struct mm_mapping *mapping,
                                           enum mm_protection protection,
                                           unsigned flags,
                                           struct mm_mapping **mapping_out);

/**
 * Tell the number by which a child process adopts this handle: pass it on in
 * the child's arguments, or in any other way.
 *
 * Units:     a number for mm_mapping_adopt(); 0 for a handle that is not
 *            inheritable.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-25.
 */
MM_API uint64_t mm_mapping_handle(const struct mm_mapping *mapping);

/**
 * Take a handle that this process has inherited, by the number that its parent
 * was told: a mapping without a name is shared in this way.
 *
 * A child that never adopts what it inherited keeps it until it ends, the name
 * included.
 *
 * Units:     `handle` of mm_mapping_handle() in the parent; `flags` of enum
 *            mm_mapping_flag.
 * Errors:    MM_INVALID (nothing of that number was inherited; unknown
 *            protection or flag, or MM_MAPPING_RESERVE), MM_WRONG_TYPE (the
 *            number is that of something else), MM_DENIED (the handle grants
 *            less than `protection`), MM_NO_MEMORY, MM_OS. On failure
 *            `*mapping_out` is NULL.
 * Ownership: takes the handle, which therefore can be adopted only once; the
 *            caller owns `*mapping_out` and gives it to mm_mapping_close().
 * Threads:   safe from any thread.
 * Source:    R-25, M33.
 */
MM_API enum mm_status mm_mapping_adopt(uint64_t handle,
                                       enum mm_protection protection,
                                       unsigned flags,
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
