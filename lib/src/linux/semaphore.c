/* SPDX-License-Identifier: MIT */
#include <mapmark/semaphore.h>

#include "inject.h"
#include "internal.h"
#include "waitable.h"

/* One less may be there already than is counted. */
static MMI_APART enum mm_status release_marked(struct mm_semaphore *semaphore,
                                               uint32_t count,
                                               uint32_t *previous_out)
{
    enum mm_status status = mmi_settle(&semaphore->waitable);

    return status == MM_OK
               ? mm_semaphore_release(semaphore, count, previous_out)
               : status;
}

enum mm_status mm_semaphore_release(struct mm_semaphore *semaphore,
                                    uint32_t count, uint32_t *previous_out)
{
    struct mmi_state *state = semaphore->waitable.state;
    const uint32_t maximum = semaphore->waitable.maximum;
    uint64_t before = atomic_load_explicit(&state->word, memory_order_relaxed);
    uint64_t after;

    mmi_inject();
    if (previous_out != NULL) {
        *previous_out = 0;
    }
    if (semaphore->waitable.wait_only) {
        return MM_DENIED;
    }
    if (count == 0 || count > INT32_MAX) {
        return MM_INVALID;
    }
    do {
        if ((before & MMI_MARKED) != 0) {
            return release_marked(semaphore, count, previous_out);
        }
        if ((uint64_t)mmi_count_of(before) + count > maximum) {
            return MM_TOO_MANY;
        }
        after = (before + count + MMI_VERSION) & ~MMI_POOLED;
    } while (!atomic_compare_exchange_weak_explicit(&state->word, &before,
                                                    after, memory_order_acq_rel,
                                                    memory_order_relaxed));
    if ((before & (MMI_PARKED | MMI_POOLED)) != 0) {
        mmi_wake(state, before, after, (int)count);
    }
    if (previous_out != NULL) {
        *previous_out = mmi_count_of(before);
    }
    return MM_OK;
}
