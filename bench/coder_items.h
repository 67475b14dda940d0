/* SPDX-License-Identifier: MIT */
/* What is encoded and decoded: items of one size, cut from octets of one kind,
 * and what the library encodes them to. */
#ifndef CODER_ITEMS_H
#define CODER_ITEMS_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/codec.h>

#include "bench.h"

#ifdef __cplusplus
extern "C" {
#endif

/** In the order of coder_content_words. */
enum coder_content {
    CODER_SOURCE,  /* headers in a tar */
    CODER_BINARY,  /* a library */
    CODER_PACKED,  /* the source, encoded already */
    CODER_RECORDS, /* of text, in fields of set widths */
    CODER_HELLO,   /* "hello" and its NUL, again and again (W-11) */
};

extern const char *const coder_content_words[];

enum {
    /* Of all items together: they stay in a CPU's cache, more or less. */
    CODER_ITEMS_BYTES = 1 << 20,
    CODER_ITEMS_MAX = 8192,
    CODER_RECORD_BYTES = 125, /* as the flat-file database has (W-2) */
    CODER_HELLO_BYTES = 6,
};

struct coder_item {
    const unsigned char *octets; /* as many as all items have */
    const unsigned char *encoded;
    size_t encoded_size;
};

struct coder_items {
    unsigned char *octets;
    unsigned char *encoded;
    size_t size; /* of an item */
    size_t room; /* that suffices to encode one in any way */
    size_t count;
    struct coder_item items[CODER_ITEMS_MAX];
};

/**
 * Make the items, at least one.
 *
 * Errors:    MM_UNSUPPORTED where the machine has no such octets, or too few;
 *            MM_NO_MEMORY, and as mm_file_read().
 * Ownership: the caller gives `*items_out` to coder_items_free().
 */
enum mm_status coder_items_make(enum coder_content content, size_t size,
                                enum mm_codec_format format, int level,
                                uint64_t seed, struct coder_items **items_out,
                                struct bench_reason *reason);

/** Octets of the kind CODER_RECORDS. */
void coder_fill_records(unsigned char *octets, size_t size, uint64_t seed);

void coder_items_free(struct coder_items *items);

#ifdef __cplusplus
}
#endif

#endif /* CODER_ITEMS_H */
