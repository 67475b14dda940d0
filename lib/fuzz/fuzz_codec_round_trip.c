/* SPDX-License-Identifier: MIT */
/*
 * What is encoded is decoded again, whole or in pieces, within the bound.
 *
 * The first octet of an input says the format and whether there is a
 * dictionary, the next ones the level and how input and output are cut; the
 * rest is encoded.
 */
#include <stdbool.h>
#include <string.h>

#include <mapmark/codec.h>

#include "fuzz.h"

enum { KIND, LEVEL, INPUT_CUT, OUTPUT_CUT, FLUSHES, HEAD };

enum {
    FORMATS = 3,
    LEVELS = 10,
    KNOWS = 1 << 2, /* of the first octet */
    OCTETS = 1 << 16,
    /* For the worst: each octet flushed, which takes so many more. */
    FLUSHED = 16,
};

static const char dictionary[] = "a page of a view of a mapping of a file";

static struct mm_codec_options options_of(const uint8_t *head)
{
    struct mm_codec_options options = {
        .format = (enum mm_codec_format)(head[KIND] % FORMATS),
        .level = head[LEVEL] % LEVELS,
    };

    if ((head[KIND] & KNOWS) != 0 && options.format != MM_CODEC_GZIP) {
        options.dictionary = dictionary;
        options.dictionary_size = sizeof(dictionary);
    }
    return options;
}

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* Which runs flush is told by the bits of an octet, over and over. */
static size_t encode_pieces(struct mm_codec *codec, const uint8_t *head,
                            const uint8_t *octets, size_t size,
                            unsigned char *encoded, size_t room)
{
    size_t taken = 0, given = 0;
    enum mm_status status = MM_OK;
    bool ended = false;

    for (unsigned turn = 0; !ended; turn++) {
        size_t some = status == MM_BUFFER_TOO_SMALL
                          ? size - taken
                          : least(size - taken, 1u + head[INPUT_CUT]);
        size_t piece = least(room - given, 1u + head[OUTPUT_CUT]);
        bool flush = (head[FLUSHES] >> turn % 8 & 1) != 0;
        struct mm_codec_io io = {octets + taken, some, encoded + given, piece,
                                 false};

        status = mm_codec_run(codec, &io,
                              taken + some == size ? MM_CODEC_LAST
                              : flush              ? MM_CODEC_FLUSH
                                                   : MM_CODEC_MORE);
        FUZZ_CHECK(status == MM_OK || status == MM_BUFFER_TOO_SMALL);
        taken += some - io.input_size;
        given += piece - io.output_room;
        FUZZ_CHECK(given < room || io.ended);
        ended = io.ended;
    }
    FUZZ_CHECK(taken == size);
    return given;
}

static void check_decoded(struct mm_codec *codec, const unsigned char *encoded,
                          size_t encoded_size, const uint8_t *octets,
                          size_t size)
{
    static unsigned char found[OCTETS];
    size_t used = encoded_size, found_size = size;

    FUZZ_CHECK(mm_codec_apply(codec, encoded, &used, found, &found_size) ==
               MM_OK);
    FUZZ_CHECK(used == encoded_size && found_size == size);
    FUZZ_CHECK(memcmp(found, octets, size) == 0);
    if (size != 0) {
        found_size = size - 1;
        FUZZ_CHECK(mm_codec_apply(codec, encoded, &used, found, &found_size) ==
                   MM_BUFFER_TOO_SMALL);
    }
    used = encoded_size - 1;
    found_size = size;
    FUZZ_CHECK(mm_codec_apply(codec, encoded, &used, found, &found_size) ==
               MM_BAD_DATA);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static unsigned char encoded[FLUSHED * OCTETS];
    struct mm_codec_options options;
    struct mm_codec *encoder = NULL, *decoder = NULL;
    size_t encoded_size, taken;

    if (size < HEAD || size - HEAD > OCTETS) {
        return 0;
    }
    options = options_of(input);
    FUZZ_CHECK(mm_codec_open_encoder(&options, &encoder) == MM_OK);
    FUZZ_CHECK(mm_codec_open_decoder(&options, &decoder) == MM_OK);
    taken = size - HEAD;
    encoded_size = mm_codec_bound(options.format, taken);
    FUZZ_CHECK(mm_codec_apply(encoder, input + HEAD, &taken, encoded,
                              &encoded_size) == MM_OK);
    FUZZ_CHECK(taken == size - HEAD);
    check_decoded(decoder, encoded, encoded_size, input + HEAD, taken);

    FUZZ_CHECK(mm_codec_reset(encoder) == MM_OK);
    encoded_size = encode_pieces(encoder, input, input + HEAD, taken, encoded,
                                 sizeof(encoded));
    check_decoded(decoder, encoded, encoded_size, input + HEAD, taken);
    mm_codec_close(encoder);
    mm_codec_close(decoder);
    return 0;
}
