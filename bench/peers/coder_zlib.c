/* SPDX-License-Identifier: MIT */
/* zlib by itself, as its manual has it: a state that is reset for each item,
 * or one for each item alone. */
#include "../coder.h"

#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

enum { WINDOW = 15, PLUS_GZIP = 16, MEMORY_LEVEL = 8 };

struct coder {
    struct coder_terms terms;
    z_stream stream;
};

static int window_of(enum mm_codec_format format)
{
    return format == MM_CODEC_RAW    ? -WINDOW
           : format == MM_CODEC_GZIP ? WINDOW + PLUS_GZIP
                                     : WINDOW;
}

static int begin(struct coder *coder)
{
    int window = window_of(coder->terms.format);

    return coder->terms.encodes
               ? deflateInit2(&coder->stream, coder->terms.level, Z_DEFLATED,
                              window, MEMORY_LEVEL, Z_DEFAULT_STRATEGY)
               : inflateInit2(&coder->stream, window);
}

static void end(struct coder *coder)
{
    if (coder->terms.encodes) {
        (void)deflateEnd(&coder->stream);
    } else {
        (void)inflateEnd(&coder->stream);
    }
}

static enum mm_status open_once(const struct coder_terms *terms,
                                void **state_out)
{
    struct coder *coder = calloc(1, sizeof(*coder));

    *state_out = coder;
    if (coder == NULL) {
        return MM_NO_MEMORY;
    }
    coder->terms = *terms;
    return MM_OK;
}

static enum mm_status open_kept(const struct coder_terms *terms,
                                void **state_out)
{
    enum mm_status status = open_once(terms, state_out);

    if (status == MM_OK && begin(*state_out) != Z_OK) {
        free(*state_out);
        *state_out = NULL;
        status = MM_NO_MEMORY;
    }
    return status;
}

static void close_kept(void *state)
{
    if (state != NULL) {
        end(state);
    }
    free(state);
}

/* A whole item by a state that is fresh. Items are smaller than 4 GiB. */
static enum mm_status go(struct coder *coder, const unsigned char *input,
                         size_t size, unsigned char *output, size_t room,
                         size_t *size_out)
{
    z_stream *stream = &coder->stream;
    int result;

    stream->next_in = input;
    stream->avail_in = (uInt)size;
    stream->next_out = output;
    stream->avail_out = (uInt)room;
    result = coder->terms.encodes ? deflate(stream, Z_FINISH)
                                  : inflate(stream, Z_FINISH);
    *size_out = room - stream->avail_out;
    return result == Z_STREAM_END ? MM_OK : MM_BAD_DATA;
}

static enum mm_status run_kept(void *state, const unsigned char *input,
                               size_t size, unsigned char *output, size_t room,
                               size_t *size_out)
{
    struct coder *coder = state;
    int result = coder->terms.encodes ? deflateReset(&coder->stream)
                                      : inflateReset(&coder->stream);

    return result == Z_OK ? go(coder, input, size, output, room, size_out)
                          : MM_INVALID;
}

/* The calls that zlib has for this, which know its own format alone. */
static enum mm_status run_own(const struct coder_terms *terms,
                              const unsigned char *input, size_t size,
                              unsigned char *output, size_t room,
                              size_t *size_out)
{
    uLongf produced = (uLongf)room;
    int result =
        terms->encodes
            ? compress2(output, &produced, input, (uLong)size, terms->level)
            : uncompress(output, &produced, input, (uLong)size);

    *size_out = produced;
    return result == Z_OK ? MM_OK : MM_BAD_DATA;
}

static enum mm_status run_once(void *state, const unsigned char *input,
                               size_t size, unsigned char *output, size_t room,
                               size_t *size_out)
{
    struct coder *coder = state;
    enum mm_status status;

    if (coder->terms.format == MM_CODEC_ZLIB) {
        return run_own(&coder->terms, input, size, output, room, size_out);
    }
    if (begin(coder) != Z_OK) {
        return MM_NO_MEMORY;
    }
    status = go(coder, input, size, output, room, size_out);
    end(coder);
    return status;
}

const char *coder_zlib_version(void)
{
    return zlibVersion();
}

const struct coder_kind coder_zlib = {open_kept, run_kept, close_kept};
const struct coder_kind coder_zlib_once = {open_once, run_once, free};
