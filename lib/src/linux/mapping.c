/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/limits.h>

#include "core.h"
#include "internal.h"
#include "namespace.h"
#include "native.h"

/* What every opener of a named mapping is told about it. */
struct facts {
    uint64_t size;
    uint32_t protection;
    uint32_t has_file;
    uint32_t reserved;
    uint32_t marked;
    /* Of the data file, where there is one. */
    uint64_t device;
    uint64_t inode;
    int64_t process; /* of the creator, with its descriptor of the file */
    int64_t descriptor;
    char path[PATH_MAX];
};

_Static_assert(sizeof(struct facts) <= MMI_OBJECT_FACTS_MAX,
               "the facts must fit beside the header");

static enum mm_status check_file_access(const struct mm_file *file,
                                        enum mm_protection protection)
{
    unsigned needed = MM_FILE_READ;

    if (protection == MM_READ_WRITE) {
        needed |= MM_FILE_WRITE;
    }
    return (file->flags & needed) == needed ? MM_OK : MM_DENIED;
}

static int data_flags(enum mm_protection protection)
{
    return protection == MM_READ_WRITE ? O_RDWR : O_RDONLY;
}

/*
 * Views are made through a description of their own, which holds the lock
 * against shrinking. Where the file cannot be opened again, for want of
 * permission, they share that of the file; then only others are held off.
 */
static enum mm_status take_data(struct mmi_core *core,
                                const struct mm_file *file)
{
    enum mm_status status;
    int fd = -1;

    if (mmi_reopen(file->fd, data_flags(core->protection), &fd) != MM_OK) {
        fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
        if (fd < 0) {
            return mmi_os_error();
        }
    }
    core->data = fd;
    status = mmi_file_hint(fd, file->flags);
    return status == MM_OK ? mmi_file_hold_size(fd) : status;
}

/* Decide the size and grow the file to it; nothing can shrink it any more. */
static enum mm_status settle_size(struct mmi_core *core, uint64_t wanted)
{
    struct stat info;

    if (fstat((int)core->data, &info) != 0) {
        return mmi_os_error();
    }
    core->size = wanted != 0 ? wanted : (uint64_t)info.st_size;
    if (core->size == 0) {
        return MM_FILE_INVALID;
    }
    if (core->size <= (uint64_t)info.st_size) {
        return MM_OK;
    }
    if (core->protection != MM_READ_WRITE) {
        return MM_NO_MEMORY;
    }
    return mmi_file_grow((int)core->data, core->size);
}

static enum mm_status map_file(struct mmi_core *core,
                               const struct mmi_request *request)
{
    enum mm_status status =
        check_file_access(request->file, request->protection);

    core->has_file = true;
    if (status == MM_OK) {
        status = take_data(core, request->file);
    }
    if (status == MM_OK) {
        status = settle_size(core, request->size);
    }
    if (status != MM_OK) {
        return status;
    }
    /* Keeps the sharing of the file as long as there are views of it. */
    core->file = fcntl(request->file->fd, F_DUPFD_CLOEXEC, 0);
    return core->file < 0 ? mmi_os_error() : MM_OK;
}

enum mm_status mmi_store_status(enum mm_status status)
{
    switch (status) {
    case MM_NO_SPACE:
    case MM_OUT_OF_RANGE:
        return MM_NO_MEMORY;
    default:
        return status;
    }
}

/* What the system could give without killing anybody for it. */
static uint64_t available_memory(void)
{
    char text[MMI_PROC_ROOM];
    uint64_t memory_kib;
    uint64_t swap_kib;

    if (mmi_proc_read("/proc/meminfo", text) != MM_OK) {
        return UINT64_MAX; /* not known: let the system decide */
    }
    memory_kib = mmi_proc_number(text, "MemAvailable:");
    swap_kib = mmi_proc_number(text, "SwapFree:");
    if (memory_kib == MM_UNKNOWN || swap_kib == MM_UNKNOWN) {
        return UINT64_MAX;
    }
    return (memory_kib + swap_kib) * 1024;
}

enum mm_status mmi_store_check(uint64_t size)
{
    const uint64_t small = UINT64_C(16) << 20; /* not worth asking */

    if (size > small && size > available_memory()) {
        return mmi_os_error_number(ENOMEM);
    }
    return MM_OK;
}

/* Of the paging store; a reserved mapping costs nothing yet. */
static enum mm_status check_size(const struct mmi_core *core, uint64_t size)
{
    if (size > INT64_MAX) {
        return mmi_os_error_number(ENOMEM);
    }
    return core->reserved ? MM_OK : mmi_store_check(size);
}

static enum mm_status map_memory(struct mmi_core *core, uint64_t size)
{
    enum mm_status status = check_size(core, size);
    int seals = F_SEAL_SHRINK;
    int fd;

    if (status != MM_OK) {
        return status;
    }
    fd = memfd_create("mapmark", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return mmi_os_error();
    }
    core->data = fd;
    core->size = size;
    if (!core->reserved) {
        status = mmi_store_status(mmi_file_reserve(fd, 0, size));
        seals |= F_SEAL_GROW;
    }
    if (status == MM_OK && fcntl(fd, F_ADD_SEALS, seals) != 0) {
        status = mmi_os_error();
    }
    return status;
}

/* Where a later opener finds the data file; its number decides. */
static enum mm_status describe_file(const struct mmi_core *core,
                                    struct facts *facts)
{
    char link[64];
    struct stat info;
    ssize_t size;

    if (fstat((int)core->data, &info) != 0) {
        return mmi_os_error();
    }
    snprintf(link, sizeof(link), "/proc/self/fd/%d", (int)core->data);
    size = readlink(link, facts->path, sizeof(facts->path) - 1);
    if (size < 0) {
        return mmi_os_error();
    }
    facts->path[size] = 0;
    facts->has_file = 1;
    facts->device = (uint64_t)info.st_dev;
    facts->inode = (uint64_t)info.st_ino;
    facts->process = getpid();
    facts->descriptor = core->data;
    return MM_OK;
}

static int open_if_same(const char *path, int flags, const struct facts *facts)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat info;

    if (fd >= 0 &&
        (fstat(fd, &info) != 0 || (uint64_t)info.st_dev != facts->device ||
         (uint64_t)info.st_ino != facts->inode)) {
        close(fd);
        errno = ENOENT;
        fd = -1;
    }
    return fd;
}

/* A file that lost its name is reached through its creator, while it lives. */
static enum mm_status open_data_file(struct mmi_core *core,
                                     const struct facts *facts)
{
    int flags = data_flags(core->protection);
    char link[64];
    int fd = open_if_same(facts->path, flags, facts);

    core->has_file = true;
    if (fd < 0) {
        snprintf(link, sizeof(link), "/proc/%lld/fd/%lld",
                 (long long)facts->process, (long long)facts->descriptor);
        fd = open_if_same(link, flags, facts);
    }
    if (fd < 0) {
        return mmi_os_error();
    }
    core->data = fd;
    return mmi_file_hold_size(fd);
}

static enum mm_status open_body(struct mmi_core *core,
                                const struct mmi_object *object)
{
    int fd;
    enum mm_status status = mmi_object_open_body(object, &fd);

    core->data = fd;
    core->data_start = MMI_OBJECT_BODY;
    return status;
}

static enum mm_status join(struct mm_mapping *mapping,
                           const struct facts *facts)
{
    struct mmi_core *core = mapping->core;
    enum mm_status status;

    /* Private copies need no more than reading. */
    if (core->protection == MM_READ_WRITE &&
        facts->protection != MM_READ_WRITE) {
        return MM_DENIED;
    }
    core->size = facts->size;
    core->reserved = facts->reserved != 0;
    core->marked = facts->marked != 0;
    if (facts->has_file != 0) {
        status = open_data_file(core, facts);
    } else {
        status = open_body(core, mapping->object);
    }
    return status == MM_OK ? MM_ALREADY_EXISTS : status;
}

static enum mm_status found(struct mm_mapping *mapping,
                            const struct mmi_namespace *space,
                            const struct mmi_request *request)
{
    struct mmi_object_plan plan = {.kind = MMI_KIND_MAPPING};
    struct mmi_core *core = mapping->core;
    struct facts facts = {.protection = (uint32_t)core->protection};
    enum mm_status status;

    if (request->file != NULL) {
        status = map_file(core, request);
        if (status == MM_OK) {
            status = describe_file(core, &facts);
        }
    } else {
        core->size = request->size;
        plan.body_size = core->reserved ? 0 : request->size;
        status = check_size(core, request->size);
    }
    if (status != MM_OK) {
        return status;
    }
    facts.size = core->size;
    facts.reserved = core->reserved;
    facts.marked = request->marked;
    core->marked = request->marked;
    plan.facts = &facts;
    plan.facts_size = sizeof(facts);
    status = mmi_store_status(
        mmi_object_make(space, request->name, &plan, &mapping->object));
    if (status == MM_OK && request->file == NULL) {
        status = open_body(core, mapping->object);
    }
    return status;
}

/* The lock is held all the time, so one of several creators comes first. */
static enum mm_status open_or_found(struct mm_mapping *mapping,
                                    const struct mmi_request *request)
{
    struct mmi_namespace space;
    struct facts facts;
    enum mm_status status = mmi_namespace_enter(&space);

    if (status != MM_OK) {
        return status;
    }
    status = mmi_object_find(&space, request->name, MMI_KIND_MAPPING, &facts,
                             sizeof(facts), &mapping->object);
    if (status == MM_OK) {
        status = join(mapping, &facts);
    } else if (status == MM_NOT_FOUND && !request->must_exist) {
        status = found(mapping, &space, request);
    }
    mmi_namespace_leave(&space);
    return status;
}

enum mm_status mmi_mapping_build(struct mm_mapping *mapping,
                                 const struct mmi_request *request)
{
    struct mmi_core *core = mapping->core;

    core->reserved = (request->flags & MM_MAPPING_RESERVE) != 0;
    if (request->name != NULL) {
        return open_or_found(mapping, request);
    }
    if (request->file != NULL) {
        return map_file(core, request);
    }
    return map_memory(core, request->size);
}

enum mm_status mmi_mapping_copy(const struct mm_mapping *from,
                                struct mm_mapping *to)
{
    const struct mm_file data = {.fd = (int)from->core->data};
    struct mmi_core *core = to->core;
    enum mm_status status = take_data(core, &data);

    core->size = from->core->size;
    core->data_start = from->core->data_start;
    core->has_file = from->core->has_file;
    core->reserved = from->core->reserved;
    if (status == MM_OK && from->core->file != MMI_NO_HANDLE) {
        core->file = fcntl((int)from->core->file, F_DUPFD_CLOEXEC, 0);
        status = core->file < 0 ? mmi_os_error() : MM_OK;
    }
    if (status == MM_OK && from->object != NULL) {
        status = mmi_object_duplicate(from->object, &to->object);
    }
    return status;
}

void mmi_mapping_leave(struct mm_mapping *mapping)
{
    if (mapping->ticket != MMI_NO_HANDLE) {
        close((int)mapping->ticket);
        mapping->ticket = MMI_NO_HANDLE;
    }
    mmi_object_close(mapping->object);
    mapping->object = NULL;
}

void mmi_core_close(struct mmi_core *core)
{
    if (core->data != MMI_NO_HANDLE) {
        close((int)core->data);
    }
    if (core->file != MMI_NO_HANDLE) {
        close((int)core->file);
    }
}

/* Asked once: the answer takes sysconf(3) longer than a hot call may. */
size_t mm_page_size(void)
{
    static atomic_size_t known;
    size_t size = atomic_load_explicit(&known, memory_order_relaxed);

    if (size == 0) {
        size = (size_t)sysconf(_SC_PAGESIZE);
        atomic_store_explicit(&known, size, memory_order_relaxed);
    }
    return size;
}
