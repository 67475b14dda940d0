/* SPDX-License-Identifier: MIT */
/* Waiting for events, mutexes, semaphores and timers, one or several. */
#ifndef MAPMARK_WAIT_H
#define MAPMARK_WAIT_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The side of a handle that can be waited for, whatever kind of object it is
 * of: mm_event_waitable() and its like tell it. It is no handle of its own and
 * ends with the one it is of.
 */
struct mm_waitable;

/** Bits of what creates, opens, duplicates and adopts a handle of the four
 * kinds of objects that can be waited for. */
enum mm_waitable_flag {
    /** Child processes that are started with MM_PROCESS_INHERIT get the handle
     * as well, and adopt it by the number that mm_event_handle() and its like
     * tell. Without it they do not. */
    MM_WAITABLE_INHERIT = 1 << 0,
    /** The handle is for waiting only: whatever changes the object by it is
     * MM_DENIED. Not for mutexes, which their owners must be able to release,
     * nor for the handle that creates an object. */
    MM_WAITABLE_WAIT_ONLY = 1 << 1,
};

enum {
    /** Objects that one call can wait for. */
    MM_WAIT_MAX = 64,
};

/** What a thread does while nothing is signalled. */
enum mm_wait_way {
    /** Spin as long as that has paid lately, then park. */
    MM_WAIT_ADAPTIVE,
    /** Let the CPU go at once. */
    MM_WAIT_PARK,
    /** Look at the objects again and again for a while, then park. On Windows
     * each look is a system call: it shortens the way back, and no more. */
    MM_WAIT_SPIN,
};

/** How to wait. No way spins where only one CPU is in use, the one that the
 * thread may use: whoever is to signal could not run meanwhile. */
struct mm_wait_policy {
    enum mm_wait_way way;
    /** Of MM_WAIT_SPIN: how long before it parks, in nanoseconds; MM_INFINITE
     * never parks. The others do not use it. */
    uint64_t spin_ns;
};

/**
 * Wait until the object is signalled, and take what it gives: an auto-reset
 * event or timer is then no longer signalled, a semaphore counts one less, a
 * mutex is the calling thread's, once more if it was before.
 *
 * What the signaller has written before is seen afterwards. Waiters are not
 * served in the order of their coming. A handler of signals that runs
 * meanwhile does not end the wait.
 *
 * Units:     `timeout_ns` nanoseconds from now; 0 asks without waiting,
 *            MM_INFINITE never gives up; a time-out is never early.
 *            `policy` NULL is MM_WAIT_ADAPTIVE.
 * Errors:    MM_TIMED_OUT (nothing was taken). MM_ABANDONED, a success: the
 *            mutex is the caller's, and its previous owner, a thread or a
 *            process, ended without releasing it, so look after what it
 *            protects. MM_INVALID (NULL, unknown way), MM_TOO_MANY (the mutex
 *            is owned 2^32 - 1 times), MM_BAD_DATA (Linux: a process has
 *            written over the shared state of the object), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread; who acquires a mutex is the thread, not
 *            its process.
 * Source:    R-40; WaitForSingleObject, futex(2).
 */
MM_API enum mm_status mm_wait(struct mm_waitable *waitable,
                              const struct mm_wait_policy *policy,
                              uint64_t timeout_ns);

/**
 * Wait until one of the objects is signalled, and take that one only: of
 * several the one of the lowest index. An object may be in the list twice.
 *
 * Linux before 5.16 cannot park on several words at once; a word of the name
 * space then stands for all of them. MAPMARK_WAIT=one in the environment of all
 * processes that share the objects has that done on newer systems.
 *
 * Units:     `count` 1 to MM_WAIT_MAX; times as in mm_wait().
 * Errors:    as mm_wait(), MM_INVALID also for a `count` out of range;
 *            `*index_out` tells which was taken, MM_ABANDONED included, and is
 *            0 when none was. On Linux before 5.16 also those of the name
 *            space, see mm_event_create().
 * Ownership: none; the list is not kept.
 * Threads:   safe from any thread.
 * Source:    R-40; WaitForMultipleObjects, futex_waitv(2).
 */
MM_API enum mm_status mm_wait_any(struct mm_waitable *const *waitables,
                                  size_t count,
                                  const struct mm_wait_policy *policy,
                                  uint64_t timeout_ns, size_t *index_out);

/**
 * Wait until all of the objects are signalled at the same time, and take all
 * of them in one step.
 *
 * Nobody sees some of them taken and others not. A wait that times out has
 * taken nothing, one that waits keeps nothing from others, and one whose
 * process is killed has taken all or nothing. A mutex that the thread owns
 * counts as signalled.
 *
 * Units:     `count` 1 to MM_WAIT_MAX; times as in mm_wait().
 * Errors:    as mm_wait(); MM_ABANDONED does not tell which of the mutexes
 *            was. MM_INVALID also for a `count` out of range and for an object
 *            that is in the list twice, even by two handles. On Linux also
 *            those of the name space, see mm_event_create().
 * Ownership: none; the list is not kept.
 * Threads:   safe from any thread.
 * Source:    R-40; WaitForMultipleObjects.
 */
MM_API enum mm_status mm_wait_all(struct mm_waitable *const *waitables,
                                  size_t count,
                                  const struct mm_wait_policy *policy,
                                  uint64_t timeout_ns);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_WAIT_H */
