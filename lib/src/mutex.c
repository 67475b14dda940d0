/* SPDX-License-Identifier: MIT */
#include <mapmark/mutex.h>

#include "waitable.h"

enum mm_status mm_mutex_create(const struct mm_mutex_options *options,
                               struct mm_mutex **mutex_out)
{
    struct mmi_waitable_request request = {.kind = MMI_KIND_MUTEX};
    struct mm_waitable *waitable;
    enum mm_status status;

    *mutex_out = NULL;
    if (options == NULL) {
        return MM_INVALID;
    }
    request.flags = options->flags;
    request.name = options->name;
    request.owned = options->owned;
    status = mmi_waitable_make(&request, &waitable);
    *mutex_out = (struct mm_mutex *)waitable;
    return status;
}

enum mm_status mm_mutex_open(const char *name, unsigned flags,
                             struct mm_mutex **mutex_out)
{
    struct mm_waitable *waitable;
    enum mm_status status =
        mmi_waitable_open(MMI_KIND_MUTEX, name, flags, &waitable);

    *mutex_out = (struct mm_mutex *)waitable;
    return status;
}

enum mm_status mm_mutex_duplicate(const struct mm_mutex *mutex, unsigned flags,
                                  struct mm_mutex **mutex_out)
{
    struct mm_waitable *waitable;
    enum mm_status status = mmi_waitable_duplicate(
        (const struct mm_waitable *)mutex, flags, &waitable);

    *mutex_out = (struct mm_mutex *)waitable;
    return status;
}

uint64_t mm_mutex_handle(const struct mm_mutex *mutex)
{
    return mmi_waitable_handle(&mutex->waitable);
}

enum mm_status mm_mutex_adopt(uint64_t handle, unsigned flags,
                              struct mm_mutex **mutex_out)
{
    struct mm_waitable *waitable;
    enum mm_status status =
        mmi_waitable_adopt(MMI_KIND_MUTEX, handle, flags, &waitable);

    *mutex_out = (struct mm_mutex *)waitable;
    return status;
}

struct mm_waitable *mm_mutex_waitable(struct mm_mutex *mutex)
{
    return (struct mm_waitable *)mutex;
}

void mm_mutex_close(struct mm_mutex *mutex)
{
    mmi_waitable_close((struct mm_waitable *)mutex);
}
