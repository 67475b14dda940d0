/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14; missing in older headers */
#endif

static enum mm_status status_of(int failed)
{
    return failed != 0 ? MM_OS : MM_OK;
}

void bare_begin(struct calls *calls)
{
    calls->bare_file = -1;
}

/* In memory that other processes can share. */
struct objects {
    sem_t event;
    sem_t semaphore;
    pthread_mutex_t mutex;
};

static int make_mutex(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;
    int failed = pthread_mutexattr_init(&attributes);

    if (failed != 0) {
        return failed;
    }
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    failed = pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return failed;
}

static enum mm_status make_objects(struct calls *calls)
{
    struct objects *objects =
        mmap(NULL, sizeof(*objects), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (objects == MAP_FAILED) {
        return MM_OS;
    }
    calls->bare_event = &objects->event;
    calls->bare_semaphore = &objects->semaphore;
    calls->bare_mutex = &objects->mutex;
    return status_of(sem_init(&objects->event, 1, 0) != 0 ||
                     sem_init(&objects->semaphore, 1, 0) != 0 ||
                     make_mutex(&objects->mutex) != 0);
}

enum mm_status bare_open(const char *path, struct calls *calls)
{
    calls->bare_file = open(path, O_RDWR | O_CLOEXEC);
    return calls->bare_file < 0 ? MM_OS : make_objects(calls);
}

void bare_close(struct calls *calls)
{
    if (calls->bare_file >= 0) {
        close((int)calls->bare_file);
    }
    if (calls->bare_event != NULL) {
        munmap(calls->bare_event, sizeof(struct objects)); /* its first one */
    }
}

enum mm_status bare_clock(struct calls *calls)
{
    struct timespec now;

    (void)calls;
    return status_of(clock_gettime(CLOCK_MONOTONIC, &now));
}

enum mm_status bare_size(struct calls *calls)
{
    struct stat info;

    if (fstat((int)calls->bare_file, &info) != 0) {
        return MM_OS;
    }
    calls->result = (uint64_t)info.st_size;
    return MM_OK;
}

enum mm_status bare_read(struct calls *calls)
{
    ssize_t moved =
        pread((int)calls->bare_file, calls->buffer.octets, calls->octets, 0);

    calls->result = (uint64_t)moved;
    return status_of(moved < 0);
}

enum mm_status bare_write(struct calls *calls)
{
    ssize_t moved =
        pwrite((int)calls->bare_file, calls->buffer.octets, calls->octets, 0);

    calls->result = (uint64_t)moved;
    return status_of(moved < 0);
}

enum mm_status bare_sync(struct calls *calls)
{
    return status_of(fsync((int)calls->bare_file));
}

enum mm_status bare_map(struct calls *calls)
{
    void *address = mmap(NULL, calls->octets, PROT_READ, MAP_SHARED,
                         (int)calls->bare_file, 0);

    if (address == MAP_FAILED) {
        return MM_OS;
    }
    return status_of(munmap(address, calls->octets));
}

enum mm_status bare_map_alone(struct calls *calls)
{
    return mmap(NULL, calls->octets, PROT_READ, MAP_SHARED,
                (int)calls->bare_file, 0) == MAP_FAILED
               ? MM_OS
               : MM_OK;
}

enum mm_status bare_prefetch(struct calls *calls)
{
    return status_of(
        madvise(calls->view.address, calls->octets, MADV_POPULATE_READ));
}

enum mm_status bare_advise(struct calls *calls)
{
    return status_of(
        madvise(calls->view.address, calls->octets, MADV_WILLNEED));
}

enum mm_status bare_flush_started(struct calls *calls)
{
    return status_of(sync_file_range(
        (int)calls->bare_file, 0, (off_t)calls->octets, SYNC_FILE_RANGE_WRITE));
}

enum mm_status bare_flush_durable(struct calls *calls)
{
    return status_of(msync(calls->view.address, calls->octets, MS_SYNC));
}

enum mm_status bare_event(struct calls *calls)
{
    return status_of(sem_post(calls->bare_event) != 0 ||
                     sem_wait(calls->bare_event) != 0);
}

enum mm_status bare_mutex(struct calls *calls)
{
    return status_of(pthread_mutex_lock(calls->bare_mutex) != 0 ||
                     pthread_mutex_unlock(calls->bare_mutex) != 0);
}

enum mm_status bare_semaphore(struct calls *calls)
{
    return status_of(sem_post(calls->bare_semaphore) != 0 ||
                     sem_wait(calls->bare_semaphore) != 0);
}
