/* SPDX-License-Identifier: MIT */
/* Memory by whole pages, and probes of memory that may not be there. */
#ifndef MAPMARK_MEMORY_H
#define MAPMARK_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What committed pages allow. Touching others is a fault. */
enum mm_memory_protection {
    MM_MEMORY_NO_ACCESS,
    MM_MEMORY_READ_ONLY,
    MM_MEMORY_READ_WRITE,
};

/**
 * A reserved range of addresses, owned by the caller, so that the library
 * keeps no list of them.
 *
 * Read `address` and `size`; write nothing. It may be moved, but a copy is the
 * same range: release one of the two. All zero is "no range".
 */
struct mm_memory {
    void *address;
    size_t size;
};

/**
 * Reserve addresses: no other allocation gets them, and they cost no memory.
 *
 * Units:     `size` octets, rounded up to whole pages. `wanted` is NULL or an
 *            address that is a multiple of mm_granularity() and is taken or
 *            refused.
 * Errors:    MM_INVALID (`size` 0), MM_MISALIGNED (`wanted`), MM_BUSY
 *            (`wanted` is occupied), MM_NO_MEMORY, MM_OS. On failure
 *            `*memory_out` is all zero.
 * Ownership: the caller owns `*memory_out` and gives it to
 *            mm_memory_release().
 * Threads:   safe from any thread.
 * Source:   ; VirtualAlloc MEM_RESERVE, mmap(2).
 */
MM_API enum mm_status mm_memory_reserve(size_t size, void *wanted,
                                        struct mm_memory *memory_out);

/**
 * Reserve addresses and commit all of them in one step.
 *
 * Units:     as mm_memory_reserve().
 * Errors:    as mm_memory_reserve(), and MM_INVALID for an unknown protection.
 * Ownership: as mm_memory_reserve().
 * Threads:   safe from any thread.
 * Source:   ; VirtualAlloc MEM_RESERVE | MEM_COMMIT, mmap(2).
 */
MM_API enum mm_status mm_memory_allocate(size_t size,
                                         enum mm_memory_protection protection,
                                         void *wanted,
                                         struct mm_memory *memory_out);

/**
 * Commit a part: its pages may be touched from now on, and are zero at first.
 *
 * Pages that are already committed keep their content and get `protection`.
 * A shortage fails here where the system keeps account, as Windows does; Linux
 * refuses what the machine could never hold, and may still end a process that
 * touches more than there is.
 *
 * Units:     octets from the start of `memory`, whole pages; `size` 0 means to
 *            its end.
 * Errors:    MM_INVALID (no range, unknown protection), MM_MISALIGNED,
 *            MM_OUT_OF_RANGE (leaves `memory`), MM_NO_MEMORY, MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread, for parts that do not overlap.
 * Source:    R-60; VirtualAlloc MEM_COMMIT, mprotect(2).
 */
MM_API enum mm_status mm_memory_commit(const struct mm_memory *memory,
                                       size_t offset, size_t size,
                                       enum mm_memory_protection protection);

/**
 * Give the pages of a part back and keep its addresses reserved.
 *
 * Units:     as mm_memory_commit().
 * Errors:    as mm_memory_commit(). Parts that are not committed are no error.
 * Ownership: none.
 * Threads:   no other thread may be using the part.
 * Source:    R-60; VirtualFree MEM_DECOMMIT, mmap(2).
 */
MM_API enum mm_status mm_memory_decommit(const struct mm_memory *memory,
                                         size_t offset, size_t size);

/**
 * Give everything back, addresses too, and make `memory` all zero.
 *
 * Units:     none.
 * Errors:    MM_INVALID (no range, or one already released through a copy,
 *            where the system can tell), MM_OS.
 * Ownership: takes what `memory` holds; the struct stays the caller's.
 * Threads:   no other thread may be using the range.
 * Source:    R-60; VirtualFree MEM_RELEASE, munmap(2).
 */
MM_API enum mm_status mm_memory_release(struct mm_memory *memory);

/**
 * Change what committed pages allow; their content stays.
 *
 * Windows refuses a part with pages that are not committed. Linux does not
 * tell them from pages without access, and commits them.
 *
 * Units:     as mm_memory_commit().
 * Errors:    as mm_memory_commit(), and MM_INVALID on Windows for pages that
 *            are not committed.
 * Ownership: none.
 * Threads:   safe from any thread, for parts that do not overlap.
 * Source:    R-62; VirtualProtect, mprotect(2).
 */
MM_API enum mm_status mm_memory_protect(const struct mm_memory *memory,
                                        size_t offset, size_t size,
                                        enum mm_memory_protection protection);

/**
 * Bring committed pages into memory and keep them there.
 *
 * Uses go on: the pages are pinned, not suspended. Locks do not add up, one
 * mm_memory_unlock() undoes them all. After a failure nothing of the part is
 * locked.
 *
 * Units:     as mm_memory_commit().
 * Errors:    MM_NO_MEMORY (more than this process may lock, or pages without
 *            access among them; the latter are MM_DENIED under Wine),
 *            MM_DENIED (it may lock none), and as mm_memory_commit().
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-63; VirtualLock, mlock(2).
 */
MM_API enum mm_status mm_memory_lock(const struct mm_memory *memory,
                                     size_t offset, size_t size);

/**
 * Let locked pages leave memory again; pages that are not locked are no error.
 *
 * Units:     as mm_memory_commit().
 * Errors:    as mm_memory_commit().
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-63; VirtualUnlock, munlock(2).
 */
MM_API enum mm_status mm_memory_unlock(const struct mm_memory *memory,
                                       size_t offset, size_t size);

/**
 * Find out whether a range of any addresses could be read just now.
 *
 * Reads an octet of each page without dying. The answer is old when it comes:
 * another thread may have changed it, so what must not fault needs a guard:
 * mm_view_read(), mm_guard_run().
 *
 * Units:     octets; `size` 0 asks about nothing and is MM_OK.
 * Errors:    MM_IO (reading would fault), MM_UNSUPPORTED (a sandbox forbids
 *            the question), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-65; process_vm_readv(2), ReadProcessMemory.
 */
MM_API enum mm_status mm_memory_readable(const void *address, size_t size);

/**
 * Find out whether a range of any addresses could be written just now.
 *
 * No octet changes. On Linux a page becomes what a write makes of it, that is
 * present and, in a view, dirty or a private copy; Windows is asked for the
 * protection alone.
 *
 * Units:     octets; `size` 0 asks about nothing and is MM_OK.
 * Errors:    as mm_memory_readable().
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-65; futex(2) FUTEX_WAKE_OP, VirtualQuery.
 */
MM_API enum mm_status mm_memory_writable(void *address, size_t size);

/**
 * Measure a text that may not be there, or not end.
 *
 * Units:     octets; `max` of them are looked at, at most.
 * Errors:    MM_IO (a fault comes before the final zero), MM_BUFFER_TOO_SMALL
 *            (no zero among `max` octets), MM_UNSUPPORTED, MM_OS. The length
 *            is 0 on failure.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-65; process_vm_readv(2), ReadProcessMemory.
 */
MM_API enum mm_status mm_memory_string(const char *text, size_t max,
                                       size_t *length_out);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_MEMORY_H */
