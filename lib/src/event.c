/* SPDX-License-Identifier: MIT */
#include <mapmark/event.h>

#include "waitable.h"

enum mm_status mm_event_create(const struct mm_event_options *options,
                               struct mm_event **event_out)
{
    struct mmi_waitable_request request = {.kind = MMI_KIND_EVENT};
    struct mm_waitable *waitable;
    enum mm_status status;

    *event_out = NULL;
    if (options == NULL) {
        return MM_INVALID;
    }
    request.flags = options->flags;
    request.name = options->name;
    request.manual = options->manual;
    request.set = options->set;
    status = mmi_waitable_make(&request, &waitable);
    *event_out = (struct mm_event *)waitable;
    return status;
}

enum mm_status mm_event_open(const char *name, unsigned flags,
                             struct mm_event **event_out)
{
    struct mm_waitable *waitable;
    enum mm_status status =
        mmi_waitable_open(MMI_KIND_EVENT, name, flags, &waitable);

    *event_out = (struct mm_event *)waitable;
    return status;
}

enum mm_status mm_event_duplicate(const struct mm_event *event, unsigned flags,
                                  struct mm_event **event_out)
{
    struct mm_waitable *waitable;
    enum mm_status status = mmi_waitable_duplicate(
        (const struct mm_waitable *)event, flags, &waitable);

    *event_out = (struct mm_event *)waitable;
    return status;
}

uint64_t mm_event_handle(const struct mm_event *event)
{
    return mmi_waitable_handle(&event->waitable);
}

enum mm_status mm_event_adopt(uint64_t handle, unsigned flags,
                              struct mm_event **event_out)
{
    struct mm_waitable *waitable;
    enum mm_status status =
        mmi_waitable_adopt(MMI_KIND_EVENT, handle, flags, &waitable);

    *event_out = (struct mm_event *)waitable;
    return status;
}

struct mm_waitable *mm_event_waitable(struct mm_event *event)
{
    return (struct mm_waitable *)event;
}

void mm_event_close(struct mm_event *event)
{
    mmi_waitable_close((struct mm_waitable *)event);
}
