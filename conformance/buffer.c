/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum exit_code make_room(struct conform_buffer *buffer, size_t size,
                                struct conform_problem *problem)
{
    size_t room = buffer->room == 0 ? 256 : buffer->room;
    char *data;

    if (size <= buffer->room) {
        return EXIT_OK;
    }
    while (room < size) {
        room *= 2;
    }
    data = realloc(buffer->data, room);
    if (data == NULL) {
        return conform_problem_no_memory(problem);
    }
    buffer->data = data;
    buffer->room = room;
    return EXIT_OK;
}

enum exit_code conform_buffer_add(struct conform_buffer *buffer,
                                  const char *octets, size_t size,
                                  size_t size_max,
                                  struct conform_problem *problem)
{
    enum exit_code status;

    if (size > size_max || buffer->size > size_max - size) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "too large: at most %zu octets are allowed",
                                   size_max);
    }
    status = make_room(buffer, buffer->size + size, problem);
    if (status == EXIT_OK && size > 0) {
        memcpy(buffer->data + buffer->size, octets, size);
        buffer->size += size;
    }
    return status;
}

enum exit_code conform_buffer_read(struct conform_buffer *buffer,
                                   const char *path, size_t size_max,
                                   struct conform_problem *problem)
{
    enum exit_code status = EXIT_OK;
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t size;

    if (file == NULL) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   "%s: cannot be opened: %s", path,
                                   strerror(errno));
    }
    while (status == EXIT_OK &&
           (size = fread(block, 1, sizeof(block), file)) > 0) {
        status = conform_buffer_add(buffer, block, size, size_max, problem);
    }
    if (status == EXIT_OK && ferror(file)) {
        status = conform_problem_set(problem, EXIT_ENVIRONMENT,
                                     "cannot be read: %s", strerror(errno));
    }
    fclose(file);
    if (status == EXIT_OK) {
        status = conform_buffer_add(buffer, "", 1, size_max + 1, problem);
    }
    if (status == EXIT_OK) {
        buffer->size--;
    } else {
        conform_problem_locate(problem, path, 0);
    }
    return status;
}

void conform_buffer_free(struct conform_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct conform_buffer){0};
}
