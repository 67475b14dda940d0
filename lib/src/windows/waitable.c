/* SPDX-License-Identifier: MIT */
#include "waitable.h"

enum mm_status mmi_waitable_build(struct mm_waitable *waitable,
                                  const struct mmi_waitable_request *request,
                                  const struct mmi_name *name)
{
    (void)waitable;
    (void)request;
    (void)name;
    return MM_UNSUPPORTED;
}

enum mm_status mmi_waitable_copy(const struct mm_waitable *from,
                                 struct mm_waitable *to)
{
    (void)from;
    (void)to;
    return MM_UNSUPPORTED;
}

enum mm_status mmi_waitable_take(struct mm_waitable *waitable, uint64_t value)
{
    (void)waitable;
    (void)value;
    return MM_UNSUPPORTED;
}

enum mm_status mmi_waitable_bequeath(struct mm_waitable *waitable)
{
    (void)waitable;
    return MM_UNSUPPORTED;
}

uint64_t mmi_waitable_value(const struct mm_waitable *waitable)
{
    (void)waitable;
    return 0;
}

void mmi_waitable_leave(struct mm_waitable *waitable)
{
    (void)waitable;
}
