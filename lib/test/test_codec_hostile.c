/* SPDX-License-Identifier: MIT */
/* Streams that are broken, by accident or to do harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coding.h"
#include "skip.h"
#include "support.h"

enum {
    SIZE = 1000,
    /* Behind the room that a codec is given: it must stay as it is. */
    GUARD = 64,
    GUARD_OCTET = 0xa5,
};

/* Decode a whole in room for `room` octets; how many came out is told too. */
static enum mm_status decode(struct mm_codec *codec,
                             const unsigned char *stream, size_t size,
                             size_t room, size_t *given_out)
{
    unsigned char found[SIZE + GUARD];
    struct mm_codec_io io = {stream, size, found, room, false};
    enum mm_status status;

    memset(found, GUARD_OCTET, sizeof(found));
    assert_status(mm_codec_reset(codec), MM_OK);
    status = mm_codec_run(codec, &io, MM_CODEC_LAST);
    assert_true(status == MM_OK || status == MM_BAD_DATA ||
                status == MM_BUFFER_TOO_SMALL);
    assert_int_equal(io.ended, status == MM_OK);
    *given_out = room - io.output_room;
    for (size_t i = room; i < sizeof(found); i++) {
        assert_int_equal(found[i], GUARD_OCTET);
    }
    return status;
}

/* Z4 */
static void a_truncated_stream_is_bad_data_at_its_end(void **state)
{
    unsigned char octets[SIZE];
    size_t given;

    (void)state;
    for (int kind = 0; kind < CODING_KINDS; kind++) {
        coding_fill(octets, SIZE, (enum coding_kind)kind, 1);
        for (int format = 0; format < CODING_FORMATS; format++) {
            struct mm_codec *codec =
                coding_decoder((enum mm_codec_format)format);
            size_t size;
            unsigned char *stream = coding_encode((enum mm_codec_format)format,
                                                  octets, SIZE, &size);

            for (size_t cut = 0; cut < size; cut++) {
                unsigned char found[SIZE];
                struct mm_codec_io io = {stream, cut, found, SIZE, false};

                assert_status(decode(codec, stream, cut, SIZE, &given),
                              MM_BAD_DATA);
                /* Unless more is to come: then it is no fault. */
                assert_status(mm_codec_reset(codec), MM_OK);
                assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_OK);
                assert_int_equal(io.input_size, 0);
                assert_false(io.ended);
                assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST),
                              MM_BAD_DATA);
            }
            assert_status(decode(codec, stream, size, SIZE, &given), MM_OK);
            mm_codec_close(codec);
            free(stream);
        }
    }
}

/* Z5: what stands behind the octets of zlib and gzip. */
static void a_flipped_checksum_is_bad_data(void **state)
{
    static const size_t trailers[CODING_FORMATS] = {
        [MM_CODEC_ZLIB] = 4, [MM_CODEC_GZIP] = 8};
    unsigned char octets[SIZE];
    size_t given;

    (void)state;
    coding_fill(octets, SIZE, CODING_WORDS, 2);
    for (int format = 0; format < CODING_FORMATS; format++) {
        struct mm_codec *codec = coding_decoder((enum mm_codec_format)format);
        size_t size;
        unsigned char *stream =
            coding_encode((enum mm_codec_format)format, octets, SIZE, &size);

        for (size_t bit = 0; bit < 8 * trailers[format]; bit++) {
            unsigned char *octet = &stream[size - 1 - bit / 8];

            *octet ^= (unsigned char)(1 << bit % 8);
            assert_status(decode(codec, stream, size, SIZE, &given),
                          MM_BAD_DATA);
            *octet ^= (unsigned char)(1 << bit % 8);
        }
        assert_status(decode(codec, stream, size, SIZE, &given), MM_OK);
        assert_int_equal(given, SIZE);
        mm_codec_close(codec);
        free(stream);
    }
}

/* Z11, R-51 */
static void another_format_is_bad_data(void **state)
{
    unsigned char octets[SIZE];
    size_t given;

    (void)state;
    coding_fill(octets, SIZE, CODING_WORDS, 3);
    for (int made = 0; made < CODING_FORMATS; made++) {
        size_t size;
        unsigned char *stream =
            coding_encode((enum mm_codec_format)made, octets, SIZE, &size);

        for (int wanted = 0; wanted < CODING_FORMATS; wanted++) {
            struct mm_codec *codec =
                coding_decoder((enum mm_codec_format)wanted);

            assert_status(decode(codec, stream, size, SIZE, &given),
                          made == wanted ? MM_OK : MM_BAD_DATA);
            mm_codec_close(codec);
        }
        free(stream);
    }
}

/* Z11: each octet that may not begin a stream of the format. */
static void a_wrong_first_octet_is_bad_data(void **state)
{
    unsigned char octets[SIZE];
    size_t given;

    (void)state;
    coding_fill(octets, SIZE, CODING_WORDS, 4);
    for (int format = 0; format < CODING_FORMATS; format++) {
        struct mm_codec *codec = coding_decoder((enum mm_codec_format)format);
        size_t size, right = 0;
        unsigned char *stream =
            coding_encode((enum mm_codec_format)format, octets, SIZE, &size);

        for (int first = 0; first < 256; first++) {
            stream[0] = (unsigned char)first;
            right += decode(codec, stream, size, SIZE, &given) == MM_OK ? 1 : 0;
        }
        /* Nothing protects a raw one. */
        if (format != MM_CODEC_RAW) {
            assert_int_equal(right, 1);
        } else {
            assert_in_range(right, 1, 255);
        }
        mm_codec_close(codec);
        free(stream);
    }
}

/* Only what the checksums do not cover may pass: the name, time and system in
 * a gzip header, and everything of a raw stream. */
static void a_flipped_bit_is_noticed(void **state)
{
    unsigned char octets[SIZE], found[SIZE];

    (void)state;
    coding_fill(octets, SIZE, CODING_WORDS, 5);
    for (int format = 0; format < CODING_FORMATS; format++) {
        struct mm_codec *codec = coding_decoder((enum mm_codec_format)format);
        size_t size;
        unsigned char *stream =
            coding_encode((enum mm_codec_format)format, octets, SIZE, &size);

        for (size_t bit = 0; bit < 8 * size; bit++) {
            size_t given, used = size, room = SIZE;
            enum mm_status status;

            stream[bit / 8] ^= (unsigned char)(1 << bit % 8);
            status = decode(codec, stream, size, SIZE, &given);
            if (status == MM_OK && format != MM_CODEC_RAW) {
                assert_status(
                    mm_codec_apply(codec, stream, &used, found, &room), MM_OK);
                assert_int_equal(room, SIZE);
                assert_memory_equal(found, octets, SIZE);
            }
            stream[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        mm_codec_close(codec);
        free(stream);
    }
}

/* Also with room for less than they would give. */
static void noise_does_no_harm(void **state)
{
    struct mm_codec *codecs[CODING_FORMATS];
    unsigned char noise[SIZE];
    uint32_t seed = 6;
    size_t ends = 0;

    (void)state;
    for (int format = 0; format < CODING_FORMATS; format++) {
        codecs[format] = coding_decoder((enum mm_codec_format)format);
    }
    for (unsigned turn = 0; turn < 20000 * support_scale(); turn++) {
        int format = (int)(turn % CODING_FORMATS);
        size_t size = 1 + support_random(&seed) % SIZE, given;

        coding_fill(noise, size, CODING_NOISE, seed);
        if (format == MM_CODEC_GZIP && size >= 4) {
            noise[0] = 0x1f;
            noise[1] = 0x8b;
            noise[2] = 8;
            noise[3] &= 0x1f;
        } else if (format == MM_CODEC_ZLIB && size >= 2) {
            noise[0] = 0x78;
            noise[1] = 0x9c;
        }
        ends +=
            decode(codecs[format], noise, size, turn % SIZE, &given) == MM_OK
                ? 1
                : 0;
    }
    /* A short one may be a stream by chance; hardly any is. */
    assert_in_range(ends, 0, 2000 * support_scale());
    for (int format = 0; format < CODING_FORMATS; format++) {
        mm_codec_close(codecs[format]);
    }
}

/* A name that does not end takes no memory. */
static void a_gzip_name_without_end_is_only_read(void **state)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3};
    struct mm_codec *codec = coding_decoder(MM_CODEC_GZIP);
    unsigned char name[SIZE], octet;
    struct mm_codec_io io = {head, sizeof(head), &octet, 1, false};

    (void)state;
    memset(name, 'n', sizeof(name));
    for (int i = 0; i < 10000; i++) {
        assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_OK);
        assert_int_equal(io.input_size, 0);
        io.input = name;
        io.input_size = sizeof(name);
    }
    assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST), MM_BAD_DATA);
    assert_int_equal(io.output_room, 1);
    mm_codec_close(codec);
}

static void a_failure_stays_until_the_reset(void **state)
{
    static const unsigned char wrong[] = {0x79, 0x9c, 0, 0};
    struct mm_codec *codec = coding_decoder(MM_CODEC_ZLIB);
    unsigned char octets[SIZE], found[SIZE];
    struct mm_codec_io io = {wrong, sizeof(wrong), found, SIZE, false};
    size_t size, room = SIZE;
    unsigned char *stream;

    (void)state;
    coding_fill(octets, SIZE, CODING_WORDS, 7);
    stream = coding_encode(MM_CODEC_ZLIB, octets, SIZE, &size);
    assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_BAD_DATA);
    io.input = stream;
    io.input_size = size;
    assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_BAD_DATA);
    assert_int_equal(io.input_size, size);
    assert_false(io.ended);
    /* Which a whole stream begins with. */
    assert_status(mm_codec_apply(codec, stream, &size, found, &room), MM_OK);
    assert_memory_equal(found, octets, SIZE);
    mm_codec_close(codec);
    free(stream);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(a_truncated_stream_is_bad_data_at_its_end),
        TEST(a_flipped_checksum_is_bad_data),
        TEST(another_format_is_bad_data),
        TEST(a_wrong_first_octet_is_bad_data),
        TEST(a_flipped_bit_is_noticed),
        TEST(noise_does_no_harm),
        TEST(a_gzip_name_without_end_is_only_read),
        TEST(a_failure_stays_until_the_reset),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
