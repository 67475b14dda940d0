/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/mapping.h>

enum mm_status buffer_make(size_t size, struct buffer *buffer_out)
{
    size_t page = mm_page_size();
    uintptr_t start;

    memset(buffer_out, 0, sizeof(*buffer_out));
    if (size > SIZE_MAX - page) {
        return MM_NO_MEMORY;
    }
    buffer_out->block = malloc(size + page);
    if (buffer_out->block == NULL) {
        return MM_NO_MEMORY;
    }
    start = ((uintptr_t)buffer_out->block + page - 1) / page * page;
    buffer_out->octets = (unsigned char *)start;
    memset(buffer_out->octets, 0, size);
    return MM_OK;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->block);
    memset(buffer, 0, sizeof(*buffer));
}

size_t buffer_alignment(const void *address)
{
    size_t alignment = mm_page_size();

    while ((uintptr_t)address % alignment != 0) {
        alignment /= 2;
    }
    return alignment;
}
