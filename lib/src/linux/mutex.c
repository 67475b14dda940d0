/* SPDX-License-Identifier: MIT */
/*
 * The mutex is a robust one of the C library, acquired by trying only: whoever
 * has to wait does so at its word, like at any other (wait.c). That word is
 * part of the kernel's interface: the owner's thread id, and two bits.
 *
 * That the kernel frees it when its owner dies does not yet mean that it is
 * abandoned. `held` tells that: it is set when a wait has succeeded, and
 * cleared before the last release.
 */
#include <mapmark/mutex.h>

#include <errno.h>
#include <unistd.h>

#include <linux/futex.h>

#include "internal.h"
#include "waitable.h"

/* The thread's id, as the word has it; 0 is not known yet. It is near, because
 * each release compares it. */
static _Thread_local uint32_t own_id __attribute__((tls_model("initial-exec")));

/* The only thread that a fork leaves has a new one. */
static void forget_id(void)
{
    own_id = 0;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget_id);
}

static MMI_APART uint32_t learn_id(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch_forks);
    own_id = (uint32_t)gettid();
    return own_id;
}

bool mmi_mutex_is_mine(struct mmi_state *state)
{
    uint32_t word =
        atomic_load_explicit(mmi_mutex_word(state), memory_order_relaxed);

    return (word & FUTEX_TID_MASK) == (own_id != 0 ? own_id : learn_id());
}

enum mm_status mmi_mutex_grab(struct mmi_state *state)
{
    switch (pthread_mutex_trylock(&state->mutex)) {
    case 0:
        return MM_OK;
    case EBUSY:
        return MM_TIMED_OUT;
    case EOWNERDEAD:
        /* At once: otherwise nobody could have it any more. */
        pthread_mutex_consistent(&state->mutex);
        return MM_OK;
    case EAGAIN:
        return MM_TOO_MANY;
    default:
        return MM_BAD_DATA;
    }
}

enum mm_status mmi_mutex_keep(struct mmi_state *state)
{
    if (state->mutex.__data.__count != 1) {
        return MM_OK; /* it was this thread's before */
    }
    if (atomic_load_explicit(&state->held, memory_order_relaxed) != 0) {
        return MM_ABANDONED;
    }
    atomic_store_explicit(&state->held, 1, memory_order_relaxed);
    return MM_OK;
}

/* Who unlocks it next does not see those that are parked: the last one to
 * unlock it has taken the bit away with it. */
static void remember_parked(struct mmi_state *state)
{
    if (atomic_load(&state->waiters) > 1) {
        atomic_fetch_or(mmi_mutex_word(state), FUTEX_WAITERS);
    }
}

enum mm_status mmi_mutex_take(struct mm_waitable *waitable, bool slept)
{
    enum mm_status status = mmi_mutex_grab(waitable->state);

    if (status != MM_OK) {
        return status;
    }
    if (slept) {
        remember_parked(waitable->state);
    }
    return mmi_mutex_keep(waitable->state);
}

enum mm_status mmi_mutex_let_go(struct mmi_state *state)
{
    if (pthread_mutex_unlock(&state->mutex) != 0) {
        return MM_BAD_DATA;
    }
    if (atomic_load(&state->pooled) != 0 &&
        atomic_exchange(&state->pooled, 0) != 0) {
        mmi_wake_pool();
    }
    return MM_OK;
}

enum mm_status mm_mutex_release(struct mm_mutex *mutex)
{
    struct mmi_state *state = mutex->waitable.state;

    if (!mmi_mutex_is_mine(state)) {
        return MM_NOT_OWNER;
    }
    if (state->mutex.__data.__count == 1) {
        atomic_store_explicit(&state->held, 0, memory_order_relaxed);
    }
    return mmi_mutex_let_go(state);
}
