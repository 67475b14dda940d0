/* SPDX-License-Identifier: MIT */
#include <mapmark/timer.h>

#include "waitable.h"

enum mm_status mm_timer_create(const struct mm_timer_options *options,
                               struct mm_timer **timer_out)
{
    struct mmi_waitable_request request = {.kind = MMI_KIND_TIMER};
    struct mm_waitable *waitable;
    enum mm_status status;

    *timer_out = NULL;
    if (options == NULL) {
        return MM_INVALID;
    }
    request.flags = options->flags;
    request.name = options->name;
    request.manual = options->manual;
    status = mmi_waitable_make(&request, &waitable);
    *timer_out = (struct mm_timer *)waitable;
    return status;
}

enum mm_status mm_timer_open(const char *name, unsigned flags,
                             struct mm_timer **timer_out)
{
    struct mm_waitable *waitable;
    enum mm_status status =
        mmi_waitable_open(MMI_KIND_TIMER, name, flags, &waitable);

    *timer_out = (struct mm_timer *)waitable;
    return status;
}

enum mm_status mm_timer_duplicate(const struct mm_timer *timer, unsigned flags,
                                  struct mm_timer **timer_out)
{
    struct mm_waitable *waitable;
    enum mm_status status = mmi_waitable_duplicate(
        (const struct mm_waitable *)timer, flags, &waitable);

    *timer_out = (struct mm_timer *)waitable;
    return status;
}

uint64_t mm_timer_handle(const struct mm_timer *timer)
{
    return mmi_waitable_handle(&timer->waitable);
}

enum mm_status mm_timer_adopt(uint64_t handle, unsigned flags,
                              struct mm_timer **timer_out)
{
    struct mm_waitable *waitable;
    enum mm_status status =
        mmi_waitable_adopt(MMI_KIND_TIMER, handle, flags, &waitable);

    *timer_out = (struct mm_timer *)waitable;
    return status;
}

struct mm_waitable *mm_timer_waitable(struct mm_timer *timer)
{
    return (struct mm_waitable *)timer;
}

void mm_timer_close(struct mm_timer *timer)
{
    mmi_waitable_close((struct mm_waitable *)timer);
}
