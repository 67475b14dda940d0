/* SPDX-License-Identifier: MIT */
/* Semaphores: a count, of which each wait takes one. */
#ifndef MAPMARK_SEMAPHORE_H
#define MAPMARK_SEMAPHORE_H

#include <stdint.h>

#include <mapmark/status.h>
#include <mapmark/wait.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_semaphore;

/** How to create a semaphore; zero every member that is not used. */
struct mm_semaphore_options {
    uint32_t initial; /* at most `maximum` */
    /** The count never exceeds it: 1 to 2147483647. */
    uint32_t maximum;
    /** Of enum mm_waitable_flag. */
    unsigned flags;
    /** As in struct mm_mapping_options; NULL makes one without a name. */
    const char *name;
};

/**
 * Create a semaphore, or open the one that has the name.
 *
 * An existing `name` opens the existing object: the result is
 * MM_ALREADY_EXISTS, and `initial` and `maximum` of this call are ignored,
 * though they must be valid. Processes share it by its name or by
 * inheritance; on Linux only processes of one user who use the same name space.
 *
 * Units:     none.
 * Errors:    MM_INVALID (no options, a count out of its range, unknown flag, or
 *            MM_WAITABLE_WAIT_ONLY), MM_WRONG_TYPE (another kind of object has
 *            the name), MM_BAD_NAME, MM_DENIED (the name space is not safe),
 *            MM_NOT_FOUND (no place for it), MM_BAD_DATA (Linux: the shared
 *            state of the existing object makes no sense), MM_TOO_MANY,
 *            MM_NO_MEMORY, MM_OS.
 *            On failure `*semaphore_out` is NULL.
 * Ownership: the caller owns `*semaphore_out` and gives it to
 *            mm_semaphore_close().
 * Threads:   safe from any thread.
 * Source:   ; CreateSemaphoreW.
 */
MM_API enum mm_status
mm_semaphore_create(const struct mm_semaphore_options *options,
                    struct mm_semaphore **semaphore_out);

/**
 * Open an existing semaphore by its name, without making one when it is absent.
 *
 * Units:     `name` as in struct mm_mapping_options; `flags` of enum
 *            mm_waitable_flag.
 * Errors:    MM_NOT_FOUND (nobody has a handle of that name), MM_INVALID (no
 *            name, unknown flag), and as mm_semaphore_create(). On failure
 *            `*semaphore_out` is NULL.
 * Ownership: the caller owns `*semaphore_out` and gives it to
 *            mm_semaphore_close().
 * Threads:   safe from any thread.
 * Source:    R-40; OpenSemaphoreW.
 */
MM_API enum mm_status mm_semaphore_open(const char *name, unsigned flags,
                                        struct mm_semaphore **semaphore_out);

/**
 * Make a second handle of the semaphore, with the same or fewer rights. The
 * copy has what `flags` say, whatever the original has, and keeps the name as
 * the original does.
 *
 * Units:     `flags` of enum mm_waitable_flag.
 * Errors:    MM_DENIED (no MM_WAITABLE_WAIT_ONLY, and the original has it),
 *            MM_INVALID (NULL, unknown flag), MM_TOO_MANY, MM_NO_MEMORY,
 *            MM_OS. On failure `*semaphore_out` is NULL.
 * Ownership: the caller owns `*semaphore_out` and gives it to
 *            mm_semaphore_close(); the two are closed in any order.
 * Threads:   safe from any thread.
 * Source:   ; DuplicateHandle.
 */
MM_API enum mm_status
mm_semaphore_duplicate(const struct mm_semaphore *semaphore, unsigned flags,
                       struct mm_semaphore **semaphore_out);

/**
 * Tell the number by which a child process adopts this handle.
 *
 * Units:     a number for mm_semaphore_adopt(); 0 for a handle that is not
 *            inheritable.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-25.
 */
MM_API uint64_t mm_semaphore_handle(const struct mm_semaphore *semaphore);

/**
 * Take a handle that this process has inherited, by the number that its parent
 * was told.
 *
 * Units:     `handle` of mm_semaphore_handle() in the parent; `flags` of enum
 *            mm_waitable_flag.
 * Errors:    MM_INVALID (nothing of that number was inherited; unknown flag),
 *            MM_WRONG_TYPE (the number is that of something else), MM_DENIED
 *            (the handle grants less than `flags` ask), MM_BAD_DATA,
 *            MM_NO_MEMORY, MM_OS. On failure `*semaphore_out` is NULL.
 * Ownership: takes the handle, which therefore can be adopted only once; the
 *            caller owns `*semaphore_out` and gives it to mm_semaphore_close().
 * Threads:   safe from any thread.
 * Source:   .
 */
MM_API enum mm_status mm_semaphore_adopt(uint64_t handle, unsigned flags,
                                         struct mm_semaphore **semaphore_out);

/**
 * Add to the count, and let as many waiters go.
 *
 * It makes no system call where nobody waits.
 *
 * Units:     `count` 1 to 2147483647.
 * Errors:    MM_TOO_MANY (the maximum would be exceeded: nothing is added),
 *            MM_INVALID (`count` is out of its range), MM_DENIED (the handle
 *            is for waiting only), MM_OS. `*previous_out` is what the count
 *            was before; 0 on failure.
 * Ownership: none; `previous_out` may be NULL.
 * Threads:   safe from any thread; not from a handler of signals.
 * Source:    R-40; ReleaseSemaphore.
 */
MM_API enum mm_status mm_semaphore_release(struct mm_semaphore *semaphore,
                                           uint32_t count,
                                           uint32_t *previous_out);

/**
 * Tell the side of the handle that wait.h takes.
 *
 * Units:     none.
 * Errors:    none; NULL for NULL.
 * Ownership: part of `semaphore`, valid until that is closed.
 * Threads:   safe from any thread.
 */
MM_API struct mm_waitable *
mm_semaphore_waitable(struct mm_semaphore *semaphore);

/**
 * Close the handle; NULL is allowed. The object goes with its last handle.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `semaphore`.
 * Threads:   no other thread may be using this handle, or waiting by it.
 */
MM_API void mm_semaphore_close(struct mm_semaphore *semaphore);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_SEMAPHORE_H */
