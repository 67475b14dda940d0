/* SPDX-License-Identifier: MIT */
/* What processes lock and count with here: mutexes of the C library, with and
 * without a memory of dead owners, sem_t, eventfd. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../gate.h"

static enum mm_status status_of(int failed)
{
    return failed != 0 ? MM_OS : MM_OK;
}

static void close_nothing(struct gate *gate)
{
    (void)gate; /* it lives in memory that goes with its last view */
}

/* ---- mutexes ------------------------------------------------------------- */

static enum mm_status make_mutex(struct gate *gate, int robustness)
{
    pthread_mutexattr_t attributes;
    int error;

    if (!gate->makes) {
        return MM_OK;
    }
    error = pthread_mutexattr_init(&attributes);
    if (error != 0) {
        return MM_OS;
    }
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, robustness);
    error = pthread_mutex_init(gate->memory, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return status_of(error);
}

static enum mm_status open_plain(struct gate *gate)
{
    return make_mutex(gate, PTHREAD_MUTEX_STALLED);
}

static enum mm_status open_robust(struct gate *gate)
{
    return make_mutex(gate, PTHREAD_MUTEX_ROBUST);
}

static enum mm_status take_mutex(struct gate *gate)
{
    return status_of(pthread_mutex_lock(gate->memory));
}

static enum mm_status give_mutex(struct gate *gate)
{
    return status_of(pthread_mutex_unlock(gate->memory));
}

const struct gate_kind gate_pthread_mutex = {
    .policies = 1U << CHANNEL_PARK,
    .open = open_plain,
    .take = take_mutex,
    .give = give_mutex,
    .close = close_nothing,
};

static enum mm_status take_robust(struct gate *gate)
{
    int error = pthread_mutex_lock(gate->memory);

    if (error == EOWNERDEAD) {
        return pthread_mutex_consistent(gate->memory) == 0 ? MM_ABANDONED
                                                           : MM_OS;
    }
    return status_of(error);
}

const struct gate_kind gate_robust_mutex = {
    .policies = 1U << CHANNEL_PARK,
    .open = open_robust,
    .take = take_robust,
    .give = give_mutex,
    .close = close_nothing,
};

/* ---- sem_t --------------------------------------------------------------- */

static enum mm_status open_sem(struct gate *gate)
{
    return gate->makes ? status_of(sem_init(gate->memory, 1, gate->initial))
                       : MM_OK;
}

static enum mm_status take_sem(struct gate *gate)
{
    return status_of(sem_wait(gate->memory));
}

static enum mm_status give_sem(struct gate *gate)
{
    return status_of(sem_post(gate->memory));
}

const struct gate_kind gate_sem = {
    .policies = 1U << CHANNEL_PARK,
    .counts = true,
    .open = open_sem,
    .take = take_sem,
    .give = give_sem,
    .close = close_nothing,
};

/* ---- eventfd ------------------------------------------------------------- */

/* Inherited by number; the gate's memory tells it. */
static enum mm_status open_eventfd(struct gate *gate)
{
    intptr_t *number = gate->memory;

    if (gate->makes) {
        *number = eventfd(gate->initial, EFD_SEMAPHORE);
    }
    gate->handle = *number;
    return status_of(gate->handle < 0);
}

static enum mm_status take_eventfd(struct gate *gate)
{
    uint64_t one;

    return status_of(read((int)gate->handle, &one, sizeof(one)) != sizeof(one));
}

static enum mm_status give_eventfd(struct gate *gate)
{
    const uint64_t one = 1;

    return status_of(write((int)gate->handle, &one, sizeof(one)) !=
                     sizeof(one));
}

static void close_eventfd(struct gate *gate)
{
    if (gate->handle > 0) {
        close((int)gate->handle);
    }
}

const struct gate_kind gate_eventfd = {
    .policies = 1U << CHANNEL_PARK,
    .counts = true,
    .open = open_eventfd,
    .take = take_eventfd,
    .give = give_eventfd,
    .close = close_eventfd,
};

/* ---- what this system has not -------------------------------------------- */

const struct gate_kind gate_kernel_mutex = {
    .why_not = "a bare kernel mutex is an object of Windows",
    .policies = 1U << CHANNEL_PARK,
};

const struct gate_kind gate_kernel_event = {
    .why_not = "a bare kernel event is an object of Windows",
    .policies = 1U << CHANNEL_PARK,
};

const struct gate_kind gate_kernel_semaphore = {
    .why_not = "a bare kernel semaphore is an object of Windows",
    .policies = 1U << CHANNEL_PARK,
    .counts = true,
};
