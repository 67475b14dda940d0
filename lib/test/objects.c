/* SPDX-License-Identifier: MIT */
#include "objects.h"

enum {
    SEMAPHORE_MAXIMUM = 3,
    MAPPING_SIZE = 4096,
};

enum mm_status object_create(enum object_kind kind, const char *name,
                             bool inherits, struct object *object_out)
{
    const unsigned flags = inherits ? MM_WAITABLE_INHERIT : 0;

    object_out->kind = kind;
    switch (kind) {
    case OBJECT_EVENT:
        return mm_event_create(
            &(struct mm_event_options){.flags = flags, .name = name},
            &object_out->event);
    case OBJECT_MUTEX:
        return mm_mutex_create(
            &(struct mm_mutex_options){.flags = flags, .name = name},
            &object_out->mutex);
    case OBJECT_SEMAPHORE:
        return mm_semaphore_create(
            &(struct mm_semaphore_options){
                .maximum = SEMAPHORE_MAXIMUM, .flags = flags, .name = name},
            &object_out->semaphore);
    case OBJECT_TIMER:
        return mm_timer_create(
            &(struct mm_timer_options){.flags = flags, .name = name},
            &object_out->timer);
    default:
        return mm_mapping_create(NULL,
                                 &(struct mm_mapping_options){
                                     .size = MAPPING_SIZE,
                                     .protection = MM_READ_WRITE,
                                     .flags = inherits ? MM_MAPPING_INHERIT : 0,
                                     .name = name},
                                 &object_out->mapping);
    }
}

enum mm_status object_open(enum object_kind kind, const char *name,
                           struct object *object_out)
{
    object_out->kind = kind;
    switch (kind) {
    case OBJECT_EVENT:
        return mm_event_open(name, 0, &object_out->event);
    case OBJECT_MUTEX:
        return mm_mutex_open(name, 0, &object_out->mutex);
    case OBJECT_SEMAPHORE:
        return mm_semaphore_open(name, 0, &object_out->semaphore);
    case OBJECT_TIMER:
        return mm_timer_open(name, 0, &object_out->timer);
    default:
        return mm_mapping_open(name, MM_READ_WRITE, 0, &object_out->mapping);
    }
}

enum mm_status object_duplicate(const struct object *object, bool inherits,
                                struct object *copy_out)
{
    const unsigned flags = inherits ? MM_WAITABLE_INHERIT : 0;

    copy_out->kind = object->kind;
    switch (object->kind) {
    case OBJECT_EVENT:
        return mm_event_duplicate(object->event, flags, &copy_out->event);
    case OBJECT_MUTEX:
        return mm_mutex_duplicate(object->mutex, flags, &copy_out->mutex);
    case OBJECT_SEMAPHORE:
        return mm_semaphore_duplicate(object->semaphore, flags,
                                      &copy_out->semaphore);
    case OBJECT_TIMER:
        return mm_timer_duplicate(object->timer, flags, &copy_out->timer);
    default:
        return mm_mapping_duplicate(object->mapping, MM_READ_WRITE,
                                    inherits ? MM_MAPPING_INHERIT : 0,
                                    &copy_out->mapping);
    }
}

enum mm_status object_adopt(enum object_kind kind, uint64_t handle,
                            struct object *object_out)
{
    object_out->kind = kind;
    switch (kind) {
    case OBJECT_EVENT:
        return mm_event_adopt(handle, 0, &object_out->event);
    case OBJECT_MUTEX:
        return mm_mutex_adopt(handle, 0, &object_out->mutex);
    case OBJECT_SEMAPHORE:
        return mm_semaphore_adopt(handle, 0, &object_out->semaphore);
    case OBJECT_TIMER:
        return mm_timer_adopt(handle, 0, &object_out->timer);
    default:
        return mm_mapping_adopt(handle, MM_READ_WRITE, 0, &object_out->mapping);
    }
}

uint64_t object_handle(const struct object *object)
{
    switch (object->kind) {
    case OBJECT_EVENT:
        return mm_event_handle(object->event);
    case OBJECT_MUTEX:
        return mm_mutex_handle(object->mutex);
    case OBJECT_SEMAPHORE:
        return mm_semaphore_handle(object->semaphore);
    case OBJECT_TIMER:
        return mm_timer_handle(object->timer);
    default:
        return mm_mapping_handle(object->mapping);
    }
}

void object_close(struct object *object)
{
    switch (object->kind) {
    case OBJECT_EVENT:
        mm_event_close(object->event);
        break;
    case OBJECT_MUTEX:
        mm_mutex_close(object->mutex);
        break;
    case OBJECT_SEMAPHORE:
        mm_semaphore_close(object->semaphore);
        break;
    case OBJECT_TIMER:
        mm_timer_close(object->timer);
        break;
    default:
        mm_mapping_close(object->mapping);
        break;
    }
}

struct mm_waitable *object_waitable(const struct object *object)
{
    switch (object->kind) {
    case OBJECT_EVENT:
        return mm_event_waitable(object->event);
    case OBJECT_MUTEX:
        return mm_mutex_waitable(object->mutex);
    case OBJECT_SEMAPHORE:
        return mm_semaphore_waitable(object->semaphore);
    case OBJECT_TIMER:
        return mm_timer_waitable(object->timer);
    default:
        return NULL;
    }
}

enum mm_status object_stir(const struct object *object)
{
    switch (object->kind) {
    case OBJECT_EVENT:
        return mm_event_set(object->event);
    case OBJECT_MUTEX:
        return mm_wait(object_waitable(object), NULL, 0);
    case OBJECT_SEMAPHORE:
        return mm_semaphore_release(object->semaphore, 1, NULL);
    case OBJECT_TIMER:
        return mm_timer_set(object->timer, 0, 0);
    default:
        return MM_INVALID;
    }
}

enum mm_status object_after_stir(enum object_kind kind)
{
    return kind == OBJECT_MUTEX ? MM_ABANDONED : MM_OK;
}
