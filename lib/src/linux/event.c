/* SPDX-License-Identifier: MIT */
/* Events, and what semaphores and timers do to their words as events do. */
#include <mapmark/event.h>

#include <limits.h>

#include <linux/futex.h>

#include <mapmark/process.h>

#include "inject.h"
#include "internal.h"
#include "waitable.h"

MMI_APART void mmi_wake_pool(void)
{
    struct mmi_commons *commons;

    /* Where it cannot be had, those who wait look again by themselves. */
    if (mmi_commons_open(&commons) == MM_OK) {
        atomic_fetch_add(&commons->pool, 1);
        mmi_futex((uint32_t *)&commons->pool, FUTEX_WAKE, INT_MAX, NULL);
    }
}

MMI_APART void mmi_wake(struct mmi_state *state, uint64_t before,
                        uint64_t after, int count)
{
    atomic_store_explicit(&state->waker, mm_process_cpu() + 1,
                          memory_order_relaxed);
    if ((before & MMI_PARKED) != 0 &&
        mmi_futex(mmi_futex_of(state), FUTEX_WAKE, (uint32_t)count, NULL) <
            count) {
        /* Nobody is parked; see waitable.h for why this may be forgotten. */
        atomic_compare_exchange_strong(&state->word, &after,
                                       after & ~MMI_PARKED);
    }
    if ((before & MMI_POOLED) != 0) {
        mmi_wake_pool();
    }
}

enum mm_status mmi_signal_take(struct mm_waitable *waitable, bool slept)
{
    struct mmi_state *state = waitable->state;
    uint64_t word = atomic_load_explicit(&state->word, memory_order_acquire);

    while (mmi_is_signalled(word)) {
        uint64_t after = waitable->manual ? word : mmi_taken(word);

        if ((word & MMI_MARKED) != 0) {
            enum mm_status status = mmi_settle(waitable);

            if (status != MM_OK) {
                return status;
            }
            word = atomic_load(&state->word);
            continue;
        }
        if (slept && atomic_load(&state->waiters) == 1) {
            after &= ~MMI_PARKED;
        }
        if (after == word || atomic_compare_exchange_weak_explicit(
                                 &state->word, &word, after,
                                 memory_order_seq_cst, memory_order_acquire)) {
            return MM_OK;
        }
    }
    return MM_TIMED_OUT;
}

/* Set it and wake, all at once; somebody may be parked. */
static MMI_APART void set_and_wake(struct mmi_state *state, int count)
{
    const int change =
        FUTEX_OP(FUTEX_OP_OR, (int)(MMI_SET >> 32), FUTEX_OP_CMP_EQ, 0);
    /* The kernel's change orders memory as well, but the language, and tools
     * that know no more than it, have to be told. */
    uint64_t before = atomic_fetch_or(&state->word, 0);
    uint64_t after = before | MMI_SET;
    long woken;

    atomic_store_explicit(&state->waker, mm_process_cpu() + 1,
                          memory_order_relaxed);
    /* The comparison, of the word with 0, decides whether more are woken. */
    woken = syscall(SYS_futex, mmi_futex_of(state), FUTEX_WAKE_OP, count, NULL,
                    mmi_futex_of(state), change);
    if (woken < count) {
        atomic_compare_exchange_strong(&state->word, &after,
                                       after & ~MMI_PARKED);
    }
    if ((atomic_load(&state->word) & MMI_POOLED) != 0 &&
        (atomic_fetch_and(&state->word, ~MMI_POOLED) & MMI_POOLED) != 0) {
        mmi_wake_pool();
    }
}

/* What a claim has marked may be taken already, and is not to be set before
 * that is settled; else the signal would be the one that was taken. */
static MMI_APART enum mm_status set_marked(struct mm_event *event)
{
    enum mm_status status = mmi_settle(&event->waitable);

    return status == MM_OK ? mm_event_set(event) : status;
}

enum mm_status mm_event_set(struct mm_event *event)
{
    struct mmi_state *state = event->waitable.state;
    uint64_t word = atomic_load_explicit(&state->word, memory_order_relaxed);

    mmi_inject();
    if (event->waitable.wait_only) {
        return MM_DENIED;
    }
    /* Also where it is set: who sets it now has written something new. */
    while ((word & (MMI_PARKED | MMI_MARKED)) == 0) {
        if (atomic_compare_exchange_weak_explicit(
                &state->word, &word, (word | MMI_SET) & ~MMI_POOLED,
                memory_order_acq_rel, memory_order_relaxed)) {
            if ((word & MMI_POOLED) != 0) {
                mmi_wake_pool();
            }
            return MM_OK;
        }
    }
    if ((word & MMI_MARKED) != 0) {
        return set_marked(event);
    }
    set_and_wake(state, event->waitable.manual ? INT_MAX : 1);
    return MM_OK;
}

enum mm_status mm_event_reset(struct mm_event *event)
{
    struct mmi_state *state = event->waitable.state;
    uint64_t word = atomic_load_explicit(&state->word, memory_order_relaxed);

    mmi_inject();
    if (event->waitable.wait_only) {
        return MM_DENIED;
    }
    while ((word & MMI_SET) != 0) {
        if ((word & MMI_MARKED) != 0) {
            enum mm_status status = mmi_settle(&event->waitable);

            if (status != MM_OK) {
                return status;
            }
            word = atomic_load(&state->word);
        } else if (atomic_compare_exchange_weak_explicit(
                       &state->word, &word, mmi_taken(word),
                       memory_order_acq_rel, memory_order_relaxed)) {
            break;
        }
    }
    return MM_OK;
}
