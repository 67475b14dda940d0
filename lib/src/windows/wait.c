/* SPDX-License-Identifier: MIT */
/* The kernel does the waiting; what is spun here are questions to it. */
#include <windows.h>

#include <mapmark/wait.h>

#include "internal.h"
#include "native.h"
#include "waitable.h"

_Static_assert((int)MM_WAIT_MAX == (int)MAXIMUM_WAIT_OBJECTS,
               "one call of the kernel waits for as many");

struct wait {
    HANDLE handles[MM_WAIT_MAX];
    DWORD count;
    BOOL all;
    size_t taken; /* of any: which it was */
};

static enum mm_status ask(struct wait *wait, DWORD milliseconds)
{
    DWORD said = WaitForMultipleObjects(wait->count, wait->handles, wait->all,
                                        milliseconds);

    if (said < WAIT_OBJECT_0 + wait->count) {
        wait->taken = said - WAIT_OBJECT_0;
        return MM_OK;
    }
    if (said >= WAIT_ABANDONED_0 && said < WAIT_ABANDONED_0 + wait->count) {
        wait->taken = said - WAIT_ABANDONED_0;
        return MM_ABANDONED;
    }
    return said == WAIT_TIMEOUT ? MM_TIMED_OUT : mmi_os_error();
}

static enum mm_status look(void *context)
{
    return ask(context, 0);
}

/* Rounded up: waiting must not end early. INFINITE is a number of its own. */
static DWORD milliseconds_of(uint64_t left_ns)
{
    const uint64_t millisecond_ns = 1000000;
    uint64_t left;

    if (left_ns == MM_INFINITE) {
        return INFINITE;
    }
    left = left_ns / millisecond_ns + (left_ns % millisecond_ns != 0);
    return left < INFINITE ? (DWORD)left : INFINITE - 1;
}

/* The system's tick may be over a little before the clock's time is. */
static enum mm_status park(struct wait *wait, uint64_t deadline)
{
    for (;;) {
        uint64_t left = mmi_time_left(deadline);
        enum mm_status status = ask(wait, milliseconds_of(left));

        if (status != MM_TIMED_OUT || left == 0) {
            return status;
        }
    }
}

enum mm_status mmi_handle_wait(HANDLE handle, uint64_t deadline)
{
    struct wait wait = {.handles = {handle}, .count = 1};

    return park(&wait, deadline);
}

/* Who the signaller is, and where it runs, is not known here. */
static enum mm_status run(struct wait *wait, struct mmi_lesson *lesson,
                          const struct mm_wait_policy *policy,
                          uint64_t timeout_ns)
{
    uint64_t deadline = mmi_deadline(timeout_ns);
    enum mm_status status = look(wait);

    if (status != MM_TIMED_OUT || timeout_ns == 0) {
        return status;
    }
    status = mmi_spin(policy, lesson, MMI_NO_CPU, deadline, look, wait);
    return status == MM_TIMED_OUT ? park(wait, deadline) : status;
}

static enum mm_status wait_for(struct mm_waitable *const *waitables,
                               size_t count, BOOL all,
                               const struct mm_wait_policy *policy,
                               uint64_t timeout_ns, size_t *index_out)
{
    enum mm_status status = mmi_wait_check(waitables, count, policy);
    struct wait wait = {.all = all};

    *index_out = 0;
    if (status != MM_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        wait.handles[wait.count++] = mmi_handle_of(waitables[i]);
    }
    status = run(&wait, &waitables[0]->lesson, policy, timeout_ns);
    if (!mm_status_failed(status) && status != MM_TIMED_OUT) {
        *index_out = wait.taken;
    }
    return status;
}

enum mm_status mm_wait(struct mm_waitable *waitable,
                       const struct mm_wait_policy *policy, uint64_t timeout_ns)
{
    size_t index;

    return wait_for(&waitable, 1, FALSE, policy, timeout_ns, &index);
}

enum mm_status mm_wait_any(struct mm_waitable *const *waitables, size_t count,
                           const struct mm_wait_policy *policy,
                           uint64_t timeout_ns, size_t *index_out)
{
    return wait_for(waitables, count, FALSE, policy, timeout_ns, index_out);
}

enum mm_status mm_wait_all(struct mm_waitable *const *waitables, size_t count,
                           const struct mm_wait_policy *policy,
                           uint64_t timeout_ns)
{
    enum mm_status status = mmi_wait_check(waitables, count, policy);
    size_t index;

    if (status == MM_OK && mmi_has_twice(waitables, count)) {
        status = MM_INVALID;
    }
    return status != MM_OK
               ? status
               : wait_for(waitables, count, TRUE, policy, timeout_ns, &index);
}
