/* SPDX-License-Identifier: MIT */
/*
 * Nobody counts the time down. A timer is the time of its next signal that has
 * not been taken, and whoever waits compares that with the clock, and parks
 * until then at most. To take the signal of a timer that is reset by it is to
 * exchange that time for the next one that lies ahead.
 */
#include <mapmark/timer.h>

#include <errno.h>
#include <limits.h>

#include <mapmark/clock.h>

#include "waitable.h"

static const uint64_t period_max_ns = UINT64_C(1000000) * INT32_MAX;

uint64_t mmi_timer_due(const struct mmi_state *state)
{
    return atomic_load_explicit(&state->due, memory_order_acquire);
}

/* Of times and periods, whose lowest bits mean something else; up, because
 * nothing is ever signalled early. */
static uint64_t round_up(uint64_t time)
{
    return (time + MMI_DUE_BITS) & ~MMI_DUE_BITS;
}

uint64_t mmi_timer_next(const struct mm_waitable *waitable, uint64_t due,
                        uint64_t now)
{
    const struct mmi_state *state = waitable->state;
    uint64_t slot = due & MMI_DUE_SLOT;
    uint64_t time = due & ~MMI_DUE_BITS;
    uint64_t period = round_up(
        atomic_load_explicit(&state->periods[slot], memory_order_relaxed));

    if (waitable->manual) {
        return due & ~MMI_DUE_MARKED;
    }
    if (period == 0 || time == 0) {
        return MMI_DUE_NEVER | slot;
    }
    /* The number of periods that have passed, and one. */
    return (time + ((now - time) / period + 1) * period) | slot;
}

enum mm_status mmi_timer_take(struct mm_waitable *waitable)
{
    struct mmi_state *state = waitable->state;
    uint64_t due = mmi_timer_due(state);
    uint64_t now = 0;

    for (;;) {
        uint64_t time = due & ~MMI_DUE_BITS;
        enum mm_status status;

        if (time > now) {
            now = time == MMI_DUE_NEVER ? 0 : mm_clock_ns();
        }
        if (time > now) {
            return MM_TIMED_OUT;
        }
        if ((due & MMI_DUE_MARKED) != 0) {
            status = mmi_settle(waitable);
            if (status != MM_OK) {
                return status;
            }
            due = mmi_timer_due(state);
        } else if (waitable->manual ||
                   atomic_compare_exchange_weak_explicit(
                       &state->due, &due, mmi_timer_next(waitable, due, now),
                       memory_order_acq_rel, memory_order_acquire)) {
            return MM_OK;
        }
    }
}

/* Those who are parked have to look at the new time. */
static void tell_waiters(struct mmi_state *state)
{
    uint64_t before = atomic_load(&state->word);
    uint64_t after;

    do {
        after = (before + MMI_VERSION) & ~MMI_POOLED;
    } while (!atomic_compare_exchange_weak(&state->word, &before, after));
    if ((before & (MMI_PARKED | MMI_POOLED)) != 0) {
        mmi_wake(state, before, after, INT_MAX);
    }
}

/* What the due time becomes, from what it is; `period` is that of `slot`. */
struct change {
    bool stop;
    uint64_t time;
    uint64_t period;
};

static uint64_t changed(const struct change *change, uint64_t due,
                        uint64_t slot)
{
    if (!change->stop) {
        return change->time | slot;
    }
    /* Signalled: it stays so, with a time that has always passed. */
    if ((due & ~MMI_DUE_BITS) <= mm_clock_ns()) {
        return slot;
    }
    return MMI_DUE_NEVER | slot;
}

/*
 * The period goes to the slot that is not in use, and the exchange of the due
 * time puts both into force at once, whatever happens to this process. Only
 * one at a time may write to the slot.
 */
static enum mm_status apply(struct mm_waitable *waitable,
                            const struct change *change)
{
    struct mmi_state *state = waitable->state;
    uint64_t due = atomic_load(&state->due);

    for (;;) {
        uint64_t slot = (due & MMI_DUE_SLOT) ^ MMI_DUE_SLOT;

        if ((due & MMI_DUE_MARKED) != 0) {
            enum mm_status status = mmi_settle(waitable);

            if (status != MM_OK) {
                return status;
            }
            due = atomic_load(&state->due);
            continue;
        }
        atomic_store(&state->periods[slot], change->period);
        if (atomic_compare_exchange_strong(&state->due, &due,
                                           changed(change, due, slot))) {
            return MM_OK;
        }
    }
}

static enum mm_status change_timer(struct mm_waitable *waitable,
                                   const struct change *change)
{
    struct mmi_state *state = waitable->state;
    enum mm_status status;

    switch (pthread_mutex_lock(&state->mutex)) {
    case 0:
        break;
    case EOWNERDEAD:
        /* Whatever it was about to do, the due time tells what is so. */
        pthread_mutex_consistent(&state->mutex);
        break;
    default:
        return MM_BAD_DATA;
    }
    status = apply(waitable, change);
    pthread_mutex_unlock(&state->mutex);
    if (status == MM_OK) {
        tell_waiters(state);
    }
    return status;
}

enum mm_status mm_timer_set(struct mm_timer *timer, uint64_t due_ns,
                            uint64_t period_ns)
{
    struct change change = {.period = period_ns};

    if (timer->waitable.wait_only) {
        return MM_DENIED;
    }
    if (due_ns > INT64_MAX / 2 || period_ns > period_max_ns) {
        return MM_INVALID;
    }
    change.time = round_up(mm_clock_ns() + due_ns);
    return change_timer(&timer->waitable, &change);
}

enum mm_status mm_timer_cancel(struct mm_timer *timer)
{
    const struct change change = {.stop = true};

    if (timer->waitable.wait_only) {
        return MM_DENIED;
    }
    return change_timer(&timer->waitable, &change);
}
