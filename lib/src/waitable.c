/* SPDX-License-Identifier: MIT */
/* The part of all four kinds that needs no system call. */
#include "inject.h"
#include "waitable.h"

#include <stdlib.h>

#include "core.h"

/* `known` are the flags that a call takes, whatever the kind. */
static enum mm_status check(enum mmi_kind kind, unsigned flags, unsigned known)
{
    if (kind == MMI_KIND_MUTEX) {
        known &= ~(unsigned)MM_WAITABLE_WAIT_ONLY;
    }
    return (flags & ~known) != 0 ? MM_INVALID : MM_OK;
}

static struct mm_waitable *new_waitable(enum mmi_kind kind, unsigned flags)
{
    struct mm_waitable *waitable = calloc(1, sizeof(*waitable));

    if (waitable == NULL) {
        return NULL;
    }
    waitable->kind = kind;
    waitable->wait_only = (flags & MM_WAITABLE_WAIT_ONLY) != 0;
    waitable->data = MMI_NO_HANDLE;
    waitable->ticket = MMI_NO_HANDLE;
    return waitable;
}

/* Hand a filled handle to the caller, or clear it away. */
static enum mm_status finish(struct mm_waitable *waitable, unsigned flags,
                             enum mm_status status,
                             struct mm_waitable **waitable_out)
{
    if (!mm_status_failed(status) && (flags & MM_WAITABLE_INHERIT) != 0) {
        enum mm_status made = mmi_waitable_bequeath(waitable);

        if (made == MM_OK) {
            mmi_heirloom_add(&waitable->heirloom);
        } else {
            status = made;
        }
    }
    if (mm_status_failed(status)) {
        mmi_waitable_close(waitable);
        return status;
    }
    *waitable_out = waitable;
    return status;
}

static enum mm_status build(const struct mmi_waitable_request *request,
                            struct mm_waitable **waitable_out)
{
    const struct mmi_name *wanted = NULL;
    struct mm_waitable *waitable;
    struct mmi_name name;

    mmi_inject();
    if (request->name != NULL) {
        enum mm_status status = mmi_name_parse(request->name, &name);

        if (status != MM_OK) {
            return status;
        }
        wanted = &name;
    }
    waitable = new_waitable(request->kind, request->flags);
    if (waitable == NULL) {
        return MM_NO_MEMORY;
    }
    return finish(waitable, request->flags,
                  mmi_waitable_build(waitable, request, wanted), waitable_out);
}

enum mm_status mmi_waitable_make(const struct mmi_waitable_request *request,
                                 struct mm_waitable **waitable_out)
{
    enum mm_status status =
        check(request->kind, request->flags, MM_WAITABLE_INHERIT);

    *waitable_out = NULL;
    return status == MM_OK ? build(request, waitable_out) : status;
}

enum mm_status mmi_waitable_open(enum mmi_kind kind, const char *name,
                                 unsigned flags,
                                 struct mm_waitable **waitable_out)
{
    const struct mmi_waitable_request request = {
        .kind = kind,
        .name = name,
        .flags = flags,
        .must_exist = true,
    };
    enum mm_status status =
        check(kind, flags, MM_WAITABLE_INHERIT | MM_WAITABLE_WAIT_ONLY);

    *waitable_out = NULL;
    if (status != MM_OK || name == NULL) {
        return MM_INVALID;
    }
    status = build(&request, waitable_out);
    return status == MM_ALREADY_EXISTS ? MM_OK : status;
}

enum mm_status mmi_waitable_duplicate(const struct mm_waitable *waitable,
                                      unsigned flags,
                                      struct mm_waitable **waitable_out)
{
    struct mm_waitable *copy;

    *waitable_out = NULL;
    if (waitable == NULL ||
        check(waitable->kind, flags,
              MM_WAITABLE_INHERIT | MM_WAITABLE_WAIT_ONLY) != MM_OK) {
        return MM_INVALID;
    }
    if (waitable->wait_only && (flags & MM_WAITABLE_WAIT_ONLY) == 0) {
        return MM_DENIED;
    }
    copy = new_waitable(waitable->kind, flags);
    if (copy == NULL) {
        return MM_NO_MEMORY;
    }
    copy->manual = waitable->manual;
    copy->maximum = waitable->maximum;
    return finish(copy, flags, mmi_waitable_copy(waitable, copy), waitable_out);
}

enum mm_status mmi_waitable_adopt(enum mmi_kind kind, uint64_t handle,
                                  unsigned flags,
                                  struct mm_waitable **waitable_out)
{
    enum mm_status status =
        check(kind, flags, MM_WAITABLE_INHERIT | MM_WAITABLE_WAIT_ONLY);
    struct mm_waitable *waitable;

    *waitable_out = NULL;
    if (status != MM_OK || handle == 0) {
        return MM_INVALID;
    }
    waitable = new_waitable(kind, flags);
    if (waitable == NULL) {
        return MM_NO_MEMORY;
    }
    return finish(waitable, flags, mmi_waitable_take(waitable, handle),
                  waitable_out);
}

uint64_t mmi_waitable_handle(const struct mm_waitable *waitable)
{
    return waitable->heirloom.count != 0 ? mmi_waitable_value(waitable) : 0;
}

void mmi_waitable_close(struct mm_waitable *waitable)
{
    if (waitable == NULL) {
        return;
    }
    mmi_heirloom_remove(&waitable->heirloom);
    mmi_waitable_leave(waitable);
    free(waitable);
}
