/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mapmark/mapping.h>

#include "inject.h"
#include "internal.h"
#include "native.h"

/*
 * Octets far behind any data serve as locks between programs that use this
 * library; locking them needs no space. Locks of open descriptions are used:
 * a mapping pins its description, so the lock goes with the last view, also
 * when the process is killed.
 */
enum lock_octet {
    LOCK_MAPPED, /* shared by mappings, wanted alone by who shrinks */
    LOCK_GROW,   /* wanted alone by who grows */
    LOCK_ONCE,   /* wanted alone by who initialises */
};

static const off_t lock_base = (off_t)1 << 62;

static int lock_octet(int fd, enum lock_octet octet, short type, int command)
{
    struct flock lock = {
        .l_type = type,
        .l_whence = SEEK_SET,
        .l_start = lock_base + (off_t)octet,
        .l_len = 1,
    };
    int failed;

    do {
        failed = fcntl(fd, command, &lock);
    } while (failed != 0 && errno == EINTR);
    return failed;
}

static void unlock_octet(int fd, enum lock_octet octet)
{
    lock_octet(fd, octet, F_UNLCK, F_OFD_SETLK);
}

enum mm_status mmi_reopen(int fd, int flags, int *fd_out)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    *fd_out = open(path, flags | O_CLOEXEC | O_NOCTTY);
    return *fd_out < 0 ? mmi_os_error() : MM_OK;
}

enum mm_status mmi_file_hint(int fd, unsigned flags)
{
    int advice = POSIX_FADV_NORMAL;
    int error;

    if ((flags & MM_FILE_SEQUENTIAL) != 0) {
        advice = POSIX_FADV_SEQUENTIAL;
    } else if ((flags & MM_FILE_RANDOM) != 0) {
        advice = POSIX_FADV_RANDOM;
    } else {
        return MM_OK;
    }
    error = posix_fadvise(fd, 0, 0, advice);
    return error != 0 ? mmi_os_error_number(error) : MM_OK;
}

enum mm_status mmi_file_hold_size(int fd)
{
    if (lock_octet(fd, LOCK_MAPPED, F_RDLCK, F_OFD_SETLKW) == 0) {
        return MM_OK;
    }
    return errno == ENOMEM ? mmi_os_error() : MM_OK;
}

enum mm_status mmi_file_lock_once(int fd)
{
    return lock_octet(fd, LOCK_ONCE, F_WRLCK, F_OFD_SETLKW) != 0
               ? mmi_os_error()
               : MM_OK;
}

void mmi_file_unlock_once(int fd)
{
    unlock_octet(fd, LOCK_ONCE);
}

static int open_flags(unsigned flags)
{
    /* Non-blocking, or opening a pipe would wait for its other end. */
    int result = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

    if ((flags & MM_FILE_WRITE) == 0) {
        result |= O_RDONLY;
    } else {
        result |= (flags & MM_FILE_READ) != 0 ? O_RDWR : O_WRONLY;
    }
    if ((flags & MM_FILE_CREATE) != 0) {
        result |= O_CREAT;
    }
    if ((flags & MM_FILE_NEW) != 0) {
        result |= O_EXCL;
    }
    if ((flags & MM_FILE_WRITE_THROUGH) != 0) {
        result |= O_DSYNC;
    }
    return result;
}

static enum mm_status check_type(int fd)
{
    struct stat info;

    if (fstat(fd, &info) != 0) {
        return mmi_os_error();
    }
    return S_ISREG(info.st_mode) ? MM_OK : MM_WRONG_TYPE;
}

/* Advisory, and of the open description, so that views can keep it too. */
static enum mm_status share(int fd, unsigned flags)
{
    bool exclusive = (flags & MM_FILE_EXCLUSIVE) != 0;

    if (flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) {
        return MM_OK;
    }
    if (errno == EWOULDBLOCK) {
        return mmi_os_error();
    }
    /* This file system has no such locks: sharing is what happens anyway. */
    return exclusive ? MM_UNSUPPORTED : MM_OK;
}

static enum mm_status bypass_cache(int fd)
{
    int state = fcntl(fd, F_GETFL);

    if (state >= 0 && fcntl(fd, F_SETFL, state | O_DIRECT) == 0) {
        return MM_OK;
    }
    mmi_os_error();
    return MM_UNSUPPORTED;
}

/* What makes an open descriptor the file that was asked for. */
static enum mm_status finish_open(struct mm_file *file, const char *path)
{
    enum mm_status status = check_type(file->fd);

    if (status == MM_OK) {
        status = share(file->fd, file->flags);
    }
    if (status == MM_OK) {
        status = mmi_file_hint(file->fd, file->flags);
    }
    if (status == MM_OK && (file->flags & MM_FILE_TRUNCATE) != 0) {
        status = mm_file_set_size(file, 0);
    }
    if (status == MM_OK && (file->flags & MM_FILE_NO_CACHE) != 0) {
        status = bypass_cache(file->fd);
    }
    if (status == MM_OK && (file->flags & MM_FILE_TEMPORARY) != 0 &&
        unlink(path) != 0) {
        status = mmi_os_error();
    }
    if (status != MM_OK && (file->flags & MM_FILE_NEW) != 0) {
        unlink(path); /* This call made it, and nobody else wants it. */
    }
    return status;
}

enum mm_status mm_file_open(const char *path, unsigned flags,
                            struct mm_file **file_out)
{
    enum mm_status status = MM_OK;
    struct mm_file *file = NULL;

    *file_out = NULL;
    if (path == NULL || !mmi_file_flags_valid(flags)) {
        return MM_INVALID;
    }

    file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return MM_NO_MEMORY;
    }
    file->flags = flags;
    file->fd = open(path, open_flags(flags), 0666);
    if (file->fd < 0) {
        status = mmi_os_error();
        goto done;
    }
    status = finish_open(file, path);

done:
    if (status != MM_OK) {
        mm_file_close(file);
        return status;
    }
    *file_out = file;
    return MM_OK;
}

void mm_file_close(struct mm_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->fd >= 0) {
        close(file->fd);
    }
    free(file);
}

static bool aligned(const struct mm_file *file, uint64_t offset,
                    const void *buffer, size_t size)
{
    size_t page;

    if ((file->flags & MM_FILE_NO_CACHE) == 0) {
        return true;
    }
    page = mm_page_size();
    return offset % page == 0 && size % page == 0 &&
           (uintptr_t)buffer % page == 0;
}

static enum mm_status check_transfer(const struct mm_file *file,
                                     unsigned needed, uint64_t offset,
                                     const void *buffer, size_t size)
{
    if ((file->flags & needed) == 0) {
        return MM_DENIED;
    }
    if (offset > INT64_MAX || (buffer == NULL && size != 0)) {
        return MM_INVALID;
    }
    return aligned(file, offset, buffer, size) ? MM_OK : MM_MISALIGNED;
}

enum mm_status mm_file_read(struct mm_file *file, uint64_t offset, void *buffer,
                            size_t size, size_t *transferred_out)
{
    enum mm_status status =
        check_transfer(file, MM_FILE_READ, offset, buffer, size);
    size_t done = 0;

    mmi_inject();
    while (status == MM_OK && done < size) {
        ssize_t count = pread(file->fd, (char *)buffer + done, size - done,
                              (off_t)(offset + done));

        if (count < 0) {
            status = errno == EINTR ? MM_OK : mmi_os_error();
        } else if (count == 0) {
            break;
        } else {
            done += (size_t)count;
            /* Reading on from there would be misaligned, and it is the end. */
            if (!aligned(file, offset + done, NULL, 0)) {
                break;
            }
        }
    }
    *transferred_out = done;
    return status;
}

enum mm_status mm_file_write(struct mm_file *file, uint64_t offset,
                             const void *buffer, size_t size,
                             size_t *transferred_out)
{
    enum mm_status status =
        check_transfer(file, MM_FILE_WRITE, offset, buffer, size);
    size_t done = 0;

    mmi_inject();
    while (status == MM_OK && done < size) {
        ssize_t count = pwrite(file->fd, (const char *)buffer + done,
                               size - done, (off_t)(offset + done));

        if (count < 0) {
            status = errno == EINTR ? MM_OK : mmi_os_error();
        } else if (count == 0) {
            status = MM_IO; /* Asking again could go on for ever. */
        } else {
            done += (size_t)count;
        }
    }
    *transferred_out = done;
    return status;
}

enum mm_status mm_file_size(struct mm_file *file, uint64_t *size_out)
{
    struct stat info;

    mmi_inject();
    *size_out = 0;
    if (fstat(file->fd, &info) != 0) {
        return mmi_os_error();
    }
    *size_out = (uint64_t)info.st_size;
    return MM_OK;
}

enum mm_status mm_file_is_same(struct mm_file *file, struct mm_file *other,
                               bool *same_out)
{
    struct stat info;
    struct stat other_info;

    *same_out = false;
    if (fstat(file->fd, &info) != 0 || fstat(other->fd, &other_info) != 0) {
        return mmi_os_error();
    }
    *same_out =
        info.st_dev == other_info.st_dev && info.st_ino == other_info.st_ino;
    return MM_OK;
}

/* Reads and writes are positional, so the position is free to be the mark. */
enum mm_status mm_file_mark(struct mm_file *file, bool *marked_out)
{
    off_t found = lseek(file->fd, 0, SEEK_CUR);

    *marked_out = false;
    if (found < 0 || lseek(file->fd, 1, SEEK_SET) < 0) {
        return mmi_os_error();
    }
    *marked_out = found != 0;
    return MM_OK;
}

static enum mm_status write_zeros(int fd, uint64_t offset, uint64_t size)
{
    static const char zeros[65536];

    while (size > 0) {
        size_t part = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);
        ssize_t count = pwrite(fd, zeros, part, (off_t)offset);

        if (count > 0) {
            offset += (uint64_t)count;
            size -= (uint64_t)count;
        } else if (count == 0) {
            return MM_IO; /* Asking again could go on for ever. */
        } else if (errno != EINTR) {
            return mmi_os_error();
        }
    }
    return MM_OK;
}

enum mm_status mmi_file_reserve(int fd, uint64_t offset, uint64_t size)
{
    int failed;

    do {
        failed = fallocate(fd, 0, (off_t)offset, (off_t)size);
    } while (failed != 0 && errno == EINTR);
    if (failed == 0) {
        return MM_OK;
    }
    /* glibc's posix_fallocate() would write too, but over others' data. */
    return errno == EOPNOTSUPP ? write_zeros(fd, offset, size) : mmi_os_error();
}

/*
 * A view may have written behind the end within the last page, and only some
 * file systems wipe that when the end moves: write the zeros that the new
 * octets of that page shall have.
 */
static enum mm_status grow_from(int fd, uint64_t old_size, uint64_t size)
{
    uint64_t page = mm_page_size();
    uint64_t tail = (page - old_size % page) % page;
    enum mm_status status;

    if (tail > size - old_size) {
        tail = size - old_size;
    }
    status = write_zeros(fd, old_size, tail);
    if (status == MM_OK && tail < size - old_size) {
        status = mmi_file_reserve(fd, old_size + tail, size - old_size - tail);
    }
    if (status != MM_OK && ftruncate(fd, (off_t)old_size) != 0) {
        mmi_os_error(); /* The reason it could not grow matters more. */
    }
    return status;
}

enum mm_status mmi_file_grow(int fd, uint64_t size)
{
    enum mm_status status = MM_OK;
    struct stat info;

    if (size > INT64_MAX) {
        return MM_OUT_OF_RANGE;
    }
    /* Two that grow at once could cut off what the other has reserved. */
    lock_octet(fd, LOCK_GROW, F_WRLCK, F_OFD_SETLKW);
    if (fstat(fd, &info) != 0) {
        status = mmi_os_error();
    } else if (size > (uint64_t)info.st_size) {
        status = grow_from(fd, (uint64_t)info.st_size, size);
    }
    unlock_octet(fd, LOCK_GROW);
    return status;
}

static enum mm_status shrink(int fd, uint64_t size)
{
    enum mm_status status = MM_OK;

    if (lock_octet(fd, LOCK_MAPPED, F_WRLCK, F_OFD_SETLK) != 0 &&
        (errno == EAGAIN || errno == EACCES)) {
        mmi_os_error();
        return MM_MAPPED;
    }
    if (ftruncate(fd, (off_t)size) != 0) {
        status = mmi_os_error();
    }
    unlock_octet(fd, LOCK_MAPPED);
    return status;
}

enum mm_status mm_file_set_size(struct mm_file *file, uint64_t size)
{
    enum mm_status status;
    uint64_t old_size;
    int plain = -1;

    if ((file->flags & MM_FILE_WRITE) == 0) {
        return MM_DENIED;
    }
    status = mm_file_size(file, &old_size);
    if (status != MM_OK || size == old_size) {
        return status;
    }
    if (size < old_size) {
        return shrink(file->fd, size);
    }
    /* Zeros of any length cannot be written around the cache. */
    if ((file->flags & MM_FILE_NO_CACHE) != 0) {
        status = mmi_reopen(file->fd, O_WRONLY, &plain);
    }
    if (status == MM_OK) {
        status = mmi_file_grow(plain >= 0 ? plain : file->fd, size);
    }
    if (plain >= 0) {
        close(plain);
    }
    return status;
}

enum mm_status mm_file_sync(struct mm_file *file)
{
    return fsync(file->fd) != 0 ? mmi_os_error() : MM_OK;
}
