/* SPDX-License-Identifier: MIT */
/* Mutexes: what at most one thread, of all processes, has at a time. */
#ifndef MAPMARK_MUTEX_H
#define MAPMARK_MUTEX_H

#include <stdbool.h>
#include <stdint.h>

#include <mapmark/status.h>
#include <mapmark/wait.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_mutex;

/** How to create a mutex; zero every member that is not used. */
struct mm_mutex_options {
    bool owned; /* by the calling thread, from the beginning */
    /** Of enum mm_waitable_flag; MM_WAITABLE_WAIT_ONLY is not for mutexes. */
    unsigned flags;
    /** As in struct mm_mapping_options; NULL makes one without a name. */
    const char *name;
};

/**
 * Create a mutex, or open the one that has the name.
 *
 * An existing `name` opens the existing object: the result is
 * MM_ALREADY_EXISTS, and `owned` of this call is ignored.
 * Processes share it by its name or by inheritance; on Linux only processes of
 * one user who use the same name space.
 *
 * Units:     none.
 * Errors:    MM_INVALID (no options, unknown flag, or MM_WAITABLE_WAIT_ONLY),
 *            MM_WRONG_TYPE (another kind of object has the name), MM_BAD_NAME,
 *            MM_DENIED (the name space is not safe), MM_NOT_FOUND (no place
 *            for it), MM_BAD_DATA (Linux: the shared state of the existing
 *            object makes no sense), MM_TOO_MANY, MM_NO_MEMORY, MM_OS.
 *            On failure `*mutex_out` is NULL.
 * Ownership: the caller owns `*mutex_out` and gives it to mm_mutex_close().
 * Threads:   safe from any thread.
 * Source:   ; CreateMutexW.
 */
MM_API enum mm_status mm_mutex_create(const struct mm_mutex_options *options,
                                      struct mm_mutex **mutex_out);

/**
 * Open an existing mutex by its name, without making one when it is absent.
 *
 * Units:     `name` as in struct mm_mapping_options; `flags` of enum
 *            mm_waitable_flag.
 * Errors:    MM_NOT_FOUND (nobody has a handle of that name), MM_INVALID (no
 *            name, unknown flag, or MM_WAITABLE_WAIT_ONLY), and as
 * mm_mutex_create(). On failure
 *            `*mutex_out` is NULL.
 * Ownership: the caller owns `*mutex_out` and gives it to mm_mutex_close().
 * Threads:   safe from any thread.
 * Source:    R-40; OpenMutexW.
 */
MM_API enum mm_status mm_mutex_open(const char *name, unsigned flags,
                                    struct mm_mutex **mutex_out);

/**
 * Make a second handle of the mutex. The copy has what `flags` say, whatever
 * the original has, and keeps the name as the original does.
 *
 * Units:     `flags` of enum mm_waitable_flag.
 * Errors:    MM_INVALID (NULL, unknown flag, or MM_WAITABLE_WAIT_ONLY),
 *            MM_TOO_MANY, MM_NO_MEMORY, MM_OS. On failure `*mutex_out` is NULL.
 * Ownership: the caller owns `*mutex_out` and gives it to mm_mutex_close();
 *            the two are closed in any order.
 * Threads:   safe from any thread.
 * Source:   ; DuplicateHandle.
 */
MM_API enum mm_status mm_mutex_duplicate(const struct mm_mutex *mutex,
                                         unsigned flags,
                                         struct mm_mutex **mutex_out);

/**
 * Tell the number by which a child process adopts this handle.
 *
 * Units:     a number for mm_mutex_adopt(); 0 for a handle that is not
 *            inheritable.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-25.
 */
MM_API uint64_t mm_mutex_handle(const struct mm_mutex *mutex);

/**
 * Take a handle that this process has inherited, by the number that its parent
 * was told.
 *
 * Units:     `handle` of mm_mutex_handle() in the parent; `flags` of enum
 *            mm_waitable_flag.
 * Errors:    MM_INVALID (nothing of that number was inherited; unknown flag, or
 *            MM_WAITABLE_WAIT_ONLY), MM_WRONG_TYPE (the number is that of
 *            something else), MM_BAD_DATA, MM_NO_MEMORY, MM_OS.
 *            On failure `*mutex_out` is NULL.
 * Ownership: takes the handle, which therefore can be adopted only once; the
 *            caller owns `*mutex_out` and gives it to mm_mutex_close().
 * Threads:   safe from any thread.
 * Source:   .
 */
MM_API enum mm_status mm_mutex_adopt(uint64_t handle, unsigned flags,
                                     struct mm_mutex **mutex_out);

/**
 * Release the mutex once. It is acquired by waiting, any number of times by
 * its owner, and released as often.
 *
 * A mutex whose owner's thread or process ends is given to the next who waits,
 * as MM_ABANDONED. It makes no system call where nobody waits.
 *
 * Units:     none.
 * Errors:    MM_NOT_OWNER (the calling thread does not own it), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread; not from a handler of signals.
 * Source:    R-40; ReleaseMutex, pthread_mutex_unlock(3).
 */
MM_API enum mm_status mm_mutex_release(struct mm_mutex *mutex);

/**
 * Tell the side of the handle that wait.h takes.
 *
 * Units:     none.
 * Errors:    none; NULL for NULL.
 * Ownership: part of `mutex`, valid until that is closed.
 * Threads:   safe from any thread.
 */
MM_API struct mm_waitable *mm_mutex_waitable(struct mm_mutex *mutex);

/**
 * Close the handle; NULL is allowed. The object goes with its last handle. Who
 * owns it then owns it still, and who has it by another handle waits on.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `mutex`.
 * Threads:   no other thread may be using this handle, or waiting by it.
 */
MM_API void mm_mutex_close(struct mm_mutex *mutex);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_MUTEX_H */
