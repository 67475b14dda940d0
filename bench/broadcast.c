/* SPDX-License-Identifier: MIT */
/* The ways that need nothing of a system's own: the library's objects, and a
 * word that all look at. */
#include "broadcast.h"

#include <stdatomic.h>

#include <mapmark/event.h>
#include <mapmark/semaphore.h>

const char *const broadcast_words[] = {
#define BROADCAST_WORD(name, word) word,
    BROADCAST_LIST(BROADCAST_WORD)
#undef BROADCAST_WORD
        NULL};

const void *const broadcast_kinds[] = {
#define BROADCAST_KIND(name, word) &broadcast_##name,
    BROADCAST_LIST(BROADCAST_KIND)
#undef BROADCAST_KIND
};

/* ---- the library's own --------------------------------------------------- */

static enum mm_status open_own(struct broadcast *broadcast,
                               const struct own_type *type)
{
    uint64_t *numbers = broadcast->memory;
    enum mm_status status = MM_OK;

    for (int i = 0; status == MM_OK && i < BROADCAST_TURNS; i++) {
        struct own_object *object = &broadcast->objects[i];

        status = broadcast->makes ? own_object_make(type, object, &numbers[i])
                                  : own_object_adopt(type, numbers[i], object);
    }
    return status;
}

static enum mm_status hear_own(struct broadcast *broadcast, uint64_t round)
{
    return own_object_wait(&broadcast->objects[round % BROADCAST_TURNS],
                           broadcast->policy);
}

static void close_own(struct broadcast *broadcast)
{
    for (int i = 0; i < BROADCAST_TURNS; i++) {
        own_object_close(&broadcast->objects[i]);
    }
}

static enum mm_status open_events(struct broadcast *broadcast)
{
    return open_own(broadcast, &own_manual_event);
}

static enum mm_status shout_by_event(struct broadcast *broadcast,
                                     uint64_t round)
{
    struct own_object *events = broadcast->objects;
    enum mm_status status =
        mm_event_reset(events[(round + 1) % BROADCAST_TURNS].handle);

    return status == MM_OK
               ? mm_event_set(events[round % BROADCAST_TURNS].handle)
               : status;
}

const struct broadcast_kind broadcast_event = {
    .policies = OWN_POLICIES,
    .answer = &channel_event,
    .open = open_events,
    .shout = shout_by_event,
    .hear = hear_own,
    .close = close_own,
};

static enum mm_status open_semaphores(struct broadcast *broadcast)
{
    return open_own(broadcast, &own_semaphore);
}

static enum mm_status shout_by_semaphore(struct broadcast *broadcast,
                                         uint64_t round)
{
    return mm_semaphore_release(
        broadcast->objects[round % BROADCAST_TURNS].handle, broadcast->members,
        NULL);
}

const struct broadcast_kind broadcast_semaphore = {
    .policies = OWN_POLICIES,
    .answer = &channel_semaphore,
    .open = open_semaphores,
    .shout = shout_by_semaphore,
    .hear = hear_own,
    .close = close_own,
};

/* ---- a shared word ------------------------------------------------------- */

static enum mm_status open_nothing(struct broadcast *broadcast)
{
    (void)broadcast; /* shared memory starts as zero */
    return MM_OK;
}

static void close_nothing(struct broadcast *broadcast)
{
    (void)broadcast;
}

static enum mm_status shout_by_word(struct broadcast *broadcast, uint64_t round)
{
    _Atomic uint64_t *word = broadcast->memory;

    atomic_store_explicit(word, round, memory_order_release);
    return MM_OK;
}

static enum mm_status hear_word(struct broadcast *broadcast, uint64_t round)
{
    _Atomic uint64_t *word = broadcast->memory;

    while (atomic_load_explicit(word, memory_order_acquire) < round) {
    }
    return MM_OK;
}

const struct broadcast_kind broadcast_word = {
    .policies = 1U << CHANNEL_SPIN,
    .answer = &channel_word,
    .open = open_nothing,
    .shout = shout_by_word,
    .hear = hear_word,
    .close = close_nothing,
};
