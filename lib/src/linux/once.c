/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "internal.h"
#include "namespace.h"
#include "native.h"
#include "once.h"

enum {
    /* In the object's file, between its header and its body. */
    MARK_OFFSET = MMI_OBJECT_BODY - 64,
};

enum mm_status mmi_once_begin(const struct mmi_name *name,
                              struct mmi_once *once_out)
{
    (void)name;
    /* The lock is in the file, which all who want it have open. */
    once_out->lock = MMI_NO_HANDLE;
    once_out->view = NULL;
    return MM_OK;
}

enum mm_status mmi_once_look(struct mmi_once *once,
                             const struct mm_mapping *mapping,
                             enum mmi_once_state *state_out)
{
    enum mm_status status = MM_WRONG_TYPE;
    uint32_t state = MMI_ONCE_RAW;
    int fd;

    if (!mapping->core->marked) {
        return status;
    }
    fd = mapping->object->live;
    status = mmi_file_lock_once(fd);
    if (status != MM_OK) {
        return status;
    }
    once->lock = fd;
    /* Nothing, before anybody has written it. */
    if (pread(fd, &state, sizeof(state), MARK_OFFSET) < 0) {
        return mmi_os_error();
    }
    *state_out = (enum mmi_once_state)state;
    return MM_OK;
}

enum mm_status mmi_once_set(struct mmi_once *once, enum mmi_once_state state)
{
    uint32_t number = state;
    ssize_t count =
        pwrite((int)once->lock, &number, sizeof(number), MARK_OFFSET);

    if (count < 0) {
        return mmi_store_status(mmi_os_error());
    }
    return (size_t)count < sizeof(number) ? MM_NO_MEMORY : MM_OK;
}

void mmi_once_end(struct mmi_once *once)
{
    if (once->lock != MMI_NO_HANDLE) {
        mmi_file_unlock_once((int)once->lock);
    }
}
