/* SPDX-License-Identifier: MIT */
/* Octets of files that machines have, for what depends on them: those that a
 * program makes up are too regular, or not regular at all. */
#ifndef REAL_FILES_H
#define REAL_FILES_H

#include <stddef.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A tar of the C library's headers, in the order of their names, as much of it
 * as there is room for.
 *
 * Errors:    MM_UNSUPPORTED where there are none.
 */
enum mm_status real_files_source(unsigned char *octets, size_t room,
                                 size_t *size_out);

/**
 * The path of the C library itself, or of what it stands on.
 *
 * Errors:    MM_UNSUPPORTED where it is not told.
 */
enum mm_status real_files_binary(char *path, size_t room);

#ifdef __cplusplus
}
#endif

#endif /* REAL_FILES_H */
