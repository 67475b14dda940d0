/* SPDX-License-Identifier: MIT */
/* What processes wake each other with in shared memory: a semaphore, a mutex
 * and a condition, a bare futex. */
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

#include "../channel.h"

static enum mm_status status_of(int failed)
{
    return failed != 0 ? MM_OS : MM_OK;
}

static enum mm_status join_nothing(struct channel *channel)
{
    (void)channel;
    return MM_OK;
}

static void close_nothing(struct channel *channel)
{
    (void)channel; /* it lives in memory that goes with its last view */
}

/* ---- sem_t --------------------------------------------------------------- */

struct sem_side {
    _Alignas(CHANNEL_LINE) sem_t sem;
};

static enum mm_status sem_make(struct channel *channel)
{
    struct sem_side *sides = channel->memory;

    return status_of(sem_init(&sides[0].sem, 1, 0) ||
                     sem_init(&sides[1].sem, 1, 0));
}

static enum mm_status sem_wake(struct channel *channel, unsigned to,
                               const void *octets, size_t size)
{
    struct sem_side *sides = channel->memory;

    (void)octets;
    (void)size;
    return status_of(sem_post(&sides[to].sem));
}

static enum mm_status sem_sleep(struct channel *channel, void *octets,
                                size_t size)
{
    struct sem_side *sides = channel->memory;

    (void)octets;
    (void)size;
    return status_of(sem_wait(&sides[channel->me].sem));
}

const struct channel_kind channel_sem = {
    .policies = 1U << CHANNEL_PARK,
    .make = sem_make,
    .join = join_nothing,
    .wake = sem_wake,
    .wait = sem_sleep,
    .close = close_nothing,
};

/* ---- a mutex and a condition --------------------------------------------- */

struct condition_side {
    _Alignas(CHANNEL_LINE) pthread_mutex_t mutex;
    pthread_cond_t condition;
    bool rung;
};

static enum mm_status condition_make(struct channel *channel)
{
    struct condition_side *sides = channel->memory;
    pthread_mutexattr_t mutex;
    pthread_condattr_t condition;
    int error = pthread_mutexattr_init(&mutex);

    if (error != 0) {
        return MM_OS;
    }
    error = pthread_condattr_init(&condition);
    if (error == 0) {
        pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
        pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
        for (int i = 0; error == 0 && i < CHANNEL_SIDES; i++) {
            error = pthread_mutex_init(&sides[i].mutex, &mutex) ||
                    pthread_cond_init(&sides[i].condition, &condition);
        }
        pthread_condattr_destroy(&condition);
    }
    pthread_mutexattr_destroy(&mutex);
    return status_of(error);
}

static enum mm_status condition_wake(struct channel *channel, unsigned to,
                                     const void *octets, size_t size)
{
    struct condition_side *side = (struct condition_side *)channel->memory + to;

    (void)octets;
    (void)size;
    if (pthread_mutex_lock(&side->mutex) != 0) {
        return MM_OS;
    }
    side->rung = true;
    /* Signalled after the unlock, or who wakes first waits for the mutex; and
     * a process that dies as it is woken from dies without it. */
    if (pthread_mutex_unlock(&side->mutex) != 0) {
        return MM_OS;
    }
    return status_of(pthread_cond_signal(&side->condition));
}

static enum mm_status condition_wait(struct channel *channel, void *octets,
                                     size_t size)
{
    struct condition_side *side =
        (struct condition_side *)channel->memory + channel->me;

    (void)octets;
    (void)size;
    if (pthread_mutex_lock(&side->mutex) != 0) {
        return MM_OS;
    }
    while (!side->rung) {
        pthread_cond_wait(&side->condition, &side->mutex);
    }
    side->rung = false;
    return status_of(pthread_mutex_unlock(&side->mutex));
}

const struct channel_kind channel_condition = {
    .policies = 1U << CHANNEL_PARK,
    .make = condition_make,
    .join = join_nothing,
    .wake = condition_wake,
    .wait = condition_wait,
    .close = close_nothing,
};

/* ---- futex --------------------------------------------------------------- */

/* The least that a parked wait needs: a word, and whether anyone sleeps. */
struct futex_side {
    _Alignas(CHANNEL_LINE) atomic_uint rung;
    atomic_uint sleepers;
};

static enum mm_status futex_make(struct channel *channel)
{
    (void)channel; /* shared memory starts as zero */
    return MM_OK;
}

static enum mm_status futex_wake(struct channel *channel, unsigned to,
                                 const void *octets, size_t size)
{
    struct futex_side *side = (struct futex_side *)channel->memory + to;

    (void)octets;
    (void)size;
    atomic_store(&side->rung, 1);
    if (atomic_load(&side->sleepers) > 0) {
        return status_of(
            syscall(SYS_futex, &side->rung, FUTEX_WAKE, 1, NULL, NULL, 0) < 0);
    }
    return MM_OK;
}

static bool futex_take(struct futex_side *side)
{
    unsigned rung = 1;

    return atomic_compare_exchange_strong(&side->rung, &rung, 0);
}

static enum mm_status futex_wait(struct channel *channel, void *octets,
                                 size_t size)
{
    struct futex_side *side =
        (struct futex_side *)channel->memory + channel->me;

    (void)octets;
    (void)size;
    if (futex_take(side)) {
        return MM_OK;
    }
    atomic_fetch_add(&side->sleepers, 1);
    while (!futex_take(side)) {
        /* Returns early for many reasons, which the loop looks into. */
        (void)syscall(SYS_futex, &side->rung, FUTEX_WAIT, 0, NULL, NULL, 0);
    }
    atomic_fetch_sub(&side->sleepers, 1);
    return MM_OK;
}

const struct channel_kind channel_futex = {
    .policies = 1U << CHANNEL_PARK,
    .make = futex_make,
    .join = join_nothing,
    .wake = futex_wake,
    .wait = futex_wait,
    .close = close_nothing,
};

/* ---- what this system has not -------------------------------------------- */

const struct channel_kind channel_kernel_event = {
    .why_not = "a bare kernel event is an object of Windows",
    .policies = 1U << CHANNEL_PARK,
};

const struct channel_kind channel_kernel_semaphore = {
    .why_not = "a bare kernel semaphore is an object of Windows",
    .policies = 1U << CHANNEL_PARK,
};
