/* SPDX-License-Identifier: MIT */
/* The library's own objects as channels: side 0 makes what both sides wait
 * for, and its partner inherits that. */
#include <stdlib.h>

#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>

#include "own_object.h"

enum {
    /* Mutexes by which a side lets the other one go. */
    MUTEXES = 2,
    READY = CHANNEL_SIDES * MUTEXES, /* the place of an event */
    OBJECTS_MAX = READY + 1,
};

/* One side's. */
struct ends {
    struct own_object objects[OBJECTS_MAX];
    unsigned said;  /* wake-ups of the other side, by mutexes */
    unsigned heard; /* waits for mutexes that ended */
};

/* In the shared memory: by what numbers the partner adopts them. */
struct numbers {
    uint64_t of[OBJECTS_MAX];
};

static enum mm_status open_ends(struct channel *channel)
{
    channel->own = calloc(1, sizeof(struct ends));
    return channel->own != NULL ? MM_OK : MM_NO_MEMORY;
}

/* As side 0 by creating it, as side 1 by adopting that. */
static enum mm_status open_object(struct channel *channel, unsigned place,
                                  const struct own_type *type)
{
    struct ends *ends = channel->own;
    struct numbers *numbers = channel->memory;

    return channel->me == 0 ? own_object_make(type, &ends->objects[place],
                                              &numbers->of[place])
                            : own_object_adopt(type, numbers->of[place],
                                               &ends->objects[place]);
}

static void close_ends(struct channel *channel)
{
    struct ends *ends = channel->own;

    if (ends == NULL) {
        return;
    }
    for (int i = 0; i < OBJECTS_MAX; i++) {
        own_object_close(&ends->objects[i]);
    }
    free(ends);
    channel->own = NULL;
}

static enum mm_status wait_for(const struct channel *channel, unsigned place)
{
    const struct ends *ends = channel->own;

    return own_object_wait(&ends->objects[place], channel->policy);
}

/* ---- what is woken by a word: events, semaphores, timers ----------------- */

static enum mm_status open_both(struct channel *channel,
                                const struct own_type *type)
{
    enum mm_status status = open_ends(channel);

    for (unsigned i = 0; status == MM_OK && i < CHANNEL_SIDES; i++) {
        status = open_object(channel, i, type);
    }
    return status;
}

static void *handle_of(const struct channel *channel, unsigned side)
{
    const struct ends *ends = channel->own;

    return ends->objects[side].handle;
}

static enum mm_status wait_for_mine(struct channel *channel, void *octets,
                                    size_t size)
{
    (void)octets;
    (void)size;
    return wait_for(channel, channel->me);
}

static enum mm_status open_events(struct channel *channel)
{
    return open_both(channel, &own_event);
}

static enum mm_status set_event(struct channel *channel, unsigned to,
                                const void *octets, size_t size)
{
    (void)octets;
    (void)size;
    return mm_event_set(handle_of(channel, to));
}

static enum mm_status open_semaphores(struct channel *channel)
{
    return open_both(channel, &own_semaphore);
}

static enum mm_status release_semaphore(struct channel *channel, unsigned to,
                                        const void *octets, size_t size)
{
    (void)octets;
    (void)size;
    return mm_semaphore_release(handle_of(channel, to), 1, NULL);
}

static enum mm_status open_timers(struct channel *channel)
{
    return open_both(channel, &own_timer);
}

/* Due at once: what is timed is the waking, and not the time. */
static enum mm_status set_timer(struct channel *channel, unsigned to,
                                const void *octets, size_t size)
{
    (void)octets;
    (void)size;
    return mm_timer_set(handle_of(channel, to), 0, 0);
}

/* ---- what is handed over: mutexes ---------------------------------------- */

/*
 * Each side has two mutexes that the other one waits for, in turn: it releases
 * one, and has first taken back the one before, which the other side released
 * before it answered. So whoever waits always waits for what the other side
 * owns, once both have begun, which an event tells.
 */
static unsigned mutex_towards(unsigned side, unsigned turn)
{
    return side * MUTEXES + turn % MUTEXES;
}

static enum mm_status release_mutex(const struct channel *channel,
                                    unsigned place)
{
    const struct ends *ends = channel->own;

    return mm_mutex_release(ends->objects[place].handle);
}

static enum mm_status set_ready(const struct channel *channel)
{
    const struct ends *ends = channel->own;

    return mm_event_set(ends->objects[READY].handle);
}

/* A side owns at first what it will let the other one have. */
static enum mm_status open_mutexes(struct channel *channel)
{
    enum mm_status status = open_ends(channel);

    if (status == MM_OK) {
        status = open_object(channel, READY, &own_event);
    }
    for (unsigned i = 0; status == MM_OK && i < READY; i++) {
        status = open_object(channel, i, &own_mutex);
    }
    for (unsigned i = 0; status == MM_OK && i < MUTEXES; i++) {
        status = wait_for(channel, mutex_towards(1 - channel->me, i));
    }
    if (status == MM_OK && channel->me == 1) {
        status = set_ready(channel);
    }
    return status;
}

/* The owner of what it waited for has died. */
static enum mm_status status_of_talk(enum mm_status status)
{
    return status == MM_ABANDONED ? MM_CLOSED : status;
}

static enum mm_status hand_over(struct channel *channel, unsigned to,
                                const void *octets, size_t size)
{
    struct ends *ends = channel->own;
    enum mm_status status = MM_OK;

    (void)octets;
    (void)size;
    if (to == channel->me) { /* nobody is there to hand anything over */
        return ends->heard == 0 ? set_ready(channel) : MM_OK;
    }
    if (ends->said > 0) {
        status = wait_for(channel, mutex_towards(to, ends->said - 1));
    }
    if (status == MM_OK) {
        status = release_mutex(channel, mutex_towards(to, ends->said));
    }
    ends->said++;
    return status_of_talk(status);
}

static enum mm_status take_over(struct channel *channel, void *octets,
                                size_t size)
{
    struct ends *ends = channel->own;
    unsigned mine = mutex_towards(channel->me, ends->heard);
    enum mm_status status = MM_OK;

    (void)octets;
    (void)size;
    if (ends->heard == 0 && channel->me == 0) {
        status = wait_for(channel, READY);
    }
    if (status == MM_OK) {
        status = wait_for(channel, mine);
    }
    if (status == MM_OK) {
        status = release_mutex(channel, mine);
    }
    ends->heard++;
    return status_of_talk(status);
}

/* Before it began; later its death abandons what is waited for. */
static void never_ready(struct channel *channel)
{
    (void)set_ready(channel);
}

const struct channel_kind channel_event = {
    .policies = OWN_POLICIES,
    .make = open_events,
    .join = open_events,
    .wake = set_event,
    .wait = wait_for_mine,
    .close = close_ends,
};

const struct channel_kind channel_semaphore = {
    .policies = OWN_POLICIES,
    .make = open_semaphores,
    .join = open_semaphores,
    .wake = release_semaphore,
    .wait = wait_for_mine,
    .close = close_ends,
};

const struct channel_kind channel_timer = {
    .policies = OWN_POLICIES,
    .make = open_timers,
    .join = open_timers,
    .wake = set_timer,
    .wait = wait_for_mine,
    .close = close_ends,
};

const struct channel_kind channel_mutex = {
    .policies = OWN_POLICIES,
    .make = open_mutexes,
    .join = open_mutexes,
    .wake = hand_over,
    .wait = take_over,
    .gone = never_ready,
    .close = close_ends,
};
