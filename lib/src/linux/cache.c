/* SPDX-License-Identifier: MIT */
/* What is in memory of a file, and of a view. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include <mapmark/mapping.h>

#include "core.h"
#include "internal.h"
#include "native.h"

enum {
    /* One number on every architecture; C libraries before 2.38 lack it. */
    CACHESTAT_NUMBER = 451,
    /* A page of answers for 16 MiB at a time. */
    PAGES_AT_ONCE = 4096,
    /* Of a word of pagemap: the process has the page in its page table. */
    PAGE_PRESENT_BIT = 63,
};

/* The kernel's layout: include/uapi/linux/mman.h of Linux 6.5. */
struct cachestat_range {
    uint64_t offset;
    uint64_t size;
};

struct cachestat_answer {
    uint64_t cached;
    uint64_t dirty;
    uint64_t writeback;
    uint64_t evicted;
    uint64_t recently_evicted;
};

enum mm_status mm_file_evict(struct mm_file *file)
{
    struct statfs system;
    int error;

    if (fstatfs(file->fd, &system) != 0) {
        return mmi_os_error();
    }
    /* There the cache is the only place that the data is in. */
    if (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC) {
        return MM_UNSUPPORTED;
    }
    error = posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
    return error != 0 ? mmi_os_error_number(error) : MM_OK;
}

/* An open file, and whether it is open for writing. */
struct look {
    int fd;
    bool may_write;
};

/* To anybody else mincore(2) says that every page is there. */
static bool mincore_is_honest(const struct look *look, const struct stat *info)
{
    uid_t user = geteuid();

    return user == info->st_uid || user == 0 || look->may_write;
}

static enum mm_status count_pages(int fd, uint64_t offset, size_t size,
                                  uint64_t *pages)
{
    unsigned char answers[PAGES_AT_ONCE];
    enum mm_status status = MM_OK;
    size_t page = mm_page_size();
    void *address = mmap(NULL, size, PROT_NONE, MAP_SHARED, fd, (off_t)offset);

    if (address == MAP_FAILED) {
        return mmi_os_error();
    }
    if (mincore(address, size, answers) != 0) {
        status = mmi_os_error();
    }
    for (size_t i = 0; status == MM_OK && i < (size + page - 1) / page; i++) {
        *pages += answers[i] & 1;
    }
    munmap(address, size);
    return status;
}

static enum mm_status count_by_mincore(const struct look *look, uint64_t offset,
                                       uint64_t size, uint64_t *pages)
{
    enum mm_status status = MM_OK;
    uint64_t step = (uint64_t)PAGES_AT_ONCE * mm_page_size();
    uint64_t end = offset + size;
    struct stat info;

    if (fstat(look->fd, &info) != 0) {
        return mmi_os_error();
    }
    if (!mincore_is_honest(look, &info)) {
        return MM_DENIED;
    }
    offset -= offset % mm_page_size();
    for (; status == MM_OK && offset < end; offset += step) {
        uint64_t part = end - offset < step ? end - offset : step;

        status = count_pages(look->fd, offset, (size_t)part, pages);
    }
    return status;
}

static enum mm_status count_cached(const struct look *look, uint64_t offset,
                                   uint64_t size, uint64_t *pages)
{
    struct cachestat_range range = {offset, size};
    struct cachestat_answer answer = {0};

    if (syscall(CACHESTAT_NUMBER, look->fd, &range, &answer, 0) == 0) {
        *pages = answer.cached;
        return MM_OK;
    }
    /* A sandbox that does not know the call may also refuse it. */
    if (errno == ENOSYS || errno == EPERM) {
        return count_by_mincore(look, offset, size, pages);
    }
    return mmi_os_error();
}

/* Whole pages, cut to the range that was asked for. */
static uint64_t octets_of(uint64_t pages, uint64_t size)
{
    uint64_t octets = pages * mm_page_size();

    return octets < size ? octets : size;
}

enum mm_status mm_file_cached(struct mm_file *file, uint64_t offset,
                              uint64_t size, uint64_t *cached_out)
{
    const struct look look = {file->fd, (file->flags & MM_FILE_WRITE) != 0};
    enum mm_status status;
    uint64_t file_size;
    uint64_t pages = 0;

    *cached_out = 0;
    status = mm_file_size(file, &file_size);
    if (status == MM_OK) {
        status = mmi_file_range(file_size, offset, &size);
    }
    /* To the kernel a size of 0 would mean to the end. */
    if (status != MM_OK || size == 0) {
        return status;
    }
    status = count_cached(&look, offset, size, &pages);
    if (status == MM_OK) {
        *cached_out = octets_of(pages, size);
    }
    return status;
}

enum mm_status mmi_view_cached(const struct mmi_core *core, uint64_t offset,
                               size_t size, uint64_t *cached_out)
{
    const struct look look = {
        .fd = (int)core->data,
        .may_write = core->protection == MM_READ_WRITE,
    };
    uint64_t pages = 0;
    enum mm_status status =
        count_cached(&look, core->data_start + offset, size, &pages);

    *cached_out = octets_of(pages, size);
    return status;
}

/* One word a page from `first` on; fewer come where addresses end. */
static enum mm_status count_present(int fd, uint64_t first, uint64_t count,
                                    uint64_t *present)
{
    uint64_t words[PAGES_AT_ONCE / 8];

    while (count > 0) {
        size_t part = sizeof(words) / sizeof(words[0]);
        ssize_t got;

        part = count < part ? (size_t)count : part;
        got = pread(fd, words, part * sizeof(words[0]),
                    (off_t)(first * sizeof(words[0])));
        if (got < (ssize_t)sizeof(words[0])) {
            return got < 0 ? mmi_os_error() : MM_OK;
        }
        part = (size_t)got / sizeof(words[0]);
        for (size_t i = 0; i < part; i++) {
            *present += words[i] >> PAGE_PRESENT_BIT;
        }
        first += part;
        count -= part;
    }
    return MM_OK;
}

enum mm_status mmi_view_in_working_set(const void *address, size_t size,
                                       uint64_t *present_out)
{
    const uint64_t page = mm_page_size();
    uint64_t first = (uintptr_t)address / page;
    uint64_t last = ((uintptr_t)address + size - 1) / page;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    enum mm_status status;
    uint64_t pages = 0;

    *present_out = 0;
    if (fd < 0) {
        mmi_os_error();
        return MM_UNSUPPORTED; /* a system without it, or one that hides it */
    }
    status = count_present(fd, first, last - first + 1, &pages);
    close(fd);
    if (status == MM_OK) {
        *present_out = octets_of(pages, size);
    }
    return status;
}
