/* SPDX-License-Identifier: MIT */
/* The system's own way to copy a file: copy_file_range(2), CopyFile2; one file
 * a system. */
#ifndef COPY_FILE_H
#define COPY_FILE_H

#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Copy a file to a name that is still free, from opening to closing.
 *
 * Errors:    MM_UNSUPPORTED (this system, or these file systems, cannot),
 *            MM_NO_SPACE, MM_OS. What was made of the copy stays.
 */
enum mm_status copy_file(const char *from, const char *to);

#ifdef __cplusplus
}
#endif

#endif /* COPY_FILE_H */
