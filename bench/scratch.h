/* SPDX-License-Identifier: MIT */
/* Files of our own in the scratch directory, under names that nobody else
 * has, also when several programs run at once. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <mapmark/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Create a file with the first free name that has the label in it, open for
 * reading and writing.
 *
 * Errors:    as mm_file_open(). On failure both results are NULL.
 * Ownership: the caller frees the path, closes and removes the file.
 */
enum mm_status scratch_create(const char *folder, const char *label,
                              char **path_out, struct mm_file **file_out);

#ifdef __cplusplus
}
#endif

#endif /* SCRATCH_H */
