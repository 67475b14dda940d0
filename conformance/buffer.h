/* SPDX-License-Identifier: MIT */
/* Octets that grow up to a limit. */
#ifndef MM_BUFFER_H
#define MM_BUFFER_H

#include <stddef.h>

#include "problem.h"

/* An empty buffer is all zeros. The octets may hold NUL. */
struct mm_buffer {
    char *data;
    size_t size;
    size_t room;
};

/* Beyond `size_max` octets the addition is refused with MM_EXIT_ENVIRONMENT. */
enum mm_exit mm_buffer_add(struct mm_buffer *buffer, const char *octets,
                           size_t size, size_t size_max,
                           struct mm_problem *problem);

/* Read a whole file and put a NUL behind it that `size` does not count. */
enum mm_exit mm_buffer_read(struct mm_buffer *buffer, const char *path,
                            size_t size_max, struct mm_problem *problem);

/* Free the octets and leave an empty buffer. */
void mm_buffer_free(struct mm_buffer *buffer);

#endif /* MM_BUFFER_H */
