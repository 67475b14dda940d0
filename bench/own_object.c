/* SPDX-License-Identifier: MIT */
#include "own_object.h"

#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>
#include <mapmark/wait.h>

/* What is the same for all kinds of objects but for their names. */
struct own_type {
    enum mm_status (*create)(void **handle_out);
    enum mm_status (*adopt)(uint64_t number, void **handle_out);
    uint64_t (*number)(const void *handle);
    struct mm_waitable *(*waitable)(void *handle);
    void (*close)(void *handle);
};

/* The type own_<name>, of objects of the kind that are created with these
 * options. */
#define OWN_TYPE(name, kind, ...)                                          \
    static enum mm_status name##_create(void **handle_out)                 \
    {                                                                      \
        const struct mm_##kind##_options options = {__VA_ARGS__};          \
        struct mm_##kind *kind;                                            \
        enum mm_status status = mm_##kind##_create(&options, &kind);       \
                                                                           \
        *handle_out = kind;                                                \
        return status;                                                     \
    }                                                                      \
                                                                           \
    static enum mm_status name##_adopt(uint64_t number, void **handle_out) \
    {                                                                      \
        struct mm_##kind *kind;                                            \
        enum mm_status status = mm_##kind##_adopt(number, 0, &kind);       \
                                                                           \
        *handle_out = kind;                                                \
        return status;                                                     \
    }                                                                      \
                                                                           \
    static uint64_t name##_number(const void *handle)                      \
    {                                                                      \
        return mm_##kind##_handle(handle);                                 \
    }                                                                      \
                                                                           \
    static struct mm_waitable *name##_waitable(void *handle)               \
    {                                                                      \
        return mm_##kind##_waitable(handle);                               \
    }                                                                      \
                                                                           \
    static void name##_close(void *handle)                                 \
    {                                                                      \
        mm_##kind##_close(handle);                                         \
    }                                                                      \
                                                                           \
    const struct own_type own_##name = {name##_create, name##_adopt,       \
                                        name##_number, name##_waitable,    \
                                        name##_close}

OWN_TYPE(event, event, .flags = MM_WAITABLE_INHERIT);
OWN_TYPE(manual_event, event, .manual = true, .flags = MM_WAITABLE_INHERIT);
OWN_TYPE(mutex, mutex, .flags = MM_WAITABLE_INHERIT);
OWN_TYPE(semaphore, semaphore, .maximum = INT32_MAX,
         .flags = MM_WAITABLE_INHERIT);
OWN_TYPE(timer, timer, .flags = MM_WAITABLE_INHERIT);

static enum mm_status keep(const struct own_type *type, enum mm_status status,
                           struct own_object *object)
{
    if (status == MM_OK) {
        object->type = type;
        object->waitable = type->waitable(object->handle);
    }
    return status;
}

enum mm_status own_object_make(const struct own_type *type,
                               struct own_object *object_out,
                               uint64_t *number_out)
{
    enum mm_status status =
        keep(type, type->create(&object_out->handle), object_out);

    *number_out = status == MM_OK ? type->number(object_out->handle) : 0;
    return status;
}

enum mm_status own_object_adopt(const struct own_type *type, uint64_t number,
                                struct own_object *object_out)
{
    return keep(type, type->adopt(number, &object_out->handle), object_out);
}

enum mm_status own_object_wait(const struct own_object *object,
                               enum channel_policy policy)
{
    static const struct mm_wait_policy policies[] = {
        [CHANNEL_PARK] = {.way = MM_WAIT_PARK},
        [CHANNEL_SPIN] = {.way = MM_WAIT_SPIN, .spin_ns = MM_INFINITE},
        [CHANNEL_ADAPTIVE] = {.way = MM_WAIT_ADAPTIVE},
    };

    return mm_wait(object->waitable, &policies[policy], MM_INFINITE);
}

void own_object_close(struct own_object *object)
{
    if (object->type != NULL) {
        object->type->close(object->handle);
        object->type = NULL;
    }
}
