/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/limits.h>

#include "core.h"
#include "internal.h"
#include "namespace.h"
#include "native.h"

enum {
    /* Part of the folder's name: another layout is another name space. */
    FORMAT = 2,
};

static const char magic[8] = "mapmark";

/* What a number in memory looks like: programs of 32 and of 64 bits may meet,
 * and what they share is laid out by the one that made it. */
static const uint32_t layout = 0x01020300 | sizeof(void *);

/* The first octets of an object's file. */
struct header {
    char magic[8];
    uint64_t body_size;
    uint32_t kind;
    uint32_t name_size;
    uint32_t facts_size;
    uint32_t layout;
    char name[MMI_NAME_ROOM];
    unsigned char facts[MMI_OBJECT_FACTS_MAX];
};

_Static_assert(sizeof(struct header) <= MMI_OBJECT_BODY,
               "the header must end before the body");

static bool usable(const char *folder)
{
    return folder != NULL && *folder == '/' &&
           faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
}

/* Shared memory first: a name space on a disk would work, but slowly. */
static const char *base_folder(void)
{
    const char *wanted = secure_getenv("MAPMARK_NAMESPACE_DIR");
    const char *runtime = secure_getenv("XDG_RUNTIME_DIR");

    if (wanted != NULL && *wanted != 0) {
        return wanted; /* or nothing: elsewhere nobody would look */
    }
    if (usable("/dev/shm")) {
        return "/dev/shm";
    }
    return usable(runtime) ? runtime : "/tmp";
}

/*
 * One folder for each user and each PID namespace: owners of mutexes are told
 * apart by thread ids, which mean something else in another one.
 */
static enum mm_status folder_path(char *path, size_t room)
{
    struct stat space = {0};
    int size;

    /* Without proc(5) there is only the one that is seen. */
    if (stat("/proc/self/ns/pid", &space) != 0) {
        space.st_ino = 0;
    }
    size = snprintf(path, room, "%s/mapmark%d-%lu-%llu", base_folder(), FORMAT,
                    (unsigned long)geteuid(), (unsigned long long)space.st_ino);
    return size < 0 || (size_t)size >= room ? MM_INVALID : MM_OK;
}

/* Nobody else may be able to look in, or to have put the folder there. */
static enum mm_status check_folder(int folder)
{
    struct stat info;

    if (fstat(folder, &info) != 0) {
        return mmi_os_error();
    }
    if (info.st_uid != geteuid() || (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return mmi_os_error_number(EPERM);
    }
    return MM_OK;
}

static enum mm_status open_folder(int *folder_out)
{
    char path[PATH_MAX];
    enum mm_status status = folder_path(path, sizeof(path));

    *folder_out = -1;
    if (status != MM_OK) {
        return status;
    }
    /* Private from its first moment; an existing one is judged below. */
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
        return mmi_os_error();
    }
    *folder_out = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*folder_out < 0) {
        status = mmi_os_error();
        /* Not a folder but a link or a file: somebody else was here. */
        return mm_last_os_error() == ENOTDIR || mm_last_os_error() == ELOOP
                   ? MM_DENIED
                   : status;
    }
    status = check_folder(*folder_out);
    if (status != MM_OK) {
        close(*folder_out);
        *folder_out = -1;
    }
    return status;
}

static enum mm_status lock_folder(int folder, int *lock_out)
{
    enum mm_status status = MM_OK;
    int failed;

    *lock_out = openat(folder, ".lock",
                       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*lock_out < 0) {
        return mmi_os_error();
    }
    do {
        failed = flock(*lock_out, LOCK_EX);
    } while (failed != 0 && errno == EINTR);
    if (failed != 0) {
        status = mmi_os_error();
        close(*lock_out);
        *lock_out = -1;
    }
    return status;
}

enum mm_status mmi_namespace_enter(struct mmi_namespace *space_out)
{
    enum mm_status status;

    space_out->lock = -1;
    status = open_folder(&space_out->folder);
    if (status == MM_OK) {
        status = lock_folder(space_out->folder, &space_out->lock);
    }
    if (status != MM_OK) {
        mmi_namespace_leave(space_out);
    }
    return status;
}

void mmi_namespace_leave(struct mmi_namespace *space)
{
    if (space->lock >= 0) {
        close(space->lock); /* the only descriptor, so this unlocks */
    }
    if (space->folder >= 0) {
        close(space->folder);
    }
    space->lock = -1;
    space->folder = -1;
}

static enum mm_status new_object(const struct mmi_namespace *space,
                                 const struct mmi_name *name,
                                 struct mmi_object **object_out)
{
    struct mmi_object *object = calloc(1, sizeof(*object));

    *object_out = object;
    if (object == NULL) {
        return MM_NO_MEMORY;
    }
    mmi_name_key(name, object->key);
    object->live = -1;
    object->folder = fcntl(space->folder, F_DUPFD_CLOEXEC, 0);
    return object->folder < 0 ? mmi_os_error() : MM_OK;
}

static void close_parts(const struct mmi_object *parts)
{
    if (parts->live >= 0) {
        close(parts->live);
    }
    if (parts->folder >= 0) {
        close(parts->folder);
    }
}

static void free_object(struct mmi_object *object)
{
    if (object != NULL) {
        close_parts(object);
        free(object);
    }
}

static int open_file(int folder, const char *key, int flags)
{
    return openat(folder, key, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

/* MM_NOT_FOUND when nothing is left. Any other failure says nothing about the
 * object, which may well be alive. */
static enum mm_status remove_if_dead(int folder, const char *key)
{
    enum mm_status status = MM_OK;
    int fd = open_file(folder, key, 0);

    if (fd < 0) {
        return mmi_os_error();
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        status = unlinkat(folder, key, 0) != 0 ? mmi_os_error() : MM_NOT_FOUND;
    }
    close(fd);
    return status;
}

/* Names that nobody looks up again would keep the memory of the dead. */
static void sweep(int folder)
{
    static atomic_flag swept = ATOMIC_FLAG_INIT;
    struct dirent *entry;
    DIR *entries;
    int fd;

    if (atomic_flag_test_and_set(&swept)) {
        return; /* once a process is often enough */
    }
    fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    entries = fd < 0 ? NULL : fdopendir(fd);
    if (entries == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    while ((entry = readdir(entries)) != NULL) {
        if (strlen(entry->d_name) == MMI_NAME_KEY_ROOM - 1) {
            remove_if_dead(folder, entry->d_name);
        }
    }
    closedir(entries);
}

/* The name space is locked, so only deaths can come between. */
static enum mm_status open_alive(struct mmi_object *object)
{
    enum mm_status status = remove_if_dead(object->folder, object->key);

    if (status != MM_OK) {
        return status;
    }
    object->live = open_file(object->folder, object->key, 0);
    if (object->live < 0 || flock(object->live, LOCK_SH | LOCK_NB) != 0) {
        return mmi_os_error();
    }
    return MM_OK;
}

static enum mm_status check_header(const struct header *header,
                                   const struct mmi_name *name,
                                   enum mmi_kind kind, size_t facts_size)
{
    if (memcmp(header->magic, magic, sizeof(magic)) != 0 ||
        header->layout != layout) {
        return MM_WRONG_TYPE;
    }
    if (header->name_size != name->size ||
        memcmp(header->name, name->full, name->size) != 0) {
        return MM_BAD_NAME; /* two names of one key: see name.h */
    }
    if (header->kind != (uint32_t)kind || header->facts_size != facts_size) {
        return MM_WRONG_TYPE;
    }
    return MM_OK;
}

enum mm_status mmi_object_find(const struct mmi_namespace *space,
                               const struct mmi_name *name, enum mmi_kind kind,
                               void *facts, size_t facts_size,
                               struct mmi_object **object_out)
{
    struct mmi_object *object = NULL;
    struct header header = {0};
    enum mm_status status;

    *object_out = NULL;
    status = new_object(space, name, &object);
    if (status == MM_OK) {
        status = open_alive(object);
    }
    if (status == MM_OK &&
        pread(object->live, &header, sizeof(header), 0) < 0) {
        status = mmi_os_error();
    }
    if (status == MM_OK) {
        status = check_header(&header, name, kind, facts_size);
    }
    if (status != MM_OK) {
        free_object(object); /* others keep the name */
        return status;
    }
    memcpy(facts, header.facts, facts_size);
    *object_out = object;
    return MM_OK;
}

static enum mm_status write_header(int fd, const struct mmi_name *name,
                                   const struct mmi_object_plan *plan)
{
    struct header header = {
        .body_size = plan->body_size,
        .kind = (uint32_t)plan->kind,
        .name_size = (uint32_t)name->size,
        .facts_size = (uint32_t)plan->facts_size,
        .layout = layout,
    };
    ssize_t count;

    memcpy(header.magic, magic, sizeof(magic));
    memcpy(header.name, name->full, name->size);
    memcpy(header.facts, plan->facts, plan->facts_size);
    count = pwrite(fd, &header, sizeof(header), 0);
    if (count < 0) {
        return mmi_os_error();
    }
    return (size_t)count < sizeof(header) ? MM_NO_SPACE : MM_OK;
}

/* Fill an empty file; the octets between header and body stay a hole. */
static enum mm_status fill(int fd, const struct mmi_name *name,
                           const struct mmi_object_plan *plan)
{
    enum mm_status status;

    if (flock(fd, LOCK_SH | LOCK_NB) != 0 || fchmod(fd, 0600) != 0) {
        return mmi_os_error();
    }
    status = write_header(fd, name, plan);
    if (status == MM_OK && plan->body_size > 0) {
        status = mmi_file_reserve(fd, MMI_OBJECT_BODY, plan->body_size);
    }
    return status;
}

enum mm_status mmi_object_make(const struct mmi_namespace *space,
                               const struct mmi_name *name,
                               const struct mmi_object_plan *plan,
                               struct mmi_object **object_out)
{
    struct mmi_object *object = NULL;
    enum mm_status status;

    *object_out = NULL;
    status = new_object(space, name, &object);
    if (status != MM_OK) {
        goto done;
    }
    sweep(object->folder);
    object->live = open_file(object->folder, object->key, O_CREAT | O_EXCL);
    if (object->live < 0) {
        status = mmi_os_error();
        /* It has just not been found: not the kind of success it looks. */
        status = status == MM_ALREADY_EXISTS ? MM_BUSY : status;
        goto done;
    }
    status = fill(object->live, name, plan);
    if (status != MM_OK) {
        unlinkat(object->folder, object->key, 0);
    }

done:
    if (status != MM_OK) {
        free_object(object);
        return status;
    }
    *object_out = object;
    return MM_OK;
}

enum mm_status mmi_object_open_body(const struct mmi_object *object,
                                    int *fd_out)
{
    return mmi_reopen(object->live, O_RDWR, fd_out);
}

enum mm_status mmi_object_adopt(const struct mmi_object *parts,
                                struct mmi_object **object_out)
{
    struct mmi_object *object = malloc(sizeof(*object));

    *object_out = object;
    if (object == NULL) {
        return MM_NO_MEMORY;
    }
    *object = *parts;
    return MM_OK;
}

enum mm_status mmi_object_duplicate(const struct mmi_object *object,
                                    struct mmi_object **object_out)
{
    struct mmi_object parts = *object;
    enum mm_status status;

    *object_out = NULL;
    parts.folder = fcntl(object->folder, F_DUPFD_CLOEXEC, 0);
    if (parts.folder < 0) {
        return mmi_os_error();
    }
    status = mmi_reopen(object->live, O_RDWR, &parts.live);
    if (status == MM_OK && flock(parts.live, LOCK_SH | LOCK_NB) != 0) {
        status = mmi_os_error();
    }
    if (status == MM_OK) {
        status = mmi_object_adopt(&parts, object_out);
    }
    if (status != MM_OK) {
        close_parts(&parts);
    }
    return status;
}

void mmi_object_close(struct mmi_object *object)
{
    int lock = -1;

    if (object == NULL) {
        return;
    }
    /* Without the lock the file stays until its name is looked up again. */
    if (lock_folder(object->folder, &lock) == MM_OK) {
        close(object->live);
        object->live = -1;
        /* Asked by a fresh description: a forked copy of the handle shares
         * the closed one, and keeps the name as well. */
        remove_if_dead(object->folder, object->key);
        close(lock);
    }
    free_object(object);
}
