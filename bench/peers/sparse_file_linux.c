/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sparse_file.h"

enum {
    BLOCK = 512, /* of st_blocks, whatever the file system's own */
    /* Tried first: a file system that reserves takes that much and no more. */
    PROBE_BYTES = 1 << 20,
};

static enum mm_status grow(int file, uint64_t size)
{
    struct stat info;

    if (ftruncate(file, PROBE_BYTES) != 0 || fsync(file) != 0 ||
        fstat(file, &info) != 0) {
        return MM_OS;
    }
    if (info.st_blocks * BLOCK >= PROBE_BYTES) {
        return MM_UNSUPPORTED;
    }
    if (ftruncate(file, (off_t)size) != 0) {
        return errno == EFBIG || errno == EINVAL ? MM_UNSUPPORTED : MM_OS;
    }
    return MM_OK;
}

enum mm_status sparse_file_grow(const char *path, uint64_t size)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    enum mm_status status;

    if (file < 0) {
        return MM_OS;
    }
    status = grow(file, size);
    if (status != MM_OK && ftruncate(file, 0) != 0) {
        status = MM_OS;
    }
    close(file);
    return status;
}

enum mm_status sparse_file_room(const char *path, uint64_t *octets_out)
{
    struct stat info;

    *octets_out = 0;
    if (stat(path, &info) != 0) {
        return MM_OS;
    }
    *octets_out = (uint64_t)info.st_blocks * BLOCK;
    return MM_OK;
}
