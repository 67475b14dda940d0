/* SPDX-License-Identifier: MIT */
/* Timers that can be waited for: at a time, and at times after it. */
#ifndef MAPMARK_TIMER_H
#define MAPMARK_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include <mapmark/status.h>
#include <mapmark/wait.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_timer;

/** How to create a timer; zero every member that is not used. */
struct mm_timer_options {
    /** It stays signalled until it is set again, and lets everybody go who
     * waits; otherwise it lets one waiter go for each time. */
    bool manual;
    /** Of enum mm_waitable_flag. */
    unsigned flags;
    /** As in struct mm_mapping_options; NULL makes one without a name. */
    const char *name;
};

/**
 * Create a timer, or open the one that has the name.
 *
 * An existing `name` opens the existing object: the result is
 * MM_ALREADY_EXISTS, and `manual` of this call is ignored.
 * Processes share it by its name or by inheritance; on Linux only processes of
 * one user who use the same name space.
 *
 * Units:     none.
 * Errors:    MM_INVALID (no options, unknown flag, or MM_WAITABLE_WAIT_ONLY),
 *            MM_WRONG_TYPE (another kind of object has the name), MM_BAD_NAME,
 *            MM_DENIED (the name space is not safe), MM_NOT_FOUND (no place
 *            for it), MM_BAD_DATA (Linux: the shared state of the existing
 *            object makes no sense), MM_TOO_MANY, MM_NO_MEMORY, MM_OS.
 *            On failure `*timer_out` is NULL.
 * Ownership: the caller owns `*timer_out` and gives it to mm_timer_close().
 * Threads:   safe from any thread.
 * Source:   ; CreateWaitableTimerW.
 */
MM_API enum mm_status mm_timer_create(const struct mm_timer_options *options,
                                      struct mm_timer **timer_out);

/**
 * Open an existing timer by its name, without making one when it is absent.
 *
 * Units:     `name` as in struct mm_mapping_options; `flags` of enum
 *            mm_waitable_flag.
 * Errors:    MM_NOT_FOUND (nobody has a handle of that name), MM_INVALID (no
 *            name, unknown flag), and as mm_timer_create(). On failure
 *            `*timer_out` is NULL.
 * Ownership: the caller owns `*timer_out` and gives it to mm_timer_close().
 * Threads:   safe from any thread.
 * Source:    R-40; OpenWaitableTimerW.
 */
MM_API enum mm_status mm_timer_open(const char *name, unsigned flags,
                                    struct mm_timer **timer_out);

/**
 * Make a second handle of the timer, with the same or fewer rights. The copy
 * has what `flags` say, whatever the original has, and keeps the name as the
 * original does.
 *
 * Units:     `flags` of enum mm_waitable_flag.
 * Errors:    MM_DENIED (no MM_WAITABLE_WAIT_ONLY, and the original has it),
 *            MM_INVALID (NULL, unknown flag), MM_TOO_MANY, MM_NO_MEMORY,
 *            MM_OS. On failure `*timer_out` is NULL.
 * Ownership: the caller owns `*timer_out` and gives it to mm_timer_close();
 *            the two are closed in any order.
 * Threads:   safe from any thread.
 * Source:   ; DuplicateHandle.
 */
MM_API enum mm_status mm_timer_duplicate(const struct mm_timer *timer,
                                         unsigned flags,
                                         struct mm_timer **timer_out);

/**
 * Tell the number by which a child process adopts this handle.
 *
 * Units:     a number for mm_timer_adopt(); 0 for a handle that is not
 *            inheritable.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-25.
 */
MM_API uint64_t mm_timer_handle(const struct mm_timer *timer);

/**
 * Take a handle that this process has inherited, by the number that its parent
 * was told.
 *
 * Units:     `handle` of mm_timer_handle() in the parent; `flags` of enum
 *            mm_waitable_flag.
 * Errors:    MM_INVALID (nothing of that number was inherited; unknown flag),
 *            MM_WRONG_TYPE (the number is that of something else), MM_DENIED
 *            (the handle grants less than `flags` ask), MM_BAD_DATA,
 *            MM_NO_MEMORY, MM_OS. On failure `*timer_out` is NULL.
 * Ownership: takes the handle, which therefore can be adopted only once; the
 *            caller owns `*timer_out` and gives it to mm_timer_close().
 * Threads:   safe from any thread.
 * Source:   .
 */
MM_API enum mm_status mm_timer_adopt(uint64_t handle, unsigned flags,
                                     struct mm_timer **timer_out);

/**
 * Set the timer: it is not signalled until `due_ns` have passed, and then
 * is. With a period it is signalled again and again after that.
 *
 * Times that pass while nobody has taken the signal are one signal (S20); the
 * next one keeps to the period. The clock is that of mm_clock_ns(), which does
 * not follow changes of the date. Nobody is interrupted: the time is looked at
 * by those who wait.
 *
 * Units:     nanoseconds; `due_ns` from now, 0 is at once; `period_ns` 0 is
 *            once only. Windows rounds `due_ns` up to 100 ns and the period up
 *            to 1 ms.
 * Errors:    MM_INVALID (`due_ns` is more than INT64_MAX / 2, `period_ns` more
 *            than 2147483647 ms), MM_DENIED (the handle is for waiting
 *            only), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread; not from a handler of signals.
 * Source:    R-40; SetWaitableTimer.
 */
MM_API enum mm_status mm_timer_set(struct mm_timer *timer, uint64_t due_ns,
                                   uint64_t period_ns);

/**
 * Stop the timer. If it is signalled it stays so, until a wait takes that or
 * it is set again.
 *
 * Units:     none.
 * Errors:    MM_DENIED (the handle is for waiting only), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread; not from a handler of signals.
 * Source:    R-40; CancelWaitableTimer.
 */
MM_API enum mm_status mm_timer_cancel(struct mm_timer *timer);

/**
 * Tell the side of the handle that wait.h takes.
 *
 * Units:     none.
 * Errors:    none; NULL for NULL.
 * Ownership: part of `timer`, valid until that is closed.
 * Threads:   safe from any thread.
 */
MM_API struct mm_waitable *mm_timer_waitable(struct mm_timer *timer);

/**
 * Close the handle; NULL is allowed. The object goes with its last handle.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `timer`.
 * Threads:   no other thread may be using this handle, or waiting by it.
 */
MM_API void mm_timer_close(struct mm_timer *timer);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_TIMER_H */
