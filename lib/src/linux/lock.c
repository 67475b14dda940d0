/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include <pthread.h>

struct native {
    pthread_mutex_t mutex;
    pthread_cond_t bell;
};

_Static_assert(sizeof(struct native) <= sizeof(struct mmi_lock),
               "a lock has room for it");

static struct native *native(struct mmi_lock *lock)
{
    return (struct native *)(void *)lock->opaque;
}

bool mmi_lock_open(struct mmi_lock *lock)
{
    if (pthread_mutex_init(&native(lock)->mutex, NULL) != 0) {
        return false;
    }
    if (pthread_cond_init(&native(lock)->bell, NULL) != 0) {
        pthread_mutex_destroy(&native(lock)->mutex);
        return false;
    }
    return true;
}

void mmi_lock_close(struct mmi_lock *lock)
{
    pthread_cond_destroy(&native(lock)->bell);
    pthread_mutex_destroy(&native(lock)->mutex);
}

void mmi_lock_take(struct mmi_lock *lock)
{
    pthread_mutex_lock(&native(lock)->mutex);
}

void mmi_lock_give(struct mmi_lock *lock)
{
    pthread_mutex_unlock(&native(lock)->mutex);
}

void mmi_lock_wait(struct mmi_lock *lock)
{
    pthread_cond_wait(&native(lock)->bell, &native(lock)->mutex);
}

void mmi_lock_ring(struct mmi_lock *lock)
{
    pthread_cond_broadcast(&native(lock)->bell);
}
