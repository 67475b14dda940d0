/* SPDX-License-Identifier: MIT */
/*
 * Whatever a decoder is given, it stays within its room, and pieces come to
 * what a whole comes to.
 *
 * The first octet of an input says the format, whether members are alone and
 * whether there is a dictionary, the next four the room, its limit and how
 * input and output are cut; the rest is the stream. Or it is what is made into
 * a stream, of which one octet is then changed: checksums are hard to guess.
 */
#include <stdbool.h>
#include <string.h>

#include <mapmark/codec.h>

#include "fuzz.h"

enum { KIND, ROOM, LIMIT, INPUT_CUT, OUTPUT_CUT, CHANGE_AT, CHANGE, HEAD };

enum {
    FORMATS = 3,
    /* Of the first octet. */
    ALONE = 1 << 2,
    KNOWS = 1 << 3,
    MADE = 1 << 4,
    ROOM_STEP = 257,
    LIMIT_STEP = 255,
    OCTETS = 255 * ROOM_STEP,
    INPUT_MAX = 1 << 16,
    MADE_MAX = INPUT_MAX + INPUT_MAX / 8,
    GUARD = 32,
    GUARD_OCTET = 0xa5,
};

struct decoded {
    enum mm_status status;
    size_t taken;
    size_t given;
    unsigned char octets[OCTETS + GUARD];
};

static const char dictionary[] = "a page of a view of a mapping of a file";

static struct mm_codec_options options_of(const uint8_t *head)
{
    struct mm_codec_options options = {
        .format = (enum mm_codec_format)((head[KIND] & 3) % FORMATS),
        .level = MM_CODEC_LEVEL_USUAL,
        .flags = (head[KIND] & ALONE) != 0 ? MM_CODEC_ONE_MEMBER : 0,
        .output_limit = (uint64_t)head[LIMIT] * LIMIT_STEP,
    };

    if ((head[KIND] & KNOWS) != 0 && options.format != MM_CODEC_GZIP) {
        options.dictionary = dictionary;
        options.dictionary_size = sizeof(dictionary);
    }
    return options;
}

/* Tell the size of what is made. */
static size_t make(const struct mm_codec_options *options, const uint8_t *head,
                   size_t size, uint8_t *stream)
{
    struct mm_codec *codec = NULL;
    size_t made = mm_codec_bound(options->format, size);

    FUZZ_CHECK(made <= MADE_MAX);
    FUZZ_CHECK(mm_codec_open_encoder(options, &codec) == MM_OK);
    FUZZ_CHECK(mm_codec_apply(codec, head + HEAD, &size, stream, &made) ==
               MM_OK);
    mm_codec_close(codec);
    stream[head[CHANGE_AT] * (made - 1) / UINT8_MAX] ^= head[CHANGE];
    return made;
}

static void prepare(struct decoded *decoded, size_t room)
{
    memset(decoded, 0, offsetof(struct decoded, octets));
    memset(decoded->octets + room, GUARD_OCTET, GUARD);
}

static void check(const struct decoded *decoded, size_t size, size_t room)
{
    FUZZ_CHECK(decoded->taken <= size && decoded->given <= room);
    for (size_t i = 0; i < GUARD; i++) {
        FUZZ_CHECK(decoded->octets[room + i] == GUARD_OCTET);
    }
    FUZZ_CHECK(decoded->status == MM_OK || decoded->status == MM_BAD_DATA ||
               decoded->status == MM_BUFFER_TOO_SMALL ||
               decoded->status == MM_TOO_MANY);
}

static void whole(struct mm_codec *codec, const uint8_t *stream, size_t size,
                  size_t room, struct decoded *decoded)
{
    struct mm_codec_io io = {stream, size, decoded->octets, room, false};

    prepare(decoded, room);
    decoded->status = mm_codec_run(codec, &io, MM_CODEC_LAST);
    decoded->taken = size - io.input_size;
    decoded->given = room - io.output_room;
    FUZZ_CHECK(io.ended == (decoded->status == MM_OK));
    check(decoded, size, room);
}

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

static void pieces(struct mm_codec *codec, const uint8_t *stream, size_t size,
                   const uint8_t *head, size_t room, struct decoded *decoded)
{
    bool ended = false;

    prepare(decoded, room);
    do {
        size_t some = least(size - decoded->taken, 1u + head[INPUT_CUT]);
        size_t piece = least(room - decoded->given, 1u + head[OUTPUT_CUT]);
        struct mm_codec_io io = {stream + decoded->taken, some,
                                 decoded->octets + decoded->given, piece,
                                 false};

        decoded->status = mm_codec_run(
            codec, &io,
            decoded->taken + some == size ? MM_CODEC_LAST : MM_CODEC_MORE);
        decoded->taken += some - io.input_size;
        decoded->given += piece - io.output_room;
        ended = io.ended;
        /* A status that asks for another run has left something done. */
        FUZZ_CHECK(ended || decoded->status != MM_OK || io.input_size == 0);
        FUZZ_CHECK(decoded->status != MM_BUFFER_TOO_SMALL ||
                   io.output_room == 0);
    } while (!ended && (decoded->status == MM_OK ||
                        (decoded->status == MM_BUFFER_TOO_SMALL &&
                         decoded->given < room)));
    check(decoded, size, room);
}

static bool lacks_room(const struct decoded *decoded)
{
    return decoded->status == MM_BUFFER_TOO_SMALL ||
           decoded->status == MM_TOO_MANY;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static struct decoded one, other;
    static uint8_t made[MADE_MAX];
    const uint8_t *stream = input + HEAD;
    struct mm_codec_options options;
    struct mm_codec *codec = NULL;
    size_t room;

    if (size < HEAD || size > INPUT_MAX) {
        return 0;
    }
    room = (size_t)input[ROOM] * ROOM_STEP;
    options = options_of(input);
    size -= HEAD;
    if ((input[KIND] & MADE) != 0) {
        size = make(&options, input, size, made);
        stream = made;
    }
    FUZZ_CHECK(mm_codec_open_decoder(&options, &codec) == MM_OK);
    whole(codec, stream, size, room, &one);
    FUZZ_CHECK(mm_codec_reset(codec) == MM_OK);
    pieces(codec, stream, size, input, room, &other);
    /* What is wrong behind the room or the limit may be seen or not. */
    FUZZ_CHECK(one.status == other.status || lacks_room(&one) ||
               lacks_room(&other));
    FUZZ_CHECK((one.status == MM_OK) == (other.status == MM_OK));
    if (one.status == MM_OK) {
        FUZZ_CHECK(one.taken == other.taken && one.given == other.given);
    }
    FUZZ_CHECK(
        memcmp(one.octets, other.octets, least(one.given, other.given)) == 0);
    mm_codec_close(codec);
    return 0;
}
