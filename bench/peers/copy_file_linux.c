/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy_file.h"

static enum mm_status status_of(int error)
{
    switch (error) {
    case ENOSYS:
    case EOPNOTSUPP:
    case EXDEV:
    case EINVAL:
        return MM_UNSUPPORTED;
    case ENOSPC:
        return MM_NO_SPACE;
    default:
        return MM_OS;
    }
}

/* To the end of the file, which a call that copies nothing has reached. */
static enum mm_status copy(int from, int to)
{
    struct stat info;
    ssize_t copied = 1;

    if (fstat(from, &info) != 0) {
        return status_of(errno);
    }
    for (off_t left = info.st_size; left > 0 && copied > 0; left -= copied) {
        copied = copy_file_range(from, NULL, to, NULL, (size_t)left, 0);
        if (copied < 0 && errno != EINTR) {
            return status_of(errno);
        }
        if (copied < 0) {
            copied = 1;
            left += copied;
        }
    }
    return MM_OK;
}

enum mm_status copy_file(const char *from, const char *to)
{
    enum mm_status status = MM_OK;
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (source < 0 || target < 0) {
        status = status_of(errno);
    } else {
        status = copy(source, target);
    }
    if (source >= 0) {
        close(source);
    }
    if (target >= 0) {
        close(target);
    }
    return status;
}
