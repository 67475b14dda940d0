/* SPDX-License-Identifier: MIT */
/* Events: one thread tells others, of any process, that something is so. */
#ifndef MAPMARK_EVENT_H
#define MAPMARK_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include <mapmark/status.h>
#include <mapmark/wait.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_event;

/** How to create an event; zero every member that is not used. */
struct mm_event_options {
    /** It stays set until mm_event_reset(), and lets everybody go who waits;
     * otherwise it lets one waiter go and is reset by that. */
    bool manual;
    bool set; /* from the beginning */
    /** Of enum mm_waitable_flag. */
    unsigned flags;
    /** As in struct mm_mapping_options; NULL makes one without a name. */
    const char *name;
};

/**
 * Create an event, or open the one that has the name.
 *
 * An existing `name` opens the existing object: the result is
 * MM_ALREADY_EXISTS, and `manual` and `set` of this call are ignored.
 * Processes share it by its name or by inheritance; on Linux only processes of
 * one user who use the same name space.
 *
 * Units:     none.
 * Errors:    MM_INVALID (no options, unknown flag, or MM_WAITABLE_WAIT_ONLY),
 *            MM_WRONG_TYPE (another kind of object has the name), MM_BAD_NAME,
 *            MM_DENIED (the name space is not safe), MM_NOT_FOUND (no place
 *            for it), MM_BAD_DATA (Linux: the shared state of the existing
 *            object makes no sense), MM_TOO_MANY, MM_NO_MEMORY, MM_OS.
 *            On failure `*event_out` is NULL.
 * Ownership: the caller owns `*event_out` and gives it to mm_event_close().
 * Threads:   safe from any thread.
 * Source:   ; CreateEventW.
 */
MM_API enum mm_status mm_event_create(const struct mm_event_options *options,
                                      struct mm_event **event_out);

/**
 * Open an existing event by its name, without making one when it is absent.
 *
 * Units:     `name` as in struct mm_mapping_options; `flags` of enum
 *            mm_waitable_flag.
 * Errors:    MM_NOT_FOUND (nobody has a handle of that name), MM_INVALID (no
 *            name, unknown flag), and as mm_event_create(). On failure
 *            `*event_out` is NULL.
 * Ownership: the caller owns `*event_out` and gives it to mm_event_close().
 * Threads:   safe from any thread.
 * Source:    R-40; OpenEventW.
 */
MM_API enum mm_status mm_event_open(const char *name, unsigned flags,
                                    struct mm_event **event_out);

/**
 * Make a second handle of the event, with the same or fewer rights. The copy
 * has what `flags` say, whatever the original has, and keeps the name as the
 * original does.
 *
 * Units:     `flags` of enum mm_waitable_flag.
 * Errors:    MM_DENIED (no MM_WAITABLE_WAIT_ONLY, and the original has it),
 *            MM_INVALID (NULL, unknown flag), MM_TOO_MANY, MM_NO_MEMORY,
 *            MM_OS. On failure `*event_out` is NULL.
 * Ownership: the caller owns `*event_out` and gives it to mm_event_close();
 *            the two are closed in any order.
 * Threads:   safe from any thread.
 * Source:   ; DuplicateHandle.
 */
MM_API enum mm_status mm_event_duplicate(const struct mm_event *event,
                                         unsigned flags,
                                         struct mm_event **event_out);

/**
 * Tell the number by which a child process adopts this handle.
 *
 * Units:     a number for mm_event_adopt(); 0 for a handle that is not
 *            inheritable.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-25.
 */
MM_API uint64_t mm_event_handle(const struct mm_event *event);

/**
 * Take a handle that this process has inherited, by the number that its parent
 * was told.
 *
 * Units:     `handle` of mm_event_handle() in the parent; `flags` of enum
 *            mm_waitable_flag.
 * Errors:    MM_INVALID (nothing of that number was inherited; unknown flag),
 *            MM_WRONG_TYPE (the number is that of something else), MM_DENIED
 *            (the handle grants less than `flags` ask), MM_BAD_DATA,
 *            MM_NO_MEMORY, MM_OS. On failure `*event_out` is NULL.
 * Ownership: takes the handle, which therefore can be adopted only once; the
 *            caller owns `*event_out` and gives it to mm_event_close().
 * Threads:   safe from any thread.
 * Source:   .
 */
MM_API enum mm_status mm_event_adopt(uint64_t handle, unsigned flags,
                                     struct mm_event **event_out);

/**
 * Set the event: let all waiters of a manual one go, or one of the others.
 * One that is set stays so, and this is then forgotten.
 *
 * All who wait for a manual event when it is set are let go, even if it is
 * reset before they run. It makes no system call where nobody waits.
 *
 * Units:     none.
 * Errors:    MM_DENIED (the handle is for waiting only), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread; not from a handler of signals.
 * Source:    R-40; SetEvent.
 */
MM_API enum mm_status mm_event_set(struct mm_event *event);

/**
 * Reset the event; one that is not set stays so.
 *
 * Units:     none.
 * Errors:    MM_DENIED (the handle is for waiting only), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread; not from a handler of signals.
 * Source:    R-40; ResetEvent.
 */
MM_API enum mm_status mm_event_reset(struct mm_event *event);

/**
 * Tell the side of the handle that wait.h takes.
 *
 * Units:     none.
 * Errors:    none; NULL for NULL.
 * Ownership: part of `event`, valid until that is closed.
 * Threads:   safe from any thread.
 */
MM_API struct mm_waitable *mm_event_waitable(struct mm_event *event);

/**
 * Close the handle; NULL is allowed. The object goes with its last handle.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `event`.
 * Threads:   no other thread may be using this handle, or waiting by it.
 */
MM_API void mm_event_close(struct mm_event *event);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_EVENT_H */
