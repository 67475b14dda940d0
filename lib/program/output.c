/* SPDX-License-Identifier: MIT */
#include <program/output.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <sys/stat.h>

#ifndef S_ISREG /* of POSIX, but not of every C library that has stat() */
#define S_ISREG(mode) (((mode)&S_IFMT) == S_IFREG)
#endif

/* Replacing a device by a file of its name would take it from everybody. */
static bool is_special(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

/* Two runs that write the same file must not share one half of it. */
static unsigned long unlike_others(const void *address)
{
    uint64_t mixed = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u;

    mixed ^= (uint64_t)clock() << 20;
    mixed ^= (uint64_t)(uintptr_t)address >> 4;
    return (unsigned long)(mixed >> 32 ^ (mixed & 0xffffffffu)) & 0xffffffffu;
}

/* ISO C does not ask for an errno of everything that fails. */
static int error_of(int number)
{
    return number != 0 ? number : EIO;
}

int output_open(struct output *output, const char *path)
{
    const char *target = path;

    *output = (struct output){0};
    if (strlen(path) >= sizeof(output->path)) {
        return ENAMETOOLONG;
    }
    snprintf(output->path, sizeof(output->path), "%s", path);
    if (!is_special(path)) {
        snprintf(output->temporary, sizeof(output->temporary), "%s.%08lx.tmp",
                 path, unlike_others(output));
        target = output->temporary;
    }
    errno = 0;
    output->file = fopen(target, "wb");
    if (output->file == NULL) {
        *output = (struct output){0};
        return error_of(errno);
    }
    return 0;
}

static bool is_writable_file(const char *path)
{
    FILE *file = fopen(path, "r+b");

    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

/* ISO C leaves it open whether rename() replaces a file; some systems refuse.
 */
static bool replace(const char *temporary, const char *path)
{
    if (rename(temporary, path) == 0) {
        return true;
    }
    return is_writable_file(path) && remove(path) == 0 &&
           rename(temporary, path) == 0;
}

int output_commit(struct output *output)
{
    int error = 0;

    errno = 0;
    if (fflush(output->file) != 0 || ferror(output->file)) {
        error = error_of(errno);
    }
    if (fclose(output->file) != 0 && error == 0) {
        error = error_of(errno);
    }
    if (error == 0 && output->temporary[0] != '\0' &&
        !replace(output->temporary, output->path)) {
        error = error_of(errno);
    }
    if (error != 0 && output->temporary[0] != '\0') {
        remove(output->temporary);
    }
    *output = (struct output){0};
    return error;
}
