/* SPDX-License-Identifier: MIT */
/* Synchronisation objects of any kind, for what is the same for all of them. */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include <mapmark/event.h>
#include <mapmark/mapping.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>
#include <mapmark/wait.h>

enum object_kind {
    OBJECT_EVENT, /* reset by a wait, and not set at first */
    OBJECT_MUTEX,
    OBJECT_SEMAPHORE, /* of nothing at first, and three at most */
    OBJECT_TIMER,     /* reset by a wait */
    OBJECT_WAITABLES,
    OBJECT_MAPPING = OBJECT_WAITABLES,
    OBJECT_KINDS,
};

struct object {
    enum object_kind kind;
    union {
        struct mm_event *event;
        struct mm_mutex *mutex;
        struct mm_semaphore *semaphore;
        struct mm_timer *timer;
        struct mm_mapping *mapping;
    };
};

/* As the calls of each kind; `inherits` is their flag. */
enum mm_status object_create(enum object_kind kind, const char *name,
                             bool inherits, struct object *object_out);
enum mm_status object_open(enum object_kind kind, const char *name,
                           struct object *object_out);
enum mm_status object_duplicate(const struct object *object, bool inherits,
                                struct object *copy_out);
enum mm_status object_adopt(enum object_kind kind, uint64_t handle,
                            struct object *object_out);
uint64_t object_handle(const struct object *object);
void object_close(struct object *object);

/* NULL for a mapping. */
struct mm_waitable *object_waitable(const struct object *object);

/* Let one wait for it go; a mutex is taken, so that its owner's end does. */
enum mm_status object_stir(const struct object *object);

/* What a wait says of it after the one that stirred it has ended. */
enum mm_status object_after_stir(enum object_kind kind);

#endif /* OBJECTS_H */
