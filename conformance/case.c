/* SPDX-License-Identifier: MIT */
#include "case.h"

#include <string.h>

void conform_case_free(struct conform_case *item)
{
    conform_buffer_free(&item->wire);
    for (size_t i = 0; i < item->body_count; i++) {
        conform_buffer_free(&item->bodies[i]);
    }
    *item = (struct conform_case){0};
}

bool conform_case_has_body(const struct conform_case *item, const char *octets,
                           size_t size)
{
    for (size_t i = 0; i < item->body_count; i++) {
        const struct conform_buffer *body = &item->bodies[i];

        if (body->size == size &&
            (octets == NULL || memcmp(body->data, octets, size) == 0)) {
            return true;
        }
    }
    return false;
}
