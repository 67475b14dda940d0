/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include <windows.h>

struct native {
    SRWLOCK mutex;
    CONDITION_VARIABLE bell;
};

_Static_assert(sizeof(struct native) <= sizeof(struct mmi_lock),
               "a lock has room for it");

static struct native *native(struct mmi_lock *lock)
{
    return (struct native *)(void *)lock->opaque;
}

bool mmi_lock_open(struct mmi_lock *lock)
{
    InitializeSRWLock(&native(lock)->mutex);
    InitializeConditionVariable(&native(lock)->bell);
    return true;
}

void mmi_lock_close(struct mmi_lock *lock)
{
    (void)lock; /* there is nothing to give back */
}

void mmi_lock_take(struct mmi_lock *lock)
{
    AcquireSRWLockExclusive(&native(lock)->mutex);
}

void mmi_lock_give(struct mmi_lock *lock)
{
    ReleaseSRWLockExclusive(&native(lock)->mutex);
}

void mmi_lock_wait(struct mmi_lock *lock)
{
    (void)SleepConditionVariableSRW(&native(lock)->bell, &native(lock)->mutex,
                                    INFINITE, 0);
}

void mmi_lock_ring(struct mmi_lock *lock)
{
    WakeAllConditionVariable(&native(lock)->bell);
}
