/* SPDX-License-Identifier: MIT */
#include "coder.h"

#include <stdlib.h>

struct coder {
    struct coder_terms terms;
    struct mm_codec *codec; /* of those that keep one */
};

static void shut(void *state)
{
    struct coder *coder = state;

    if (coder != NULL) {
        mm_codec_close(coder->codec);
    }
    free(coder);
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
    const struct mm_codec_options options = {.format = terms->format,
                                             .level = terms->level,
                                             .input_size_max = terms->size};
    enum mm_status status = open_once(terms, state_out);
    struct coder *coder = *state_out;

    if (status == MM_OK) {
        status = terms->encodes
                     ? mm_codec_open_encoder(&options, &coder->codec)
                     : mm_codec_open_decoder(&options, &coder->codec);
    }
    if (status != MM_OK) {
        shut(coder);
        *state_out = NULL;
    }
    return status;
}

static enum mm_status run_kept(void *state, const unsigned char *input,
                               size_t size, unsigned char *output, size_t room,
                               size_t *size_out)
{
    struct coder *coder = state;

    *size_out = room;
    return mm_codec_apply(coder->codec, input, &size, output, size_out);
}

static enum mm_status run_once(void *state, const unsigned char *input,
                               size_t size, unsigned char *output, size_t room,
                               size_t *size_out)
{
    const struct coder_terms *terms = &((struct coder *)state)->terms;

    *size_out = room;
    return terms->encodes
               ? mm_codec_encode(terms->format, terms->level, input, size,
                                 output, size_out)
               : mm_codec_decode(terms->format, input, &size, output, size_out);
}

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

static enum mm_status run_pieces(void *state, const unsigned char *input,
                                 size_t size, unsigned char *output,
                                 size_t room, size_t *size_out)
{
    struct coder *coder = state;
    struct mm_codec_io io = {.input = input, .output = output};
    enum mm_status status = mm_codec_reset(coder->codec);
    size_t taken = 0, given = 0;

    while (!io.ended && (status == MM_OK || status == MM_BUFFER_TOO_SMALL)) {
        size_t piece = least(size - taken, CODER_PIECE);
        size_t space = least(room - given, CODER_PIECE);

        io.input_size = piece;
        io.output_room = space;
        status =
            mm_codec_run(coder->codec, &io,
                         taken + piece == size ? MM_CODEC_LAST : MM_CODEC_MORE);
        taken += piece - io.input_size;
        given += space - io.output_room;
        if (status == MM_BUFFER_TOO_SMALL && given == room) {
            break;
        }
    }
    *size_out = given;
    return status;
}

const struct coder_kind *coder_kind_of(enum coder_way way)
{
    static const struct coder_kind kept = {open_kept, run_kept, shut};
    static const struct coder_kind once = {open_once, run_once, shut};
    static const struct coder_kind pieces = {open_kept, run_pieces, shut};

    switch (way) {
    case CODER_LIBRARY_ONCE:
        return &once;
    case CODER_LIBRARY_PIECES:
        return &pieces;
    case CODER_ZLIB:
        return &coder_zlib;
    case CODER_ZLIB_ONCE:
        return &coder_zlib_once;
    case CODER_LIBDEFLATE:
        return &coder_libdeflate;
    case CODER_LIBRARY:
    case CODER_WAYS:
        break;
    }
    return &kept;
}
