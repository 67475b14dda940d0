/* SPDX-License-Identifier: MIT */
#include <mapmark/codec.h>

#include <stdlib.h>
#include <string.h>

#include "inject.h"
#include "stream.h"

enum {
    /* Bits of the largest window, and of the least that all formats have. */
    WINDOW = 15,
    WINDOW_MIN = 9,
    PLUS_GZIP = 16,
    /* What deflateInit() has: the bounds of zlib are for this. */
    MEMORY_LEVEL = 8,
    /* zlib finds nothing in the last octets of its window (deflate.h). */
    WINDOW_LOST = 262,
    /* A block has so many bits of symbols more than the memory level. */
    BLOCK_MORE = 6,
    /* Around the same octets, gzip has so many more than zlib. */
    GZIP_MORE = 12,
};

/* How zlib is told the format, with its window (zlib.h). */
static int window_of(enum mm_codec_format format, int bits)
{
    switch (format) {
    case MM_CODEC_RAW:
        return -bits;
    case MM_CODEC_GZIP:
        return bits + PLUS_GZIP;
    case MM_CODEC_ZLIB:
        break;
    }
    return bits;
}

static bool format_known(enum mm_codec_format format)
{
    return format == MM_CODEC_ZLIB || format == MM_CODEC_RAW ||
           format == MM_CODEC_GZIP;
}

size_t mm_codec_bound(enum mm_codec_format format, size_t size)
{
    /* zlib's own bound, in pieces for the systems where it takes 32 bits. */
    size_t pieces = size / MMI_CHUNK, piece = compressBound((uLong)MMI_CHUNK);
    size_t rest = compressBound((uLong)(size % MMI_CHUNK)) + GZIP_MORE;

    if (!format_known(format) || pieces > (SIZE_MAX - rest) / piece) {
        return 0;
    }
    return pieces * piece + rest;
}

/* ---- opening, resetting, closing ----------------------------------------- */

static enum mm_status check(const struct mm_codec_options *options,
                            bool encodes)
{
    if (options == NULL || !format_known(options->format) ||
        (options->flags & ~(unsigned)MM_CODEC_ONE_MEMBER) != 0 ||
        (options->dictionary == NULL && options->dictionary_size != 0) ||
        options->dictionary_size > MMI_CHUNK ||
        (encodes && (options->level < MM_CODEC_LEVEL_MIN ||
                     options->level > MM_CODEC_LEVEL_MAX))) {
        return MM_INVALID;
    }
    return options->dictionary_size != 0 && options->format == MM_CODEC_GZIP
               ? MM_UNSUPPORTED
               : MM_OK;
}

/* A stream of zlib asks for its dictionary when it is decoded. */
static int begin(struct mm_codec *codec)
{
    if (codec->dictionary == NULL) {
        return Z_OK;
    }
    if (codec->encodes) {
        return deflateSetDictionary(&codec->stream, codec->dictionary,
                                    codec->dictionary_size);
    }
    return codec->format == MM_CODEC_RAW
               ? inflateSetDictionary(&codec->stream, codec->dictionary,
                                      codec->dictionary_size)
               : Z_OK;
}

/* The window is allocated when it is first needed. A raw stream takes a
 * dictionary at any time, and needs it for that; later resets keep it. */
static int prepare_window(struct mm_codec *codec)
{
    static const unsigned char octet;
    int result = inflateReset2(&codec->stream, -WINDOW);

    if (result == Z_OK) {
        result = inflateSetDictionary(&codec->stream, &octet, 1);
    }
    return result == Z_OK
               ? inflateReset2(&codec->stream, window_of(codec->format, WINDOW))
               : result;
}

/* The whole input lies in the window, and is one block where there is no need
 * of several. */
static int begin_deflate(struct mm_codec *codec,
                         const struct mm_codec_options *options)
{
    uint64_t most = options->input_size_max;
    int window = WINDOW_MIN, memory = 1;

    while (window < WINDOW &&
           (most == 0 || most > (UINT64_C(1) << window) - WINDOW_LOST)) {
        window++;
    }
    while (memory < MEMORY_LEVEL &&
           (most == 0 || most >= (UINT64_C(1) << (memory + BLOCK_MORE)) - 1)) {
        memory++;
    }
    return deflateInit2(&codec->stream, options->level, Z_DEFLATED,
                        window_of(codec->format, window), memory,
                        Z_DEFAULT_STRATEGY);
}

/* Fill in a codec of zeros, or leave behind what clear() takes. */
static enum mm_status make(const struct mm_codec_options *options, bool encodes,
                           struct mm_codec *codec)
{
    enum mm_status status = check(options, encodes);

    if (status != MM_OK) {
        return status;
    }
    codec->format = options->format;
    codec->flags = options->flags;
    codec->encodes = encodes;
    codec->fresh = true;
    codec->limit = options->output_limit != 0 && !encodes
                       ? options->output_limit
                       : UINT64_MAX;
    return mmi_stream_status(
        encodes
            ? begin_deflate(codec, options)
            : inflateInit2(&codec->stream, window_of(codec->format, WINDOW)));
}

static void clear(struct mm_codec *codec)
{
    /* What is not built they refuse. */
    if (codec->encodes) {
        (void)deflateEnd(&codec->stream);
    } else {
        (void)inflateEnd(&codec->stream);
    }
    free(codec->dictionary);
}

static enum mm_status copy_dictionary(const struct mm_codec_options *options,
                                      struct mm_codec *codec)
{
    if (options->dictionary_size == 0) {
        return MM_OK;
    }
    codec->dictionary = malloc(options->dictionary_size);
    if (codec->dictionary == NULL) {
        return MM_NO_MEMORY;
    }
    memcpy(codec->dictionary, options->dictionary, options->dictionary_size);
    codec->dictionary_size = (uInt)options->dictionary_size;
    return MM_OK;
}

static enum mm_status open_codec(const struct mm_codec_options *options,
                                 bool encodes, struct mm_codec **codec_out)
{
    struct mm_codec *codec;
    enum mm_status status;

    if (codec_out == NULL) {
        return MM_INVALID;
    }
    *codec_out = NULL;
    codec = calloc(1, sizeof(*codec));
    if (codec == NULL) {
        return MM_NO_MEMORY;
    }
    status = make(options, encodes, codec);
    if (status == MM_OK) {
        status = copy_dictionary(options, codec);
    }
    if (status == MM_OK && !encodes) {
        status = mmi_stream_status(prepare_window(codec));
    }
    if (status == MM_OK) {
        status = mmi_stream_status(begin(codec));
    }
    if (status != MM_OK) {
        mm_codec_close(codec);
        return status;
    }
    *codec_out = codec;
    return MM_OK;
}

enum mm_status mm_codec_open_encoder(const struct mm_codec_options *options,
                                     struct mm_codec **codec_out)
{
    return open_codec(options, true, codec_out);
}

enum mm_status mm_codec_open_decoder(const struct mm_codec_options *options,
                                     struct mm_codec **codec_out)
{
    return open_codec(options, false, codec_out);
}

enum mm_status mm_codec_reset(struct mm_codec *codec)
{
    int result;

    if (codec == NULL) {
        return MM_INVALID;
    }
    result = codec->encodes ? deflateReset(&codec->stream)
                            : inflateReset(&codec->stream);
    codec->fresh = true;
    codec->last = false;
    codec->between = false;
    codec->ended = false;
    codec->output = 0;
    codec->broken = MM_OK;
    codec->spill_start = 0;
    codec->spill_size = 0;
    return mmi_stream_status(result == Z_OK ? begin(codec) : result);
}

void mm_codec_close(struct mm_codec *codec)
{
    if (codec != NULL) {
        clear(codec);
        free(codec);
    }
}

/* ---- running ------------------------------------------------------------- */

static bool io_valid(const struct mm_codec_io *io, enum mm_codec_step step)
{
    return io != NULL && (io->input != NULL || io->input_size == 0) &&
           (io->output != NULL || io->output_room == 0) &&
           (step == MM_CODEC_MORE || step == MM_CODEC_FLUSH ||
            step == MM_CODEC_LAST);
}

enum mm_status mm_codec_run(struct mm_codec *codec, struct mm_codec_io *io,
                            enum mm_codec_step step)
{
    enum mm_status status;

    mmi_inject();
    if (codec == NULL || !io_valid(io, step)) {
        return MM_INVALID;
    }
    io->ended = false;
    if (codec->broken != MM_OK) {
        return codec->broken;
    }
    codec->fresh = false;
    /* What was the last input of an encoder stays that. */
    codec->last = codec->last || (codec->encodes && step == MM_CODEC_LAST);
    status = mmi_stream_run(codec, io, codec->last ? MM_CODEC_LAST : step);
    if (mm_status_failed(status) && status != MM_BUFFER_TOO_SMALL &&
        status != MM_INVALID) {
        codec->broken = status;
    }
    io->ended = codec->ended && codec->spill_size == 0;
    return status;
}

/* ---- whole streams ------------------------------------------------------- */

enum mm_status mm_codec_apply(struct mm_codec *codec, const void *input,
                              size_t *input_size, void *output,
                              size_t *output_size)
{
    struct mm_codec_io io = {.input = input, .output = output};
    enum mm_status status = MM_OK;

    if (codec == NULL || input_size == NULL || output_size == NULL) {
        return MM_INVALID;
    }
    io.input_size = *input_size;
    io.output_room = *output_size;
    if (!codec->fresh) {
        status = mm_codec_reset(codec);
    }
    if (status == MM_OK) {
        status = mm_codec_run(codec, &io, MM_CODEC_LAST);
    }
    if (status == MM_OK) {
        *input_size -= io.input_size;
        *output_size -= io.output_room;
    }
    return status;
}

/* By a codec that is not kept. */
static enum mm_status apply_once(const struct mm_codec_options *options,
                                 bool encodes, const void *input,
                                 size_t *input_size, void *output,
                                 size_t *output_size)
{
    struct mm_codec codec = {.encodes = encodes};
    enum mm_status status = make(options, encodes, &codec);

    if (status == MM_OK) {
        status = mm_codec_apply(&codec, input, input_size, output, output_size);
    }
    clear(&codec);
    return status;
}

enum mm_status mm_codec_encode(enum mm_codec_format format, int level,
                               const void *octets, size_t size, void *encoded,
                               size_t *encoded_size)
{
    const struct mm_codec_options options = {.format = format, .level = level};

    return apply_once(&options, true, octets, &size, encoded, encoded_size);
}

enum mm_status mm_codec_decode(enum mm_codec_format format, const void *encoded,
                               size_t *encoded_size, void *octets, size_t *size)
{
    const struct mm_codec_options options = {.format = format};

    return apply_once(&options, false, encoded, encoded_size, octets, size);
}
