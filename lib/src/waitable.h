/* SPDX-License-Identifier: MIT */
/* Handles of what can be waited for: the part that all four kinds share. */
#ifndef MMI_WAITABLE_H
#define MMI_WAITABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>

#include "inherit.h"
#include "name.h"
#include "spin.h"

struct mmi_object;
struct mmi_page;
struct mmi_state;

/*
 * A handle. What a hot call reads stands first; nothing of that changes after
 * the handle has been made, so any thread may read it.
 */
struct mm_waitable {
    struct mmi_state *state; /* Linux: shared with all who have the object */
    enum mmi_kind kind;
    bool wait_only;
    bool manual;      /* event, timer */
    uint32_t maximum; /* semaphore */
    struct mmi_lesson lesson;
    intptr_t data;             /* descriptor of the state, or HANDLE */
    struct mmi_page *page;     /* Linux: where the state is mapped */
    struct mmi_object *object; /* Linux: of the name; may be NULL */
    intptr_t ticket; /* where a child is told of more than one handle */
    struct mmi_heirloom heirloom;
};

/* The public handles have nothing of their own. */
struct mm_event {
    struct mm_waitable waitable;
};

struct mm_mutex {
    struct mm_waitable waitable;
};

struct mm_semaphore {
    struct mm_waitable waitable;
};

struct mm_timer {
    struct mm_waitable waitable;
};

/* What creates or opens one, when its arguments have been checked. */
struct mmi_waitable_request {
    enum mmi_kind kind;
    const char *name; /* may be NULL */
    unsigned flags;   /* of enum mm_waitable_flag */
    bool must_exist;
    bool manual;
    bool owned;       /* a mutex, by the calling thread */
    bool set;         /* an event */
    uint32_t initial; /* of a semaphore */
    uint32_t maximum;
};

/*
 * src/waitable.c. Each tells a new handle, or NULL on failure, and is the
 * public function of its kind but for the type.
 */
enum mm_status mmi_waitable_make(const struct mmi_waitable_request *request,
                                 struct mm_waitable **waitable_out);
enum mm_status mmi_waitable_open(enum mmi_kind kind, const char *name,
                                 unsigned flags,
                                 struct mm_waitable **waitable_out);
enum mm_status mmi_waitable_duplicate(const struct mm_waitable *waitable,
                                      unsigned flags,
                                      struct mm_waitable **waitable_out);
enum mm_status mmi_waitable_adopt(enum mmi_kind kind, uint64_t handle,
                                  unsigned flags,
                                  struct mm_waitable **waitable_out);
uint64_t mmi_waitable_handle(const struct mm_waitable *waitable);
void mmi_waitable_close(struct mm_waitable *waitable);

/* src/wait.c: MM_INVALID unless all is there that a wait is called with. */
enum mm_status mmi_wait_check(struct mm_waitable *const *waitables,
                              size_t count,
                              const struct mm_wait_policy *policy);

/* Whether one is in the list twice; where the kernel keeps the objects, it
 * knows of two handles of one, and refuses them by itself. */
bool mmi_has_twice(struct mm_waitable *const *waitables, size_t count);

/*
 * src/<os>/waitable.c: fill an empty handle, whose kind and rights are set, or
 * leave behind what mmi_waitable_close() clears away. `name` is NULL or that of
 * the request.
 */
enum mm_status mmi_waitable_build(struct mm_waitable *waitable,
                                  const struct mmi_waitable_request *request,
                                  const struct mmi_name *name);

/* Fill an empty handle from another one. */
enum mm_status mmi_waitable_copy(const struct mm_waitable *from,
                                 struct mm_waitable *to);

/* Fill an empty handle from one that this process has inherited. */
enum mm_status mmi_waitable_take(struct mm_waitable *waitable, uint64_t value);

/* Make its heirloom, and tell the number for a child. */
enum mm_status mmi_waitable_bequeath(struct mm_waitable *waitable);
uint64_t mmi_waitable_value(const struct mm_waitable *waitable);

/* Give up the object; half-built too. */
void mmi_waitable_leave(struct mm_waitable *waitable);

#endif /* MMI_WAITABLE_H */
