/* SPDX-License-Identifier: MIT */
#include "inject.h"

#include <stddef.h>

#include <windows.h>

/* So many faults need two calls. */
enum { PAGES = 4096, PAGE = 4096 };

void mmi_inject_call(void)
{
    (void)GetPriorityClass(GetCurrentProcess());
}

/* The first touch of a page that has been committed anew is a fault. */
static bool renew(unsigned char *pages)
{
    const size_t size = (size_t)PAGES * PAGE;

    return VirtualFree(pages, size, MEM_DECOMMIT) &&
           VirtualAlloc(pages, size, MEM_COMMIT, PAGE_READWRITE) != NULL;
}

/* The lock is held: a page that another thread takes away must not be
 * touched. */
static void touch_next(void)
{
    static unsigned char *pages;
    static size_t next;

    if (pages == NULL) {
        pages = VirtualAlloc(NULL, (size_t)PAGES * PAGE, MEM_RESERVE,
                             PAGE_NOACCESS);
    }
    /* No memory, and so no fault in it. */
    if (pages == NULL || (next == 0 && !renew(pages))) {
        return;
    }
    ((volatile unsigned char *)pages)[next * PAGE] = 1;
    next = (next + 1) % PAGES;
}

void mmi_inject_fault(void)
{
    static SRWLOCK lock = SRWLOCK_INIT;

    AcquireSRWLockExclusive(&lock);
    touch_next();
    ReleaseSRWLockExclusive(&lock);
}
