/* SPDX-License-Identifier: MIT */
/* Page-aligned memory: a read into a buffer that is 16 octets off its page,
 * where large malloc() blocks are, takes three to eight times as long. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** All zero is no buffer. */
struct buffer {
    unsigned char *octets; /* page-aligned, all pages touched */
    void *block;           /* what it was cut from */
};

enum mm_status buffer_make(size_t size, struct buffer *buffer_out);

void buffer_free(struct buffer *buffer);

/** The largest power of two, up to the page size, that the address is a
 * multiple of: what a row stores as its buffer's alignment. */
size_t buffer_alignment(const void *address);

#ifdef __cplusplus
}
#endif

#endif /* BUFFER_H */
