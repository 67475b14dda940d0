/* SPDX-License-Identifier: MIT */
/* Octets that grow up to a limit. */
#ifndef CONFORM_BUFFER_H
#define CONFORM_BUFFER_H

#include <stddef.h>

#include "problem.h"

/* An empty buffer is all zeros. The octets may hold NUL. */
struct conform_buffer {
    char *data;
    size_t size;
    size_t room;
};

/* Beyond `size_max` octets the addition is refused with EXIT_ENVIRONMENT. */
enum exit_code conform_buffer_add(struct conform_buffer *buffer,
                                  const char *octets, size_t size,
                                  size_t size_max,
                                  struct conform_problem *problem);

/* Read a whole file and put a NUL behind it that `size` does not count. */
enum exit_code conform_buffer_read(struct conform_buffer *buffer,
                                   const char *path, size_t size_max,
                                   struct conform_problem *problem);

/* Free the octets and leave an empty buffer. */
void conform_buffer_free(struct conform_buffer *buffer);

#endif /* CONFORM_BUFFER_H */
