/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include <string.h>

enum {
    /* The first octet of a member (RFC 1952). */
    MEMBER_BEGINS = 0x1f,
};

enum mm_status mmi_stream_status(int result)
{
    switch (result) {
    case Z_OK:
        return MM_OK;
    case Z_DATA_ERROR:
    case Z_NEED_DICT:
        return MM_BAD_DATA;
    case Z_MEM_ERROR:
        return MM_NO_MEMORY;
    case Z_VERSION_ERROR:
        return MM_UNSUPPORTED;
    default:
        return MM_INVALID;
    }
}

static uInt chunk(size_t size)
{
    return (uInt)(size < MMI_CHUNK ? size : MMI_CHUNK);
}

static int flush_of(enum mm_codec_step step)
{
    switch (step) {
    case MM_CODEC_FLUSH:
        return Z_SYNC_FLUSH;
    case MM_CODEC_LAST:
        return Z_FINISH;
    case MM_CODEC_MORE:
        break;
    }
    return Z_NO_FLUSH;
}

static int call(struct mm_codec *codec, const struct mm_codec_io *io,
                enum mm_codec_step step)
{
    z_stream *stream = &codec->stream;
    bool all_input = stream->avail_in == io->input_size;

    if (codec->encodes) {
        return deflate(stream, all_input ? flush_of(step) : Z_NO_FLUSH);
    }
    /* Told that this is all, zlib keeps no window for what comes after. */
    return inflate(stream, all_input && step == MM_CODEC_LAST &&
                                   stream->avail_out == io->output_room
                               ? Z_FINISH
                               : Z_NO_FLUSH);
}

/* Until all input is taken, all room used, the stream at its end, or broken. */
static int pump(struct mm_codec *codec, struct mm_codec_io *io,
                enum mm_codec_step step)
{
    z_stream *stream = &codec->stream;
    bool held_back;
    int result;

    do {
        uInt input = chunk(io->input_size), room = chunk(io->output_room);

        stream->next_in = io->input;
        stream->avail_in = input;
        stream->next_out = io->output;
        stream->avail_out = room;
        result = call(codec, io, step);
        io->input = stream->next_in;
        io->input_size -= input - stream->avail_in;
        io->output = stream->next_out;
        io->output_room -= room - stream->avail_out;
        codec->output += room - stream->avail_out;
        held_back = (stream->avail_in == 0 && io->input_size != 0) ||
                    (stream->avail_out == 0 && io->output_room != 0);
    } while (result == Z_OK && held_back);
    return result;
}

/* All room is used: see whether there is more. */
static int probe(struct mm_codec *codec, struct mm_codec_io *io,
                 enum mm_codec_step step)
{
    uint64_t allowed = codec->limit - codec->output;
    size_t room = allowed == 0          ? 1
                  : allowed < MMI_SPILL ? (size_t)allowed
                                        : MMI_SPILL;
    struct mm_codec_io spilled = {
        .input = io->input,
        .input_size = io->input_size,
        .output = codec->spill,
        .output_room = room,
    };
    int result = pump(codec, &spilled, step);

    io->input = spilled.input;
    io->input_size = spilled.input_size;
    codec->spill_start = 0;
    codec->spill_size = room - spilled.output_room;
    return result;
}

static int pump_within_limit(struct mm_codec *codec, struct mm_codec_io *io,
                             enum mm_codec_step step)
{
    uint64_t allowed = codec->limit - codec->output;
    size_t held =
        io->output_room > allowed ? io->output_room - (size_t)allowed : 0;
    int result = Z_OK;

    io->output_room -= held;
    if (io->output_room != 0) {
        result = pump(codec, io, step);
    }
    if (io->output_room == 0 && (result == Z_OK || result == Z_BUF_ERROR)) {
        result = probe(codec, io, step);
    }
    io->output_room += held;
    return result;
}

static enum mm_status end_of_stream(struct mm_codec *codec)
{
    if (!codec->encodes && codec->format == MM_CODEC_GZIP &&
        (codec->flags & MM_CODEC_ONE_MEMBER) == 0) {
        codec->between = true;
    } else {
        codec->ended = true;
    }
    return codec->spill_size != 0 ? MM_BUFFER_TOO_SMALL : MM_OK;
}

/* zlib neither ended nor failed. */
static enum mm_status judge(const struct mm_codec *codec,
                            const struct mm_codec_io *io,
                            enum mm_codec_step step)
{
    if (codec->spill_size != 0) {
        return codec->output > codec->limit ? MM_TOO_MANY : MM_BUFFER_TOO_SMALL;
    }
    if (codec->encodes) {
        return io->input_size != 0 ? MM_INVALID : MM_OK;
    }
    return step == MM_CODEC_LAST ? MM_BAD_DATA : MM_OK;
}

static enum mm_status go_on(struct mm_codec *codec, struct mm_codec_io *io,
                            enum mm_codec_step step)
{
    int result = pump_within_limit(codec, io, step);

    if (result == Z_NEED_DICT && codec->dictionary != NULL) {
        result = inflateSetDictionary(&codec->stream, codec->dictionary,
                                      codec->dictionary_size);
        if (result == Z_OK) {
            result = pump_within_limit(codec, io, step);
        }
    }
    switch (result) {
    case Z_STREAM_END:
        return codec->output > codec->limit ? MM_TOO_MANY
                                            : end_of_stream(codec);
    case Z_OK:
    case Z_BUF_ERROR: /* nothing could be done: no failure (zlib.h) */
        return judge(codec, io, step);
    default:
        return mmi_stream_status(result);
    }
}

/* False where the stream ends here, or where it is not known yet. */
static bool next_member(struct mm_codec *codec, const struct mm_codec_io *io,
                        enum mm_codec_step step)
{
    if (io->input_size == 0) {
        codec->ended = step == MM_CODEC_LAST;
        return false;
    }
    if (*(const unsigned char *)io->input != MEMBER_BEGINS) {
        codec->ended = true;
        return false;
    }
    codec->between = false;
    return inflateReset(&codec->stream) == Z_OK;
}

static enum mm_status go_through(struct mm_codec *codec, struct mm_codec_io *io,
                                 enum mm_codec_step step)
{
    enum mm_status status = MM_OK;

    while (status == MM_OK && !codec->ended) {
        if (codec->between && !next_member(codec, io, step)) {
            break;
        }
        status = go_on(codec, io, step);
        if (!codec->between) {
            break;
        }
    }
    return status;
}

/* False where some of it is left. */
static bool give_spilled(struct mm_codec *codec, struct mm_codec_io *io)
{
    size_t size = codec->spill_size < io->output_room ? codec->spill_size
                                                      : io->output_room;

    if (size != 0) {
        memcpy(io->output, codec->spill + codec->spill_start, size);
        io->output = (unsigned char *)io->output + size;
        io->output_room -= size;
        codec->spill_start += size;
        codec->spill_size -= size;
    }
    return codec->spill_size == 0;
}

enum mm_status mmi_stream_run(struct mm_codec *codec, struct mm_codec_io *io,
                              enum mm_codec_step step)
{
    return give_spilled(codec, io) ? go_through(codec, io, step)
                                   : MM_BUFFER_TOO_SMALL;
}
