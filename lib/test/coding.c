/* SPDX-License-Identifier: MIT */
#include "coding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "skip.h"
#include "support.h"

static void fill_words(unsigned char *octets, size_t size, uint32_t seed)
{
    static const char *const known[] = {"map ",   "view ", "page ", "octet ",
                                        "cache ", "a ",    "of ",   "fault\n"};

    for (size_t at = 0; at < size;) {
        const char *word = known[support_random(&seed) % 8];
        size_t length = strlen(word);

        length = length < size - at ? length : size - at;
        memcpy(octets + at, word, length);
        at += length;
    }
}

void coding_fill(unsigned char *octets, size_t size, enum coding_kind kind,
                 uint32_t seed)
{
    switch (kind) {
    case CODING_NOISE:
        for (size_t i = 0; i < size; i++) {
            octets[i] = (unsigned char)(support_random(&seed) >> 11);
        }
        break;
    case CODING_WORDS:
        fill_words(octets, size, seed);
        break;
    case CODING_ZEROS:
    case CODING_KINDS:
        memset(octets, 0, size);
        break;
    }
}

unsigned char *coding_memory(size_t size)
{
    unsigned char *memory = malloc(size != 0 ? size : 1);

    assert_non_null(memory);
    return memory;
}

unsigned char *coding_encode(enum mm_codec_format format,
                             const unsigned char *octets, size_t size,
                             size_t *size_out)
{
    unsigned char *encoded;

    *size_out = mm_codec_bound(format, size);
    encoded = coding_memory(*size_out);
    assert_status(mm_codec_encode(format, MM_CODEC_LEVEL_USUAL, octets, size,
                                  encoded, size_out),
                  MM_OK);
    return encoded;
}

struct mm_codec *coding_encoder(enum mm_codec_format format, int level)
{
    const struct mm_codec_options options = {.format = format, .level = level};
    struct mm_codec *codec = NULL;

    assert_status(mm_codec_open_encoder(&options, &codec), MM_OK);
    assert_non_null(codec);
    return codec;
}

struct mm_codec *coding_decoder(enum mm_codec_format format)
{
    const struct mm_codec_options options = {.format = format};
    struct mm_codec *codec = NULL;

    assert_status(mm_codec_open_decoder(&options, &codec), MM_OK);
    assert_non_null(codec);
    return codec;
}

static size_t piece(size_t left, size_t most, uint32_t *seed)
{
    size_t size = *seed != 0 ? support_random(seed) % (most + 1) : most;

    return size < left ? size : left;
}

enum mm_status coding_run(struct mm_codec *codec, const unsigned char *input,
                          size_t input_size, const struct coding_cut *cut,
                          unsigned char *output, size_t *size)
{
    uint32_t seed = cut->seed;
    size_t taken = 0, given = 0;
    enum mm_status status = MM_OK;
    bool ended = false, last = false;

    while (!ended && (status == MM_OK || status == MM_BUFFER_TOO_SMALL)) {
        /* What was said to be the last stays that. */
        size_t some = last ? input_size - taken
                           : piece(input_size - taken, cut->input_max, &seed);
        size_t room = piece(*size - given, cut->output_max, &seed);
        bool flush = cut->flushes && support_random(&seed) % 4 == 0;
        struct mm_codec_io io = {
            .input = input + taken,
            .input_size = some,
            .output = output + given,
            .output_room = room,
        };

        last = taken + some == input_size;
        status = mm_codec_run(codec, &io,
                              last    ? MM_CODEC_LAST
                              : flush ? MM_CODEC_FLUSH
                                      : MM_CODEC_MORE);
        /* Neither may go back, or further than it can. */
        assert_true(io.input_size <= some && io.output_room <= room);
        assert_ptr_equal(io.input, input + taken + some - io.input_size);
        assert_ptr_equal(io.output, output + given + room - io.output_room);
        if (status == MM_BUFFER_TOO_SMALL) {
            assert_int_equal(io.output_room, 0);
            assert_false(io.ended);
        }
        taken += some - io.input_size;
        given += room - io.output_room;
        ended = io.ended;
        if (status == MM_BUFFER_TOO_SMALL && given == *size) {
            break;
        }
    }
    *size = given;
    if (ended) {
        assert_int_equal(taken, input_size);
    }
    return status;
}
