/* SPDX-License-Identifier: MIT */
#include <mapmark/semaphore.h>

#include "waitable.h"

static bool is_valid(const struct mm_semaphore_options *options)
{
    return options->maximum >= 1 && options->maximum <= INT32_MAX &&
           options->initial <= options->maximum;
}

enum mm_status mm_semaphore_create(const struct mm_semaphore_options *options,
                                   struct mm_semaphore **semaphore_out)
{
    struct mmi_waitable_request request = {.kind = MMI_KIND_SEMAPHORE};
    struct mm_waitable *waitable;
    enum mm_status status;

    *semaphore_out = NULL;
    if (options == NULL || !is_valid(options)) {
        return MM_INVALID;
    }
    request.flags = options->flags;
    request.name = options->name;
    request.initial = options->initial;
    request.maximum = options->maximum;
    status = mmi_waitable_make(&request, &waitable);
    *semaphore_out = (struct mm_semaphore *)waitable;
    return status;
}

enum mm_status mm_semaphore_open(const char *name, unsigned flags,
                                 struct mm_semaphore **semaphore_out)
{
    struct mm_waitable *waitable;
    enum mm_status status =
        mmi_waitable_open(MMI_KIND_SEMAPHORE, name, flags, &waitable);

    *semaphore_out = (struct mm_semaphore *)waitable;
    return status;
}

enum mm_status mm_semaphore_duplicate(const struct mm_semaphore *semaphore,
                                      unsigned flags,
                                      struct mm_semaphore **semaphore_out)
{
    struct mm_waitable *waitable;
    enum mm_status status = mmi_waitable_duplicate(
        (const struct mm_waitable *)semaphore, flags, &waitable);

    *semaphore_out = (struct mm_semaphore *)waitable;
    return status;
}

uint64_t mm_semaphore_handle(const struct mm_semaphore *semaphore)
{
    return mmi_waitable_handle(&semaphore->waitable);
}

enum mm_status mm_semaphore_adopt(uint64_t handle, unsigned flags,
                                  struct mm_semaphore **semaphore_out)
{
    struct mm_waitable *waitable;
    enum mm_status status =
        mmi_waitable_adopt(MMI_KIND_SEMAPHORE, handle, flags, &waitable);

    *semaphore_out = (struct mm_semaphore *)waitable;
    return status;
}

struct mm_waitable *mm_semaphore_waitable(struct mm_semaphore *semaphore)
{
    return (struct mm_waitable *)semaphore;
}

void mm_semaphore_close(struct mm_semaphore *semaphore)
{
    mmi_waitable_close((struct mm_waitable *)semaphore);
}
