/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <sys/stat.h>

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

static enum mm_exit refuse(struct mm_problem *problem, const char *path,
                           const char *what, int error)
{
    return mm_problem_set(problem, MM_EXIT_IO, "%.400s: %s: %s", path, what,
                          error == 0 ? "unknown error" : strerror(error));
}

enum mm_exit mm_output_open(struct mm_output *output, const char *path,
                            struct mm_problem *problem)
{
    const char *target = path;

    if (strlen(path) >= sizeof(output->path)) {
        return refuse(problem, path, "cannot be written", ENAMETOOLONG);
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
        enum mm_exit status = refuse(problem, path, "cannot be written", errno);

        *output = (struct mm_output){0};
        return status;
    }
    return MM_EXIT_OK;
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

enum mm_exit mm_output_commit(struct mm_output *output,
                              struct mm_problem *problem)
{
    enum mm_exit status = MM_EXIT_OK;
    bool written;
    int error;

    errno = 0;
    written = fflush(output->file) == 0 && !ferror(output->file);
    error = errno;
    if (fclose(output->file) != 0 && written) {
        written = false;
        error = errno;
    }
    if (!written) {
        status = refuse(problem, output->path, "cannot be written", error);
    } else if (output->temporary[0] != '\0' &&
               !replace(output->temporary, output->path)) {
        status = refuse(problem, output->path, "cannot be replaced", errno);
    }
    if (status != MM_EXIT_OK && output->temporary[0] != '\0') {
        remove(output->temporary);
    }
    *output = (struct mm_output){0};
    return status;
}
