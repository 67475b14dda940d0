/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"

enum {
    NAME_ROOM = 128,
    /* Of a section, in octets. */
    SECTION_SIZE = 4096,
};

static enum mm_status status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
        return MM_NOT_FOUND;
    case EEXIST:
        return MM_ALREADY_EXISTS;
    default:
        return MM_OS;
    }
}

/* Names here begin with a slash. */
static const char *rooted(char *room, const char *name)
{
    snprintf(room, NAME_ROOM, "/%s", name);
    return room;
}

/* ---- sem_open ------------------------------------------------------------ */

static enum mm_status keep_sem(sem_t *sem, void **object_out)
{
    *object_out = sem != SEM_FAILED ? sem : NULL;
    return sem != SEM_FAILED ? MM_OK : status_of_errno();
}

static enum mm_status create_sem(const char *name, void **object_out)
{
    char room[NAME_ROOM];

    return keep_sem(
        sem_open(rooted(room, name), O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0),
        object_out);
}

static enum mm_status open_sem(const char *name, void **object_out)
{
    char room[NAME_ROOM];

    return keep_sem(sem_open(rooted(room, name), 0), object_out);
}

static void close_sem(void *object)
{
    sem_close(object);
}

static void remove_sem(const char *name)
{
    char room[NAME_ROOM];

    sem_unlink(rooted(room, name));
}

const struct name_kind name_sem = {
    .create = create_sem,
    .open = open_sem,
    .close = close_sem,
    .remove = remove_sem,
};

/* ---- shm_open ------------------------------------------------------------ */

static enum mm_status map_shm(int fd, void **object_out)
{
    void *address =
        mmap(NULL, SECTION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    close(fd);
    *object_out = address != MAP_FAILED ? address : NULL;
    return address != MAP_FAILED ? MM_OK : MM_OS;
}

static enum mm_status create_shm(const char *name, void **object_out)
{
    char room[NAME_ROOM];
    int fd = shm_open(rooted(room, name), O_CREAT | O_EXCL | O_RDWR,
                      S_IRUSR | S_IWUSR);

    *object_out = NULL;
    if (fd < 0) {
        return status_of_errno();
    }
    if (ftruncate(fd, SECTION_SIZE) != 0) {
        close(fd);
        return MM_OS;
    }
    return map_shm(fd, object_out);
}

static enum mm_status open_shm(const char *name, void **object_out)
{
    char room[NAME_ROOM];
    int fd = shm_open(rooted(room, name), O_RDWR, 0);

    *object_out = NULL;
    return fd >= 0 ? map_shm(fd, object_out) : status_of_errno();
}

static void close_shm(void *object)
{
    munmap(object, SECTION_SIZE);
}

static void remove_shm(const char *name)
{
    char room[NAME_ROOM];

    shm_unlink(rooted(room, name));
}

const struct name_kind name_shm = {
    .create = create_shm,
    .open = open_shm,
    .close = close_shm,
    .remove = remove_shm,
};

/* ---- what this system has not -------------------------------------------- */

const struct name_kind name_kernel_event = {
    .why_not = "a bare kernel event is an object of Windows",
};

const struct name_kind name_kernel_section = {
    .why_not = "a bare section is an object of Windows",
};
