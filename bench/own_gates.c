/* SPDX-License-Identifier: MIT */
/* The library's own objects as gates. */
#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>

#include "gate.h"

static enum mm_status open_own(struct gate *gate, const struct own_type *type)
{
    uint64_t *number = gate->memory;

    return gate->makes ? own_object_make(type, &gate->object, number)
                       : own_object_adopt(type, *number, &gate->object);
}

static enum mm_status take_own(struct gate *gate)
{
    return own_object_wait(&gate->object, gate->policy);
}

static void close_own(struct gate *gate)
{
    own_object_close(&gate->object);
}

static enum mm_status open_mutex(struct gate *gate)
{
    return open_own(gate, &own_mutex);
}

static enum mm_status give_mutex(struct gate *gate)
{
    return mm_mutex_release(gate->object.handle);
}

const struct gate_kind gate_mutex = {
    .policies = OWN_POLICIES,
    .open = open_mutex,
    .take = take_own,
    .give = give_mutex,
    .close = close_own,
};

static enum mm_status give_event(struct gate *gate)
{
    return mm_event_set(gate->object.handle);
}

static enum mm_status open_event(struct gate *gate)
{
    enum mm_status status = open_own(gate, &own_event);

    return status == MM_OK && gate->makes ? give_event(gate) : status;
}

const struct gate_kind gate_event = {
    .policies = OWN_POLICIES,
    .open = open_event,
    .take = take_own,
    .give = give_event,
    .close = close_own,
};

static enum mm_status open_semaphore(struct gate *gate)
{
    enum mm_status status = open_own(gate, &own_semaphore);

    return status == MM_OK && gate->makes && gate->initial > 0
               ? mm_semaphore_release(gate->object.handle, gate->initial, NULL)
               : status;
}

static enum mm_status give_semaphore(struct gate *gate)
{
    return mm_semaphore_release(gate->object.handle, 1, NULL);
}

const struct gate_kind gate_semaphore = {
    .policies = OWN_POLICIES,
    .counts = true,
    .open = open_semaphore,
    .take = take_own,
    .give = give_semaphore,
    .close = close_own,
};
