/* SPDX-License-Identifier: MIT */
#include "case.h"

#include <string.h>

void mm_case_free(struct mm_case *item)
{
    mm_buffer_free(&item->wire);
    for (size_t i = 0; i < item->body_count; i++) {
        mm_buffer_free(&item->bodies[i]);
    }
    *item = (struct mm_case){0};
}

bool mm_case_has_body(const struct mm_case *item, const char *octets,
                      size_t size)
{
    for (size_t i = 0; i < item->body_count; i++) {
        const struct mm_buffer *body = &item->bodies[i];

        if (body->size == size &&
            (octets == NULL || memcmp(body->data, octets, size) == 0)) {
            return true;
        }
    }
    return false;
}
