/* SPDX-License-Identifier: MIT */
/* What wakes many processes at once here: as many posts of sem_t, a condition,
 * a futex. */
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

#include "../broadcast.h"

static enum mm_status status_of(int failed)
{
    return failed != 0 ? MM_OS : MM_OK;
}

static void close_nothing(struct broadcast *broadcast)
{
    (void)broadcast; /* it lives in memory that goes with its last view */
}

/* ---- sem_t --------------------------------------------------------------- */

static enum mm_status open_sems(struct broadcast *broadcast)
{
    sem_t *sems = broadcast->memory;
    int failed = 0;

    for (int i = 0; broadcast->makes && i < BROADCAST_TURNS; i++) {
        failed |= sem_init(&sems[i], 1, 0);
    }
    return status_of(failed);
}

static enum mm_status post_all(struct broadcast *broadcast, uint64_t round)
{
    sem_t *sems = broadcast->memory;
    int failed = 0;

    for (unsigned i = 0; i < broadcast->members; i++) {
        failed |= sem_post(&sems[round % BROADCAST_TURNS]);
    }
    return status_of(failed);
}

static enum mm_status wait_for_post(struct broadcast *broadcast, uint64_t round)
{
    sem_t *sems = broadcast->memory;

    return status_of(sem_wait(&sems[round % BROADCAST_TURNS]));
}

const struct broadcast_kind broadcast_sem = {
    .policies = 1U << CHANNEL_PARK,
    .answer = &channel_sem,
    .open = open_sems,
    .shout = post_all,
    .hear = wait_for_post,
    .close = close_nothing,
};

/* ---- a mutex and a condition --------------------------------------------- */

struct condition {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    uint64_t round;
};

_Static_assert(sizeof(struct condition) <= BROADCAST_MEMORY,
               "a broadcast has room for it");

static enum mm_status open_condition(struct broadcast *broadcast)
{
    struct condition *shared = broadcast->memory;
    pthread_mutexattr_t mutex;
    pthread_condattr_t condition;
    int failed;

    if (!broadcast->makes) {
        return MM_OK;
    }
    if (pthread_mutexattr_init(&mutex) != 0) {
        return MM_OS;
    }
    failed = pthread_condattr_init(&condition);
    if (failed == 0) {
        pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
        pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
        failed = pthread_mutex_init(&shared->mutex, &mutex) ||
                 pthread_cond_init(&shared->condition, &condition);
        pthread_condattr_destroy(&condition);
    }
    pthread_mutexattr_destroy(&mutex);
    return status_of(failed);
}

static enum mm_status signal_all(struct broadcast *broadcast, uint64_t round)
{
    struct condition *shared = broadcast->memory;

    if (pthread_mutex_lock(&shared->mutex) != 0) {
        return MM_OS;
    }
    shared->round = round;
    if (pthread_mutex_unlock(&shared->mutex) != 0) {
        return MM_OS;
    }
    return status_of(pthread_cond_broadcast(&shared->condition));
}

static enum mm_status wait_for_signal(struct broadcast *broadcast,
                                      uint64_t round)
{
    struct condition *shared = broadcast->memory;

    if (pthread_mutex_lock(&shared->mutex) != 0) {
        return MM_OS;
    }
    while (shared->round < round) {
        pthread_cond_wait(&shared->condition, &shared->mutex);
    }
    return status_of(pthread_mutex_unlock(&shared->mutex));
}

const struct broadcast_kind broadcast_condition = {
    .policies = 1U << CHANNEL_PARK,
    .answer = &channel_condition,
    .open = open_condition,
    .shout = signal_all,
    .hear = wait_for_signal,
    .close = close_nothing,
};

/* ---- futex --------------------------------------------------------------- */

static enum mm_status open_nothing(struct broadcast *broadcast)
{
    (void)broadcast; /* shared memory starts as zero */
    return MM_OK;
}

static enum mm_status wake_all(struct broadcast *broadcast, uint64_t round)
{
    atomic_uint *word = broadcast->memory;

    atomic_store(word, (unsigned)round);
    return status_of(
        syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) < 0);
}

/* Nobody is more than a round behind, so that a word that has gone through all
 * numbers does not matter. */
static enum mm_status wait_for_round(struct broadcast *broadcast,
                                     uint64_t round)
{
    atomic_uint *word = broadcast->memory;
    unsigned before = (unsigned)round - 1;

    while (atomic_load(word) == before) {
        /* Returns early for many reasons, which the loop looks into. */
        (void)syscall(SYS_futex, word, FUTEX_WAIT, before, NULL, NULL, 0);
    }
    return MM_OK;
}

const struct broadcast_kind broadcast_futex = {
    .policies = 1U << CHANNEL_PARK,
    .answer = &channel_futex,
    .open = open_nothing,
    .shout = wake_all,
    .hear = wait_for_round,
    .close = close_nothing,
};

/* ---- what this system has not -------------------------------------------- */

const struct broadcast_kind broadcast_kernel_event = {
    .why_not = "a bare kernel event is an object of Windows",
    .policies = 1U << CHANNEL_PARK,
};
