/* SPDX-License-Identifier: MIT */
/* Files that are larger than the room they take. The library reserves what it
 * grows, and so cannot make them; one file a system. */
#ifndef SPARSE_FILE_H
#define SPARSE_FILE_H

#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Give an empty file this size, and room for what is written to it only.
 *
 * Errors:    MM_UNSUPPORTED (the file system reserves what a file grows by, or
 *            knows no files of that size; the file is empty again), MM_OS.
 */
enum mm_status sparse_file_grow(const char *path, uint64_t size);

/** Octets of storage that the file takes. */
enum mm_status sparse_file_room(const char *path, uint64_t *octets_out);

#ifdef __cplusplus
}
#endif

#endif /* SPARSE_FILE_H */
