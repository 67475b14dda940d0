/* SPDX-License-Identifier: MIT */
/* Codecs that are used again, with dictionaries, and within limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocations.h"
#include "coding.h"
#include "skip.h"
#include "support.h"

enum {
    SMALL = 3000,
    LARGE = 300000, /* several windows of zlib */
    PIECE = 65536,
};

/* Z9: a codec that was reset is as good as a new one, whatever it did. */
static void a_reset_forgets_everything(void **state)
{
    unsigned char *octets = coding_memory(LARGE);
    unsigned char *found = coding_memory(LARGE);
    unsigned char *again = coding_memory(2 * (size_t)LARGE);

    (void)state;
    coding_fill(octets, LARGE, CODING_WORDS, 14);
    for (int format = 0; format < CODING_FORMATS; format++) {
        struct mm_codec *encoder =
            coding_encoder((enum mm_codec_format)format, 6);
        struct mm_codec *decoder = coding_decoder((enum mm_codec_format)format);
        size_t size;
        unsigned char *encoded =
            coding_encode((enum mm_codec_format)format, octets, LARGE, &size);

        for (size_t cut = 1; cut < size; cut = cut * 3 + 1) {
            struct mm_codec_io half = {octets, LARGE / 2, again, cut, false};
            size_t used = LARGE, room = 2 * (size_t)LARGE;

            assert_false(mm_codec_run(encoder, &half, MM_CODEC_LAST) ==
                         MM_BAD_DATA);
            assert_status(mm_codec_apply(encoder, octets, &used, again, &room),
                          MM_OK);
            assert_int_equal(used, LARGE);
            assert_int_equal(room, size);
            assert_memory_equal(again, encoded, size);

            /* A truncated one in between. */
            used = cut;
            room = LARGE;
            assert_status(mm_codec_apply(decoder, encoded, &used, found, &room),
                          MM_BAD_DATA);
            assert_int_equal(used, cut);
            used = size;
            assert_status(mm_codec_apply(decoder, encoded, &used, found, &room),
                          MM_OK);
            assert_int_equal(used, size);
            assert_int_equal(room, LARGE);
            assert_memory_equal(found, octets, LARGE);
        }
        mm_codec_close(encoder);
        mm_codec_close(decoder);
        free(encoded);
    }
    free(octets);
    free(found);
    free(again);
}

/* Everything that runs, resets and whole streams do. */
static void use(struct mm_codec *encoder, struct mm_codec *decoder,
                const unsigned char *octets, unsigned char *encoded,
                unsigned char *found)
{
    const struct coding_cut cut = {.input_max = 5000, .output_max = 4000};
    size_t room = 2 * (size_t)LARGE, size = LARGE, taken = LARGE;

    assert_status(mm_codec_reset(encoder), MM_OK);
    assert_status(mm_codec_reset(decoder), MM_OK);
    assert_status(coding_run(encoder, octets, LARGE, &cut, encoded, &room),
                  MM_OK);
    assert_status(coding_run(decoder, encoded, room, &cut, found, &size),
                  MM_OK);
    assert_memory_equal(found, octets, LARGE);
    room = 2 * (size_t)LARGE;
    assert_status(mm_codec_apply(encoder, octets, &taken, encoded, &room),
                  MM_OK);
    assert_status(mm_codec_apply(decoder, encoded, &room, found, &size), MM_OK);
    assert_int_equal(size, LARGE);
}

/* Also where more comes than was said. */
static void an_encoder_can_be_told_how_much_will_come(void **state)
{
    static const size_t told[] = {1,    62,    63,    125,     126,  127,
                                  128,  250,   251,   1000,    4096, 8191,
                                  8192, 16384, 65536, SIZE_MAX};
    unsigned char *octets = coding_memory(LARGE);
    unsigned char *encoded = coding_memory(2 * (size_t)LARGE);
    unsigned char *found = coding_memory(LARGE);

    (void)state;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        for (int turn = 0; turn < 2 * CODING_FORMATS; turn++) {
            const struct mm_codec_options options = {
                .format = (enum mm_codec_format)(turn % CODING_FORMATS),
                .level = turn % 2 == 0 ? 6 : 1,
                .input_size_max = told[i],
            };
            struct mm_codec *codec = NULL;

            coding_fill(octets, LARGE, (enum coding_kind)(turn % 2), 40);
            assert_status(mm_codec_open_encoder(&options, &codec), MM_OK);
            for (int more = 0; more < 2; more++) {
                size_t size = more || told[i] > LARGE ? LARGE : told[i];
                size_t bound = mm_codec_bound(options.format, size);
                size_t given = more ? 2 * (size_t)LARGE : bound;
                size_t taken = size, room = size;

                assert_status(
                    mm_codec_apply(codec, octets, &taken, encoded, &given),
                    MM_OK);
                assert_int_equal(taken, size);
                assert_status(mm_codec_decode(options.format, encoded, &given,
                                              found, &room),
                              MM_OK);
                assert_int_equal(room, size);
                assert_memory_equal(found, octets, size);
            }
            mm_codec_close(codec);
        }
    }
    free(octets);
    free(encoded);
    free(found);
}

/* Z9, where allocations can be counted. */
static void nothing_is_allocated_after_opening(void **state)
{
    static const char dictionary[] = "map view page octet cache a of fault";
    unsigned char *octets, *encoded, *found;
    uint64_t before, after;

    (void)state;
    if (!allocations_count(&before)) {
        SKIP_TEST("nobody can count allocations here");
    }
    octets = coding_memory(LARGE);
    encoded = coding_memory(2 * (size_t)LARGE);
    found = coding_memory(LARGE);
    coding_fill(octets, LARGE, CODING_WORDS, 16);
    for (int turn = 0; turn < 2 * CODING_FORMATS - 1; turn++) {
        struct mm_codec_options options = {
            .format = (enum mm_codec_format)(turn % CODING_FORMATS),
            .level = 6,
            .dictionary = turn < CODING_FORMATS ? NULL : dictionary,
            .dictionary_size = turn < CODING_FORMATS ? 0 : sizeof(dictionary),
        };
        struct mm_codec *encoder = NULL, *decoder = NULL;

        assert_true(allocations_count(&before));
        assert_status(mm_codec_open_encoder(&options, &encoder), MM_OK);
        assert_status(mm_codec_open_decoder(&options, &decoder), MM_OK);
        assert_true(allocations_count(&after));
        assert_true(after > before);
        before = after;
        use(encoder, decoder, octets, encoded, found);
        use(encoder, decoder, octets, encoded, found);
        assert_true(allocations_count(&after));
        assert_int_equal(after, before);
        mm_codec_close(encoder);
        mm_codec_close(decoder);
    }
    free(octets);
    free(encoded);
    free(found);
}

/* Z10 */
static void no_more_than_the_limit_comes_out(void **state)
{
    const struct coding_cut cut = {.input_max = LARGE, .output_max = PIECE};
    unsigned char *zeros = coding_memory(LARGE);
    unsigned char *found = coding_memory(LARGE);

    (void)state;
    coding_fill(zeros, LARGE, CODING_ZEROS, 0);
    for (int format = 0; format < CODING_FORMATS; format++) {
        size_t size;
        unsigned char *bomb =
            coding_encode((enum mm_codec_format)format, zeros, LARGE, &size);

        for (size_t limit = LARGE - 20; limit <= LARGE + 1; limit++) {
            const struct mm_codec_options options = {
                .format = (enum mm_codec_format)format, .output_limit = limit};
            struct mm_codec *codec = NULL;
            struct mm_codec_io io = {bomb, size, found, LARGE, false};
            enum mm_status expected = limit < LARGE ? MM_TOO_MANY : MM_OK;
            size_t room;

            assert_status(mm_codec_open_decoder(&options, &codec), MM_OK);
            assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST), expected);
            assert_int_equal(io.ended, expected == MM_OK);
            assert_int_equal(LARGE - io.output_room,
                             limit < LARGE ? limit : LARGE);
            /* It stays so, until it is reset, and nothing more comes. */
            room = io.output_room;
            assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST), expected);
            assert_int_equal(io.output_room, room);
            assert_status(mm_codec_reset(codec), MM_OK);
            room = LARGE;
            assert_status(coding_run(codec, bomb, size, &cut, found, &room),
                          expected);
            assert_int_equal(room, limit < LARGE ? limit : LARGE);
            mm_codec_close(codec);
        }
        free(bomb);
    }
    free(zeros);
    free(found);
}

/* Z12: it makes the stream smaller, and who has another one cannot read it. */
static void a_dictionary_is_known_to_both_sides(void **state)
{
    unsigned char octets[SMALL], encoded[2 * SMALL], found[SMALL];
    struct mm_codec_options options = {.level = 6, .dictionary_size = SMALL};

    (void)state;
    coding_fill(octets, SMALL, CODING_NOISE, 18);
    for (int format = MM_CODEC_ZLIB; format <= MM_CODEC_RAW; format++) {
        struct mm_codec *encoder = NULL, *decoder = NULL;

        options.format = (enum mm_codec_format)format;
        options.dictionary = octets;
        assert_status(mm_codec_open_encoder(&options, &encoder), MM_OK);
        assert_status(mm_codec_open_decoder(&options, &decoder), MM_OK);
        memset(found, 0, SMALL);
        for (int turn = 0; turn < 3; turn++) { /* resets keep it */
            size_t used = SMALL, size = sizeof(encoded), room = SMALL;

            assert_status(
                mm_codec_apply(encoder, octets, &used, encoded, &size), MM_OK);
            assert_in_range(size, 1, SMALL / 10);
            assert_status(mm_codec_apply(decoder, encoded, &size, found, &room),
                          MM_OK);
            assert_int_equal(room, SMALL);
            assert_memory_equal(found, octets, SMALL);
            room = SMALL;
            assert_status(
                mm_codec_decode(options.format, encoded, &size, found, &room),
                MM_BAD_DATA);
        }
        mm_codec_close(encoder);
        mm_codec_close(decoder);
    }
}

/* Z12: a stream of zlib says which it wants, a raw one does not. */
static void a_wrong_dictionary_is_bad_data(void **state)
{
    /* Of Python's zlib, with the dictionary "code codecs". */
    static const unsigned char encoded[] = {
        0x78, 0xf9, 0x18, 0xa3, 0x04, 0x2d, 0xcb, 0xc8, 0x2f, 0x57, 0xc8, 0x4d,
        0xcc, 0xab, 0x84, 0x72, 0x15, 0xca, 0xf3, 0x4b, 0x73, 0x52, 0x14, 0x12,
        0x21, 0x5c, 0x30, 0xa9, 0x90, 0x99, 0x86, 0xc4, 0x07, 0xc9, 0x26, 0x23,
        0xb4, 0xdb, 0x73, 0x01, 0x00, 0xfd, 0xe3, 0x16, 0xb4};
    static const char text[] =
        "how many codecs would a codec code if a codec could code codecs?\n";
    static const char *const dictionaries[] = {"code codecs", "code codecz"};
    char found[sizeof(text)];

    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        const struct mm_codec_options options = {
            .format = MM_CODEC_ZLIB,
            .dictionary = dictionaries[wrong],
            .dictionary_size = strlen(dictionaries[wrong]),
        };
        struct mm_codec *codec = NULL;
        size_t size = sizeof(encoded), room = sizeof(found);

        assert_status(mm_codec_open_decoder(&options, &codec), MM_OK);
        assert_status(mm_codec_apply(codec, encoded, &size, found, &room),
                      wrong ? MM_BAD_DATA : MM_OK);
        if (!wrong) {
            assert_int_equal(room, sizeof(text) - 1);
            assert_memory_equal(found, text, sizeof(text) - 1);
        }
        mm_codec_close(codec);
    }
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct mm_codec_options options = {.format = MM_CODEC_GZIP, .level = 6};
    struct mm_codec *codec = coding_decoder(MM_CODEC_RAW), *none = codec;
    struct mm_codec_io io = {.input_size = 1};
    unsigned char octet = 0;
    size_t size = 1;

    (void)state;
    assert_status(mm_codec_open_encoder(NULL, &none), MM_INVALID);
    assert_null(none);
    assert_status(mm_codec_open_encoder(&options, NULL), MM_INVALID);
    options.level = MM_CODEC_LEVEL_MAX + 1;
    assert_status(mm_codec_open_encoder(&options, &none), MM_INVALID);
    options.flags = 2;
    assert_status(mm_codec_open_decoder(&options, &none), MM_INVALID);
    options.flags = 0;
    options.dictionary_size = 1;
    assert_status(mm_codec_open_decoder(&options, &none), MM_INVALID);
    options.dictionary = &octet;
    assert_status(mm_codec_open_decoder(&options, &none), MM_UNSUPPORTED);
    options.level = 6;
    assert_status(mm_codec_open_encoder(&options, &none), MM_UNSUPPORTED);
    assert_null(none);

    assert_status(mm_codec_run(NULL, &io, MM_CODEC_MORE), MM_INVALID);
    assert_status(mm_codec_run(codec, NULL, MM_CODEC_MORE), MM_INVALID);
    assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_INVALID);
    io = (struct mm_codec_io){.output_room = 1};
    assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_INVALID);
    io = (struct mm_codec_io){.input = &octet};
    assert_status(mm_codec_run(codec, &io, (enum mm_codec_step)3), MM_INVALID);
    assert_status(mm_codec_reset(NULL), MM_INVALID);
    assert_status(mm_codec_apply(NULL, &octet, &size, &octet, &size),
                  MM_INVALID);
    assert_status(mm_codec_apply(codec, &octet, NULL, &octet, &size),
                  MM_INVALID);
    assert_status(mm_codec_apply(codec, &octet, &size, &octet, NULL),
                  MM_INVALID);
    mm_codec_close(codec);
    mm_codec_close(NULL);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reset_forgets_everything),
        TEST(an_encoder_can_be_told_how_much_will_come),
        TEST(nothing_is_allocated_after_opening),
        TEST(no_more_than_the_limit_comes_out),
        TEST(a_dictionary_is_known_to_both_sides),
        TEST(a_wrong_dictionary_is_bad_data),
        TEST(what_makes_no_sense_is_refused),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
