/* SPDX-License-Identifier: MIT */
#include <mapmark/wait.h>

#include "inject.h"
#include "waitable.h"

static bool is_known(const struct mm_wait_policy *policy)
{
    if (policy == NULL) {
        return true;
    }
    switch (policy->way) {
    case MM_WAIT_ADAPTIVE:
    case MM_WAIT_PARK:
    case MM_WAIT_SPIN:
        return true;
    default:
        return false;
    }
}

enum mm_status mmi_wait_check(struct mm_waitable *const *waitables,
                              size_t count, const struct mm_wait_policy *policy)
{
    mmi_inject(); /* every wait begins here */
    if (waitables == NULL || count == 0 || count > MM_WAIT_MAX ||
        !is_known(policy)) {
        return MM_INVALID;
    }
    for (size_t i = 0; i < count; i++) {
        if (waitables[i] == NULL) {
            return MM_INVALID;
        }
    }
    return MM_OK;
}

bool mmi_has_twice(struct mm_waitable *const *waitables, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (waitables[i] == waitables[k] ||
                (waitables[i]->state != NULL &&
                 waitables[i]->state == waitables[k]->state)) {
                return true;
            }
        }
    }
    return false;
}
