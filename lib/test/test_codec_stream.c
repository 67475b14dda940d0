/* SPDX-License-Identifier: MIT */
/* Streams piece by piece. */
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
    SMALL = 3000,
    LARGE = 300000, /* several windows of zlib */
};

static const int levels[] = {0, 1, 6, 9};

/* Encode by pieces, then decode by pieces, and compare. */
static void check_pieces(enum mm_codec_format format, int level,
                         const unsigned char *octets, size_t size,
                         const struct coding_cut *cut)
{
    struct mm_codec *encoder = coding_encoder(format, level);
    struct mm_codec *decoder = coding_decoder(format);
    /* Each flush adds a few octets, and so do blocks cut short. */
    size_t encoded_size = 8 * mm_codec_bound(format, size), found_size = size;
    unsigned char *encoded = coding_memory(encoded_size);
    unsigned char *found = coding_memory(size);

    assert_status(
        coding_run(encoder, octets, size, cut, encoded, &encoded_size), MM_OK);
    assert_status(
        coding_run(decoder, encoded, encoded_size, cut, found, &found_size),
        MM_OK);
    assert_int_equal(found_size, size);
    assert_memory_equal(found, octets, size);
    /* It is a stream like any other. */
    memset(found, 0, size);
    assert_status(
        mm_codec_decode(format, encoded, &encoded_size, found, &found_size),
        MM_OK);
    assert_memory_equal(found, octets, size);
    mm_codec_close(encoder);
    mm_codec_close(decoder);
    free(encoded);
    free(found);
}

/* Z8 */
static void single_octets_give_what_a_whole_gives(void **state)
{
    const struct coding_cut cut = {.input_max = 1, .output_max = 1};
    unsigned char octets[SMALL];

    (void)state;
    for (int kind = 0; kind < CODING_KINDS; kind++) {
        coding_fill(octets, SMALL, (enum coding_kind)kind, 17);
        for (int format = 0; format < CODING_FORMATS; format++) {
            for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
                check_pieces((enum mm_codec_format)format, levels[i], octets,
                             SMALL, &cut);
            }
        }
    }
}

static void pieces_of_any_size_give_what_a_whole_gives(void **state)
{
    unsigned char *octets = coding_memory(LARGE);
    uint32_t seed = 77;

    (void)state;
    for (int turn = 0; turn < 24 * (int)support_scale(); turn++) {
        const struct coding_cut cut = {
            .input_max = 1 + support_random(&seed) % 40000,
            .output_max = 1 + support_random(&seed) % 40000,
            .seed = seed,
            .flushes = turn % 2 == 1,
        };

        coding_fill(octets, LARGE, (enum coding_kind)(turn % 2), seed);
        check_pieces((enum mm_codec_format)(turn % CODING_FORMATS),
                     levels[turn % 4], octets, LARGE, &cut);
    }
    free(octets);
}

/* Z3 */
static void a_run_goes_on_with_more_room(void **state)
{
    unsigned char octets[SMALL], found[SMALL];

    (void)state;
    coding_fill(octets, SMALL, CODING_WORDS, 2);
    for (int format = 0; format < CODING_FORMATS; format++) {
        size_t size;
        unsigned char *encoded =
            coding_encode((enum mm_codec_format)format, octets, SMALL, &size);
        struct mm_codec *codec = coding_decoder((enum mm_codec_format)format);
        struct mm_codec_io io = {
            .input = encoded,
            .input_size = size,
            .output = found,
            .output_room = SMALL - 1,
        };

        assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST),
                      MM_BUFFER_TOO_SMALL);
        assert_int_equal(io.output_room, 0);
        assert_false(io.ended);
        /* No room is no progress, and no harm. */
        assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST),
                      MM_BUFFER_TOO_SMALL);
        assert_false(io.ended);
        io.output_room = 1;
        assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST), MM_OK);
        assert_true(io.ended);
        assert_int_equal(io.input_size, 0);
        assert_memory_equal(found, octets, SMALL);
        mm_codec_close(codec);
        free(encoded);
    }
}

/* zlib itself does not say so of some raw streams. */
static void room_that_fits_ends_a_stream(void **state)
{
    unsigned char octets[SMALL], *found;

    (void)state;
    coding_fill(octets, SMALL, CODING_WORDS, 4);
    for (int format = 0; format < CODING_FORMATS; format++) {
        for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
            struct mm_codec *codec =
                coding_encoder((enum mm_codec_format)format, levels[i]);
            size_t size = mm_codec_bound((enum mm_codec_format)format, SMALL);
            size_t taken = SMALL;
            struct mm_codec_io io = {.input = octets, .input_size = SMALL};

            found = coding_memory(size);
            assert_status(mm_codec_apply(codec, octets, &taken, found, &size),
                          MM_OK);
            assert_status(mm_codec_reset(codec), MM_OK);
            io.output = found;
            io.output_room = size;
            assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST), MM_OK);
            assert_true(io.ended);
            assert_int_equal(io.output_room, 0);
            /* After its end there is nothing more. */
            assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST), MM_OK);
            assert_true(io.ended);
            mm_codec_close(codec);
            free(found);
        }
    }
}

static void what_was_flushed_can_be_decoded(void **state)
{
    unsigned char octets[SMALL], encoded[2 * SMALL], found[SMALL];

    (void)state;
    coding_fill(octets, SMALL, CODING_WORDS, 6);
    for (int format = 0; format < CODING_FORMATS; format++) {
        struct mm_codec *encoder =
            coding_encoder((enum mm_codec_format)format, 6);
        struct mm_codec *decoder = coding_decoder((enum mm_codec_format)format);
        struct mm_codec_io in = {
            .input = octets,
            .input_size = SMALL,
            .output = encoded,
        };
        struct mm_codec_io out = {.input = encoded, .output = found};
        enum mm_status status = MM_BUFFER_TOO_SMALL;

        /* An octet at a time, of which zlib alone would never come to an end.
         */
        for (size_t i = 0; status == MM_BUFFER_TOO_SMALL; i++) {
            assert_in_range(i, 0, sizeof(encoded) - 1);
            in.output_room = 1;
            status = mm_codec_run(encoder, &in, MM_CODEC_FLUSH);
        }
        assert_status(status, MM_OK);
        assert_false(in.ended);
        out.input_size = (size_t)((unsigned char *)in.output - encoded);
        out.output_room = SMALL;
        assert_status(mm_codec_run(decoder, &out, MM_CODEC_MORE), MM_OK);
        assert_false(out.ended);
        assert_int_equal(out.output_room, 0);
        assert_memory_equal(found, octets, SMALL);
        mm_codec_close(encoder);
        mm_codec_close(decoder);
    }
}

/* Z7 */
static void a_member_can_be_asked_for_alone(void **state)
{
    const struct mm_codec_options options = {.format = MM_CODEC_GZIP,
                                             .flags = MM_CODEC_ONE_MEMBER};
    unsigned char octets[SMALL], stream[2 * SMALL], found[SMALL];
    size_t one = SMALL, two = SMALL, all, size;
    struct mm_codec *codec = NULL;

    (void)state;
    coding_fill(octets, SMALL, CODING_WORDS, 8);
    assert_status(
        mm_codec_encode(MM_CODEC_GZIP, 6, octets, SMALL, stream, &one), MM_OK);
    assert_status(mm_codec_encode(MM_CODEC_GZIP, 6, octets, SMALL / 2,
                                  stream + one, &two),
                  MM_OK);
    assert_status(mm_codec_open_decoder(&options, &codec), MM_OK);
    all = one + two;
    size = SMALL;
    assert_status(mm_codec_apply(codec, stream, &all, found, &size), MM_OK);
    assert_int_equal(all, one);
    assert_int_equal(size, SMALL);
    all = two;
    assert_status(mm_codec_apply(codec, stream + one, &all, found, &size),
                  MM_OK);
    assert_int_equal(all, two);
    assert_int_equal(size, SMALL / 2);
    assert_memory_equal(found, octets, SMALL / 2);
    mm_codec_close(codec);
}

/* Z7: wherever the pieces are cut, and whether or not more may follow. */
static void members_are_found_in_pieces(void **state)
{
    unsigned char octets[SMALL], stream[3 * SMALL], found[3 * SMALL];
    struct mm_codec *codec = coding_decoder(MM_CODEC_GZIP);
    size_t all = 0;

    (void)state;
    coding_fill(octets, SMALL, CODING_NOISE, 10);
    for (int member = 0; member < 3; member++) {
        size_t size = sizeof(stream) - all;

        assert_status(
            mm_codec_encode(MM_CODEC_GZIP, 6, octets, 100, stream + all, &size),
            MM_OK);
        all += size;
    }
    for (uint32_t seed = 0; seed < 200; seed++) {
        const struct coding_cut cut = {
            .input_max = 1 + seed, .output_max = 1 + seed, .seed = seed};
        size_t size = 300;

        assert_status(mm_codec_reset(codec), MM_OK);
        assert_status(coding_run(codec, stream, all, &cut, found, &size),
                      MM_OK);
        assert_int_equal(size, 300);
        for (size_t i = 0; i < 300; i += 100) {
            assert_memory_equal(found + i, octets, 100);
        }
    }
    mm_codec_close(codec);
}

static void
a_stream_that_may_have_members_ends_with_the_last_input(void **state)
{
    unsigned char octets[SMALL], found[SMALL];
    struct mm_codec *codec = coding_decoder(MM_CODEC_GZIP);
    size_t size;
    unsigned char *stream, zero = 0;
    struct mm_codec_io io = {.output = found, .output_room = SMALL};

    (void)state;
    coding_fill(octets, SMALL, CODING_WORDS, 12);
    stream = coding_encode(MM_CODEC_GZIP, octets, SMALL, &size);
    io.input = stream;
    io.input_size = size;
    assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_OK);
    assert_false(io.ended);
    assert_int_equal(io.output_room, 0);
    assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST), MM_OK);
    assert_true(io.ended);

    /* Or with an octet that begins none. */
    assert_status(mm_codec_reset(codec), MM_OK);
    io = (struct mm_codec_io){stream, size, found, SMALL, false};
    assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_OK);
    assert_false(io.ended);
    io.input = &zero;
    io.input_size = 1;
    assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_OK);
    assert_true(io.ended);
    assert_int_equal(io.input_size, 1);
    mm_codec_close(codec);
    free(stream);
}

/* Z1, R-53: level 0 copies, which is quick enough to be shown always. */
static void a_stream_of_more_than_4_GiB_keeps_its_octets(void **state)
{
    enum { BLOCK = 1 << 20, ROOM = BLOCK + BLOCK / 16 };
    const uint64_t blocks = ((uint64_t)4 << 10) + 2;
    unsigned char *octets = coding_memory(BLOCK), *found = coding_memory(BLOCK);
    unsigned char *encoded = coding_memory(ROOM);
    struct mm_codec *encoder = coding_encoder(MM_CODEC_RAW, 0);
    struct mm_codec *decoder = coding_decoder(MM_CODEC_RAW);
    uint64_t given = 0;
    bool ended = false;

    (void)state;
    coding_fill(octets, BLOCK, CODING_NOISE, 20);
    for (uint64_t i = 0; i < blocks; i++) {
        struct mm_codec_io in = {octets, BLOCK, encoded, ROOM, false};
        struct mm_codec_io out = {encoded, 0, found, BLOCK, false};

        assert_status(
            mm_codec_run(encoder, &in,
                         i + 1 < blocks ? MM_CODEC_FLUSH : MM_CODEC_LAST),
            MM_OK);
        assert_int_equal(in.input_size, 0);
        out.input_size = ROOM - in.output_room;
        assert_status(mm_codec_run(decoder, &out, MM_CODEC_MORE), MM_OK);
        assert_int_equal(out.input_size, 0);
        given += BLOCK - out.output_room;
        ended = out.ended;
        if (i % 512 == 0 || ended) {
            assert_memory_equal(found, octets, BLOCK);
        }
    }
    assert_true(ended);
    assert_true(given == blocks * BLOCK);
    mm_codec_close(encoder);
    mm_codec_close(decoder);
    free(octets);
    free(found);
    free(encoded);
}

static void run_one(void *context)
{
    const struct coding_cut cut = {.input_max = 777, .output_max = 555};
    unsigned char octets[SMALL];
    atomic_uint *done = context;

    for (int turn = 0; turn < 10; turn++) {
        coding_fill(octets, SMALL, CODING_WORDS, 30);
        check_pieces((enum mm_codec_format)(turn % CODING_FORMATS), 6, octets,
                     SMALL, &cut);
    }
    atomic_fetch_add(done, 1);
}

static void threads_have_codecs_of_their_own(void **state)
{
    atomic_uint done = 0;

    (void)state;
    assert_true(support_in_threads(4, run_one, &done));
    assert_int_equal(atomic_load(&done), 4);
}

static void an_encoder_takes_nothing_after_its_last(void **state)
{
    unsigned char octets[SMALL], encoded[2 * SMALL];
    struct mm_codec *codec = coding_encoder(MM_CODEC_ZLIB, 6);
    struct mm_codec_io io = {octets, SMALL, encoded, 1, false};

    (void)state;
    coding_fill(octets, SMALL, CODING_NOISE, 22);
    assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST), MM_BUFFER_TOO_SMALL);
    io.output_room = sizeof(encoded) - 1;
    assert_status(mm_codec_run(codec, &io, MM_CODEC_MORE), MM_OK);
    assert_true(io.ended);
    io.input = octets;
    io.input_size = 1;
    assert_status(mm_codec_run(codec, &io, MM_CODEC_LAST), MM_OK);
    assert_true(io.ended);
    assert_int_equal(io.input_size, 1);
    mm_codec_close(codec);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(single_octets_give_what_a_whole_gives),
        TEST(pieces_of_any_size_give_what_a_whole_gives),
        TEST(a_run_goes_on_with_more_room),
        TEST(room_that_fits_ends_a_stream),
        TEST(what_was_flushed_can_be_decoded),
        TEST(a_member_can_be_asked_for_alone),
        TEST(members_are_found_in_pieces),
        TEST(a_stream_that_may_have_members_ends_with_the_last_input),
        TEST(a_stream_of_more_than_4_GiB_keeps_its_octets),
        TEST(threads_have_codecs_of_their_own),
        TEST(an_encoder_takes_nothing_after_its_last),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
