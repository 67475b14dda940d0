/* SPDX-License-Identifier: MIT */
/* What the units of this system share. */
#ifndef MMI_NATIVE_H
#define MMI_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <windows.h>

#include <mapmark/file.h>
#include <mapmark/process.h>

struct mm_file {
    HANDLE handle;
    unsigned flags;
};

struct mm_process {
    HANDLE handle;
    DWORD id;
    bool ended; /* and waited for */
};

/* Make a UTF-16 copy of `text` that the caller frees. */
enum mm_status mmi_wide_copy(const char *text, wchar_t **wide_out);

/* Wait for a handle; MM_TIMED_OUT is not early. */
enum mm_status mmi_handle_wait(HANDLE handle, uint64_t deadline);

/* Many calls take 64 bits in two halves. */
static inline DWORD mmi_high(uint64_t value)
{
    return (DWORD)(value >> 32);
}

static inline DWORD mmi_low(uint64_t value)
{
    return (DWORD)(value & UINT32_MAX);
}

struct mmi_heirloom;

/* Make a handle inheritable, and the whole of what a child gets. */
enum mm_status mmi_bequeath(intptr_t handle, struct mmi_heirloom *heirloom);

struct mmi_core;

/* The mark of src/once.h, in the page behind the mapping: make it, or tell
 * whether a section has one there. */
enum mm_status mmi_mark_make(const struct mmi_core *core);
bool mmi_mark_found(const struct mmi_core *core);

/* What of a range a process has in memory. */
struct mmi_pages {
    uint64_t present;
    /* Octets of these pages, each divided among the processes that have it;
     * the system counts up to seven of them. */
    uint64_t share;
};

/* Add the pages that a range of addresses lies in. */
enum mm_status mmi_pages_count(HANDLE process, uintptr_t address, uint64_t size,
                               struct mmi_pages *pages);

#endif /* MMI_NATIVE_H */
