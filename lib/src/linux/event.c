/* SPDX-License-Identifier: MIT */
/* Events, and what semaphores and timers do to their words as events do. */
#include <mapmark/event.h>

#include <limits.h>

#include <linux/futex.h>

#include <mapmark/process.h>

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

    while (mmi_count_of(word) != 0) {
        uint64_t after = waitable->manual ? word : word - 1;

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

enum mm_status mm_event_set(struct mm_event *event)
{
    struct mmi_state *state = event->waitable.state;
    uint64_t before = atomic_load_explicit(&state->word, memory_order_relaxed);
    uint64_t after;

    if (event->waitable.wait_only) {
        return MM_DENIED;
    }
    /* Also where it is set: who did that may have been killed before it woke
     * anybody, and who sets it now has written something new. */
    do {
        after = ((before | 1) + MMI_VERSION) & ~MMI_POOLED;
    } while (!atomic_compare_exchange_weak_explicit(&state->word, &before,
                                                    after, memory_order_acq_rel,
                                                    memory_order_relaxed));
    if ((before & (MMI_PARKED | MMI_POOLED)) != 0) {
        mmi_wake(state, before, after, event->waitable.manual ? INT_MAX : 1);
    }
    return MM_OK;
}

enum mm_status mm_event_reset(struct mm_event *event)
{
    struct mmi_state *state = event->waitable.state;
    uint64_t word = atomic_load_explicit(&state->word, memory_order_relaxed);

    if (event->waitable.wait_only) {
        return MM_DENIED;
    }
    while (mmi_count_of(word) != 0) {
        if ((word & MMI_MARKED) != 0) {
            enum mm_status status = mmi_settle(&event->waitable);

            if (status != MM_OK) {
                return status;
            }
            word = atomic_load(&state->word);
        } else if (atomic_compare_exchange_weak_explicit(
                       &state->word, &word, word & ~(uint64_t)UINT32_MAX,
                       memory_order_acq_rel, memory_order_relaxed)) {
            break;
        }
    }
    return MM_OK;
}
