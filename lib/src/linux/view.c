/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core.h"
#include "internal.h"
#include "native.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14; missing in older headers */
#endif

enum mm_status mmi_map(void *wanted, size_t size, int protection, int flags,
                       int fd, uint64_t offset, void **address_out)
{
    void *address;

    if (wanted != NULL) {
        flags |= MAP_FIXED_NOREPLACE;
    }
    address = mmap(wanted, size, protection, flags, fd, (off_t)offset);
    if (address == MAP_FAILED) {
        enum mm_status status = mmi_os_error();

        return mm_last_os_error() == EEXIST ? MM_BUSY : status;
    }
    /* Before Linux 4.17 the flag is unknown and the address only a hint. */
    if (wanted != NULL && address != wanted) {
        munmap(address, size);
        return MM_BUSY;
    }
    *address_out = address;
    return MM_OK;
}

static int view_protection(enum mm_access access)
{
    return access == MM_VIEW_READ ? PROT_READ : PROT_READ | PROT_WRITE;
}

static int view_flags(enum mm_access access)
{
    return access == MM_VIEW_COPY ? MAP_PRIVATE : MAP_SHARED;
}

/* Not by way of mmi_map(): this one is hot, and has no address to check. */
enum mm_status mmi_view_place(const struct mmi_core *core, uint64_t offset,
                              size_t size, enum mm_access access,
                              void **address_out)
{
    *address_out = mmap(NULL, size, view_protection(access), view_flags(access),
                        (int)core->data, (off_t)(core->data_start + offset));
    return *address_out == MAP_FAILED ? mmi_os_error() : MM_OK;
}

enum mm_status mmi_view_place_at(const struct mmi_core *core, uint64_t offset,
                                 size_t size, enum mm_access access,
                                 void *wanted)
{
    return mmi_map(wanted, size, view_protection(access), view_flags(access),
                   (int)core->data, core->data_start + offset, &wanted);
}

/*
 * A reserved mapping ends, for every process, behind its last committed page,
 * so a touch of what follows is a fault. Holes in front of it are not.
 */
enum mm_status mmi_view_commit(const struct mmi_core *core, void *address,
                               uint64_t offset, size_t size)
{
    enum mm_status status;
    uint64_t there = 0;
    int failed;

    (void)address;
    /* What is there costs nothing again; not to know it costs a refusal. */
    (void)mmi_view_cached(core, offset, size, &there);
    status = mmi_store_check(size - there);
    if (status != MM_OK) {
        return status;
    }
    do {
        failed = fallocate((int)core->data, 0,
                           (off_t)(core->data_start + offset), (off_t)size);
    } while (failed != 0 && errno == EINTR);
    return failed != 0 ? mmi_store_status(mmi_os_error()) : MM_OK;
}

enum mm_status mmi_view_remove(void *address, size_t size)
{
    return munmap(address, size) != 0 ? mmi_os_error() : MM_OK;
}

enum mm_status mmi_view_start_writing(const struct mmi_core *core,
                                      void *address, uint64_t offset,
                                      size_t size)
{
    (void)address;
    /* msync(MS_ASYNC) would do nothing at all. */
    if (sync_file_range((int)core->data, (off_t)offset, (off_t)size,
                        SYNC_FILE_RANGE_WRITE) != 0) {
        return mmi_os_error();
    }
    return MM_OK;
}

enum mm_status mmi_view_make_durable(const struct mmi_core *core, void *address,
                                     size_t size)
{
    int failed;

    /* To the kernel, views of a file that is open for reading are not shared,
     * and msync(2) passes them by; others may have written to the file. */
    if (core->protection != MM_READ_WRITE) {
        failed = fdatasync((int)core->data);
    } else {
        failed = msync(address, size, MS_SYNC);
    }
    return failed != 0 ? mmi_os_error() : MM_OK;
}

enum mm_status mmi_view_fetch(void *address, size_t size)
{
    enum mm_status status;

    if (madvise(address, size, MADV_POPULATE_READ) == 0) {
        return MM_OK;
    }
    status = mmi_os_error();
    switch (mm_last_os_error()) {
    case EINVAL:
        return MM_UNSUPPORTED;
    case EFAULT: /* where an access would be a fault: the file is shorter */
    case EHWPOISON:
        return MM_IO;
    default:
        return status;
    }
}

static int advice_number(enum mm_advice advice)
{
    switch (advice) {
    case MM_ADVICE_SEQUENTIAL:
        return MADV_SEQUENTIAL;
    case MM_ADVICE_RANDOM:
        return MADV_RANDOM;
    case MM_ADVICE_WILL_NEED:
        return MADV_WILLNEED;
    case MM_ADVICE_HUGE_PAGES:
        return MADV_HUGEPAGE;
    case MM_ADVICE_NORMAL:
    default:
        return MADV_NORMAL;
    }
}

enum mm_status mmi_view_hint(void *address, size_t size, enum mm_advice advice)
{
    enum mm_status status;

    if (madvise(address, size, advice_number(advice)) == 0) {
        return MM_OK;
    }
    status = mmi_os_error();
    return mm_last_os_error() == EINVAL ? MM_UNSUPPORTED : status;
}
