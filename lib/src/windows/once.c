/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include <mapmark/mapping.h>

#include "internal.h"
#include "namespace.h"
#include "native.h"
#include "once.h"

/* In the page behind the mapping; the magic tells it from any other page. */
struct mark {
    char magic[32];
    volatile LONG state;
};

static const char magic[32] = "mapmark once, 9b1d4c6e0f7a2835";

/* A name of the same scope that nobody else would think of. */
static enum mm_status lock_name(const struct mmi_name *name,
                                struct mmi_wide_name *wide_out)
{
    int scope = (int)(strchr(name->full, '\\') - name->full);
    char key[MMI_NAME_KEY_ROOM];
    struct mmi_name lock = {.size = 0};

    mmi_name_key(name, key);
    lock.size =
        (size_t)snprintf(lock.full, sizeof(lock.full), "%.*s\\mapmark-once-%s",
                         scope, name->full, key);
    return mmi_name_widen(&lock, wide_out);
}

enum mm_status mmi_once_begin(const struct mmi_name *name,
                              struct mmi_once *once_out)
{
    struct mmi_wide_name wide;
    enum mm_status status = lock_name(name, &wide);
    HANDLE lock;

    once_out->lock = MMI_NO_HANDLE;
    once_out->view = NULL;
    if (status != MM_OK) {
        return status;
    }
    lock = CreateMutexW(NULL, FALSE, wide.text);
    if (lock == NULL) {
        return mmi_name_error();
    }
    /* Abandoned or not: the mark tells what a dead owner has left. */
    if (WaitForSingleObject(lock, INFINITE) == WAIT_FAILED) {
        status = mmi_os_error();
        CloseHandle(lock);
        return status;
    }
    once_out->lock = (intptr_t)lock;
    return MM_OK;
}

/* Views begin at granules, the mark at the page behind the mapping. `*view_out`
 * is what to unmap; NULL on failure. */
static struct mark *map_mark(const struct mmi_core *core, DWORD access,
                             void **view_out)
{
    uint64_t offset = core->size - core->size % mm_granularity();
    size_t start = (size_t)(core->size - offset);

    *view_out = MapViewOfFile((HANDLE)core->data, access, mmi_high(offset),
                              mmi_low(offset), start + sizeof(struct mark));
    return *view_out == NULL ? NULL
                             : (struct mark *)((char *)*view_out + start);
}

enum mm_status mmi_mark_make(const struct mmi_core *core)
{
    void *view;
    struct mark *mark = map_mark(core, FILE_MAP_WRITE, &view);

    if (mark == NULL) {
        return mmi_os_error();
    }
    memcpy(mark->magic, magic, sizeof(magic));
    UnmapViewOfFile(view);
    return MM_OK;
}

bool mmi_mark_found(const struct mmi_core *core)
{
    void *view;
    const struct mark *mark = map_mark(core, FILE_MAP_READ, &view);
    bool found;

    if (mark == NULL) {
        return false;
    }
    found = memcmp(mark->magic, magic, sizeof(magic)) == 0;
    UnmapViewOfFile(view);
    return found;
}

enum mm_status mmi_once_look(struct mmi_once *once,
                             const struct mm_mapping *mapping,
                             enum mmi_once_state *state_out)
{
    struct mark *mark;

    if (!mapping->core->marked) {
        return MM_WRONG_TYPE;
    }
    mark = map_mark(mapping->core, FILE_MAP_WRITE, &once->view);
    if (mark == NULL) {
        return mmi_os_error();
    }
    once->state = &mark->state;
    *state_out = (enum mmi_once_state)mark->state;
    return MM_OK;
}

enum mm_status mmi_once_set(struct mmi_once *once, enum mmi_once_state state)
{
    InterlockedExchange(once->state, (LONG)state);
    return MM_OK;
}

void mmi_once_end(struct mmi_once *once)
{
    if (once->view != NULL) {
        UnmapViewOfFile(once->view);
    }
    if (once->lock != MMI_NO_HANDLE) {
        ReleaseMutex((HANDLE)once->lock);
        CloseHandle((HANDLE)once->lock);
    }
}
