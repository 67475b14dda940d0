/* SPDX-License-Identifier: MIT */
/* Deflate, in the three formats that carry it: whole buffers, or streams piece
 * by piece. Input and output are anybody's octets, those of a view too. */
#ifndef MAPMARK_CODEC_H
#define MAPMARK_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/api.h>
#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_codec;

enum mm_codec_format {
    MM_CODEC_ZLIB, /* RFC 1950: with an Adler-32 */
    MM_CODEC_RAW,  /* RFC 1951: nothing says whether the octets are right */
    MM_CODEC_GZIP, /* RFC 1952: with a CRC-32 and the size modulo 2^32 */
};

enum {
    MM_CODEC_LEVEL_MIN = 0, /* stored */
    MM_CODEC_LEVEL_USUAL = 6,
    MM_CODEC_LEVEL_MAX = 9,
};

/** For the options of a codec. */
enum mm_codec_flag {
    /** A decoder of gzip ends behind the first member. Without this, members
     * one after another are one stream, as RFC 1952 has it. */
    MM_CODEC_ONE_MEMBER = 1 << 0,
};

struct mm_codec_options {
    enum mm_codec_format format;
    int level;      /* of an encoder; a decoder ignores it */
    unsigned flags; /* of enum mm_codec_flag */
    /** Octets that both sides know beforehand; NULL where size is 0. */
    const void *dictionary;
    size_t dictionary_size;
    /** Octets that a decoder gives at most between two resets; 0: any. */
    uint64_t output_limit;
    /** Octets that an encoder gets at most between two resets, where that is
     * known; 0: any. Little input then takes little memory, and a reset little
     * time. More than was said is encoded as well, not as small as it could
     * be. */
    uint64_t input_size_max;
};

/** What a piece of input is. */
enum mm_codec_step {
    MM_CODEC_MORE,  /* more will follow */
    MM_CODEC_FLUSH, /* the same; an encoder gives all that it has taken */
    MM_CODEC_LAST,  /* nothing will follow */
};

/** Both places move behind what has been taken and given. */
struct mm_codec_io {
    const void *input; /* NULL where size is 0 */
    size_t input_size;
    void *output; /* NULL where room is 0 */
    size_t output_room;
    bool ended; /* the whole stream is given; input that is left follows it */
};

/**
 * Tell how much room always suffices for an encoding of `size` octets that is
 * not flushed in between, whatever its level. For more octets than an encoder
 * was told of it may not suffice.
 *
 * Units:     octets.
 * Errors:    0 for an unknown format, and where a size_t cannot hold it.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API size_t mm_codec_bound(enum mm_codec_format format, size_t size);

/**
 * Encode octets into one whole stream.
 *
 * Units:     `size` octets; `*encoded_size` is the room before and the size of
 *            the stream afterwards, and unchanged on failure. `level`
 *            MM_CODEC_LEVEL_MIN to MM_CODEC_LEVEL_MAX.
 * Errors:    MM_INVALID, MM_NO_MEMORY, MM_BUFFER_TOO_SMALL (retry with more;
 *            some of the room may have been written), MM_UNSUPPORTED (another
 *            zlib than the one that this was built for).
 * Ownership: none is kept.
 * Threads:   safe from any thread.
 * Source:   .
 */
MM_API enum mm_status mm_codec_encode(enum mm_codec_format format, int level,
                                      const void *octets, size_t size,
                                      void *encoded, size_t *encoded_size);

/**
 * Decode one whole stream; for gzip, with all of its members.
 *
 * Units:     octets. `*encoded_size` is what there is before and what belongs
 *            to the stream afterwards; `*size` is the room before and what was
 *            decoded afterwards. Both are unchanged on failure.
 * Errors:    MM_INVALID, MM_NO_MEMORY, MM_BUFFER_TOO_SMALL (there is more than
 *            room; retry with more), MM_BAD_DATA (malformed, truncated, a wrong
 *            checksum, another format, or made with a dictionary),
 *            MM_UNSUPPORTED (as mm_codec_encode()).
 * Ownership: none is kept.
 * Threads:   safe from any thread.
 * Source:   .
 */
MM_API enum mm_status mm_codec_decode(enum mm_codec_format format,
                                      const void *encoded, size_t *encoded_size,
                                      void *octets, size_t *size);

/**
 * Open an encoder for one stream after another. Nothing is allocated after
 * this: 262 KiB for zlib 1.2.13, or 9 KiB where little input is to come.
 *
 * Units:     `options` as above; its output limit is ignored.
 * Errors:    MM_INVALID, MM_NO_MEMORY, MM_UNSUPPORTED (gzip has no dictionary;
 *            another zlib than the one that this was built for). On failure
 *            `*codec_out` is NULL.
 * Ownership: the caller owns `*codec_out` and gives it to mm_codec_close(); a
 *            dictionary is copied.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status
mm_codec_open_encoder(const struct mm_codec_options *options,
                      struct mm_codec **codec_out);

/**
 * Open a decoder for one stream after another. Nothing is allocated after
 * this: 39 KiB for zlib 1.2.13.
 *
 * Units:     `options` as above; its level and input size are ignored.
 * Errors:    as mm_codec_open_encoder().
 * Ownership: the same.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status
mm_codec_open_decoder(const struct mm_codec_options *options,
                      struct mm_codec **codec_out);

/**
 * Take input and give output, as far as both go.
 *
 * MM_OK means that all input was taken and that nothing waits for room, or that
 * the stream has ended: then what is left of the input does not belong to it.
 * Behind a gzip member, an octet 0x1f begins another one, and any other ends
 * the stream.
 *
 * Units:     octets.
 * Errors:    MM_BUFFER_TOO_SMALL (all room is used, and there is more: go on
 *            with more room, and all that is left of the input), MM_INVALID
 *            (also of input that an encoder gets after its last). The others
 *            stay until mm_codec_reset(), and what they left in the room cannot
 *            be trusted: MM_BAD_DATA (as mm_codec_decode(); truncated if the
 *            input was said to be the last), MM_TOO_MANY (the stream has more
 *            octets than its limit), MM_NO_MEMORY.
 * Ownership: none is kept.
 * Threads:   a codec is used by one thread at a time.
 * Source:    R-51; zlib.h of 1.2.13.
 */
MM_API enum mm_status mm_codec_run(struct mm_codec *codec,
                                   struct mm_codec_io *io,
                                   enum mm_codec_step step);

/**
 * Begin a new stream with the same options, whatever became of the last one.
 *
 * Units:     none.
 * Errors:    MM_INVALID.
 * Ownership: none.
 * Threads:   a codec is used by one thread at a time.
 */
MM_API enum mm_status mm_codec_reset(struct mm_codec *codec);

/**
 * Encode or decode one whole stream with a codec that is kept, which is reset
 * where it needs to be: what mm_codec_encode() and mm_codec_decode() do,
 * without their allocations.
 *
 * Units:     octets. `*input_size` is what there is before and what was taken
 *            afterwards; `*output_size` is the room before and what was given
 *            afterwards. Both are unchanged on failure.
 * Errors:    as mm_codec_run() for the last input.
 * Ownership: none is kept.
 * Threads:   a codec is used by one thread at a time.
 * Source:   .
 */
MM_API enum mm_status mm_codec_apply(struct mm_codec *codec, const void *input,
                                     size_t *input_size, void *output,
                                     size_t *output_size);

/**
 * Close a codec; NULL is allowed.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `codec`.
 * Threads:   no other thread may be using `codec`.
 */
MM_API void mm_codec_close(struct mm_codec *codec);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_CODEC_H */
