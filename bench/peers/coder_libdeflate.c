/* SPDX-License-Identifier: MIT */
/* libdeflate, which knows whole items alone and keeps a state for them. Its
 * levels are not zlib's: the same number comes to another size. */
#include "../coder.h"

#ifdef BENCH_HAS_LIBDEFLATE

#include <libdeflate.h>
#include <stdlib.h>

struct coder {
    struct coder_terms terms;
    struct libdeflate_compressor *compressor;
    struct libdeflate_decompressor *decompressor;
};

static void shut(void *state)
{
    struct coder *coder = state;

    if (coder != NULL && coder->compressor != NULL) {
        libdeflate_free_compressor(coder->compressor);
    }
    if (coder != NULL && coder->decompressor != NULL) {
        libdeflate_free_decompressor(coder->decompressor);
    }
    free(coder);
}

static enum mm_status open_kept(const struct coder_terms *terms,
                                void **state_out)
{
    struct coder *coder = calloc(1, sizeof(*coder));
    bool opened = false;

    if (coder != NULL) {
        coder->terms = *terms;
        if (terms->encodes) {
            coder->compressor = libdeflate_alloc_compressor(terms->level);
            opened = coder->compressor != NULL;
        } else {
            coder->decompressor = libdeflate_alloc_decompressor();
            opened = coder->decompressor != NULL;
        }
    }
    if (!opened) {
        shut(coder);
        coder = NULL;
    }
    *state_out = coder;
    return opened ? MM_OK : MM_NO_MEMORY;
}

static size_t encode(const struct coder *coder, const unsigned char *input,
                     size_t size, unsigned char *output, size_t room)
{
    switch (coder->terms.format) {
    case MM_CODEC_RAW:
        return libdeflate_deflate_compress(coder->compressor, input, size,
                                           output, room);
    case MM_CODEC_GZIP:
        return libdeflate_gzip_compress(coder->compressor, input, size, output,
                                        room);
    case MM_CODEC_ZLIB:
        break;
    }
    return libdeflate_zlib_compress(coder->compressor, input, size, output,
                                    room);
}

static enum libdeflate_result decode(const struct coder *coder,
                                     const unsigned char *input, size_t size,
                                     unsigned char *output, size_t room,
                                     size_t *size_out)
{
    switch (coder->terms.format) {
    case MM_CODEC_RAW:
        return libdeflate_deflate_decompress(coder->decompressor, input, size,
                                             output, room, size_out);
    case MM_CODEC_GZIP:
        return libdeflate_gzip_decompress(coder->decompressor, input, size,
                                          output, room, size_out);
    case MM_CODEC_ZLIB:
        break;
    }
    return libdeflate_zlib_decompress(coder->decompressor, input, size, output,
                                      room, size_out);
}

static enum mm_status run(void *state, const unsigned char *input, size_t size,
                          unsigned char *output, size_t room, size_t *size_out)
{
    struct coder *coder = state;

    if (coder->terms.encodes) {
        *size_out = encode(coder, input, size, output, room);
        return *size_out != 0 ? MM_OK : MM_BUFFER_TOO_SMALL;
    }
    return decode(coder, input, size, output, room, size_out) ==
                   LIBDEFLATE_SUCCESS
               ? MM_OK
               : MM_BAD_DATA;
}

const char *coder_libdeflate_version(void)
{
    return LIBDEFLATE_VERSION_STRING;
}

const struct coder_kind coder_libdeflate = {open_kept, run, shut};

#else

static enum mm_status open_none(const struct coder_terms *terms,
                                void **state_out)
{
    (void)terms;
    *state_out = NULL;
    return MM_UNSUPPORTED;
}

const char *coder_libdeflate_version(void)
{
    return NULL;
}

const struct coder_kind coder_libdeflate = {.open = open_none};

#endif
