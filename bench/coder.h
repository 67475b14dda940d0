/* SPDX-License-Identifier: MIT */
/* The ways to encode and decode whole items that rows compare: the library's,
 * and what a user would pick instead. */
#ifndef CODER_H
#define CODER_H

#include <stdbool.h>
#include <stddef.h>

#include <mapmark/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

/** In the order of the words of rows. */
enum coder_way {
    CODER_LIBRARY, /* a codec that is kept */
    CODER_LIBRARY_ONCE,
    CODER_LIBRARY_PIECES, /* the same as kept, by pieces */
    CODER_ZLIB,           /* a state that is kept and reset */
    CODER_ZLIB_ONCE,      /* for its own format, compress2() and uncompress() */
    CODER_LIBDEFLATE,     /* a state that is kept */
    CODER_WAYS,
};

/** Of a piece of input, and of the room for a piece of output. */
enum { CODER_PIECE = 4 << 10 };

struct coder_terms {
    enum coder_way way;
    bool encodes;
    enum mm_codec_format format;
    int level;
    size_t size; /* of an item */
};

struct coder_kind {
    /** MM_UNSUPPORTED where it is not there. */
    enum mm_status (*open)(const struct coder_terms *terms, void **state_out);
    /** One whole item; `*size_out` is what it came to. */
    enum mm_status (*run)(void *state, const unsigned char *input, size_t size,
                          unsigned char *output, size_t room, size_t *size_out);
    void (*close)(void *state);
};

const struct coder_kind *coder_kind_of(enum coder_way way);

/** The version of a library that ways stand on; NULL where it is not built
 * in. */
const char *coder_zlib_version(void);
const char *coder_libdeflate_version(void);

/* peers/coder_zlib.c */
extern const struct coder_kind coder_zlib;
extern const struct coder_kind coder_zlib_once;
/* peers/coder_libdeflate.c */
extern const struct coder_kind coder_libdeflate;

#ifdef __cplusplus
}
#endif

#endif /* CODER_H */
