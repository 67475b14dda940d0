/* SPDX-License-Identifier: MIT */
/* The kernel's own objects, without a library between. */
#include <windows.h>

#include "names.h"

/* Of a section, in octets. */
enum { SECTION_SIZE = 4096 };

static enum mm_status keep(HANDLE handle, void **object_out)
{
    *object_out = handle;
    if (handle != NULL) {
        return MM_OK;
    }
    return GetLastError() == ERROR_FILE_NOT_FOUND ? MM_NOT_FOUND : MM_OS;
}

static enum mm_status keep_new(HANDLE handle, void **object_out)
{
    if (handle != NULL && GetLastError() == ERROR_ALREADY_EXISTS) {
        CloseHandle(handle);
        *object_out = NULL;
        return MM_ALREADY_EXISTS;
    }
    return keep(handle, object_out);
}

static void close_handle(void *object)
{
    CloseHandle(object);
}

static enum mm_status create_event(const char *name, void **object_out)
{
    SetLastError(0);
    return keep_new(CreateEventA(NULL, FALSE, FALSE, name), object_out);
}

static enum mm_status open_event(const char *name, void **object_out)
{
    return keep(OpenEventA(SYNCHRONIZE, FALSE, name), object_out);
}

const struct name_kind name_kernel_event = {
    .create = create_event,
    .open = open_event,
    .close = close_handle,
};

static enum mm_status create_section(const char *name, void **object_out)
{
    SetLastError(0);
    return keep_new(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL,
                                       PAGE_READWRITE, 0, SECTION_SIZE, name),
                    object_out);
}

static enum mm_status open_section(const char *name, void **object_out)
{
    return keep(OpenFileMappingA(FILE_MAP_WRITE, FALSE, name), object_out);
}

const struct name_kind name_kernel_section = {
    .create = create_section,
    .open = open_section,
    .close = close_handle,
};

/* ---- what this system has not -------------------------------------------- */

const struct name_kind name_sem = {
    .why_not = "sem_open(3) is a call of POSIX systems",
};

const struct name_kind name_shm = {
    .why_not = "shm_open(3) is a call of POSIX systems",
};
