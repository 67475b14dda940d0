/* SPDX-License-Identifier: MIT */
#include "inject.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* So many faults need one call. */
enum { PAGES = 4096 };

void mmi_inject_call(void)
{
    /* Not by the C library, which may remember the answer. */
    (void)syscall(SYS_getppid);
}

static unsigned char *find_pages(size_t size)
{
    static atomic_uintptr_t known;
    uintptr_t before = atomic_load(&known);
    void *made;

    if (before != 0) {
        return (unsigned char *)before;
    }
    made = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
    if (made == MAP_FAILED) {
        return NULL;
    }
    /* A fault is to bring one page. */
    madvise(made, size, MADV_NOHUGEPAGE);
    if (!atomic_compare_exchange_strong(&known, &before, (uintptr_t)made)) {
        munmap(made, size);
        return (unsigned char *)before;
    }
    return made;
}

void mmi_inject_fault(void)
{
    static atomic_size_t next;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    volatile unsigned char *pages = find_pages(PAGES * page);
    size_t place = atomic_fetch_add(&next, 1) % PAGES;

    if (pages == NULL) {
        return; /* no memory, and so no fault in it */
    }
    if (place == 0) {
        madvise((void *)(uintptr_t)pages, PAGES * page, MADV_DONTNEED);
    }
    pages[place * page] = 1;
}
