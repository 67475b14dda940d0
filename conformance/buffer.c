/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum mm_exit make_room(struct mm_buffer *buffer, size_t size,
                              struct mm_problem *problem)
{
    size_t room = buffer->room == 0 ? 256 : buffer->room;
    char *data;

    if (size <= buffer->room) {
        return MM_EXIT_OK;
    }
    while (room < size) {
        room *= 2;
    }
    data = realloc(buffer->data, room);
    if (data == NULL) {
        return mm_problem_no_memory(problem);
    }
    buffer->data = data;
    buffer->room = room;
    return MM_EXIT_OK;
}

enum mm_exit mm_buffer_add(struct mm_buffer *buffer, const char *octets,
                           size_t size, size_t size_max,
                           struct mm_problem *problem)
{
    enum mm_exit status;

    if (size > size_max || buffer->size > size_max - size) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "too large: at most %zu octets are allowed",
                              size_max);
    }
    status = make_room(buffer, buffer->size + size, problem);
    if (status == MM_EXIT_OK && size > 0) {
        memcpy(buffer->data + buffer->size, octets, size);
        buffer->size += size;
    }
    return status;
}

enum mm_exit mm_buffer_read(struct mm_buffer *buffer, const char *path,
                            size_t size_max, struct mm_problem *problem)
{
    enum mm_exit status = MM_EXIT_OK;
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t size;

    if (file == NULL) {
        return mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                              "%s: cannot be opened: %s", path,
                              strerror(errno));
    }
    while (status == MM_EXIT_OK &&
           (size = fread(block, 1, sizeof(block), file)) > 0) {
        status = mm_buffer_add(buffer, block, size, size_max, problem);
    }
    if (status == MM_EXIT_OK && ferror(file)) {
        status = mm_problem_set(problem, MM_EXIT_ENVIRONMENT,
                                "cannot be read: %s", strerror(errno));
    }
    fclose(file);
    if (status == MM_EXIT_OK) {
        status = mm_buffer_add(buffer, "", 1, size_max + 1, problem);
    }
    if (status == MM_EXIT_OK) {
        buffer->size--;
    } else {
        mm_problem_locate(problem, path, 0);
    }
    return status;
}

void mm_buffer_free(struct mm_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct mm_buffer){0};
}
