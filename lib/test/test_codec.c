/* SPDX-License-Identifier: MIT */
/* Whole streams in one call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/file.h>
#include <mapmark/mapping.h>
#include <mapmark/memory.h>
#include <mapmark/view.h>

#include "coding.h"
#include "skip.h"
#include "support.h"

static const char text[] =
    "how many codecs would a codec code if a codec could code codecs?\n";

enum {
    TEXT = sizeof(text) - 1,
    /* Behind the room that a codec is given: it must stay as it is. */
    GUARD = 64,
    GUARD_OCTET = 0xa5,
    HALF_MIB = 512 * 1024,
};

/* Decode in room for exactly `room` octets. */
static enum mm_status decode(enum mm_codec_format format,
                             const unsigned char *encoded, size_t *encoded_size,
                             unsigned char *octets, size_t *room)
{
    size_t given = *room;
    enum mm_status status;

    memset(octets + given, GUARD_OCTET, GUARD);
    status = mm_codec_decode(format, encoded, encoded_size, octets, room);
    for (size_t i = 0; i < GUARD; i++) {
        assert_int_equal(octets[given + i], GUARD_OCTET);
    }
    return status;
}

static void check_round_trip(const unsigned char *octets, size_t size,
                             enum mm_codec_format format, int level)
{
    size_t bound = mm_codec_bound(format, size), encoded_size = bound;
    unsigned char *encoded = coding_memory(bound);
    unsigned char *found = coding_memory(size + GUARD);
    size_t found_size = size, used;

    assert_status(
        mm_codec_encode(format, level, octets, size, encoded, &encoded_size),
        MM_OK);
    assert_in_range(encoded_size, 1, bound);
    used = encoded_size;
    assert_status(decode(format, encoded, &used, found, &found_size), MM_OK);
    assert_int_equal(used, encoded_size);
    assert_int_equal(found_size, size);
    assert_memory_equal(found, octets, size);
    free(encoded);
    free(found);
}

/* Z1 */
static void what_is_encoded_is_decoded_again(void **state)
{
    static const size_t sizes[] = {0, 1, 125, 16383, 65536, HALF_MIB + 1};
    unsigned char *octets = coding_memory(HALF_MIB + 1);

    (void)state;
    for (int kind = 0; kind < CODING_KINDS; kind++) {
        coding_fill(octets, HALF_MIB + 1, (enum coding_kind)kind, 5);
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            for (int format = 0; format < CODING_FORMATS; format++) {
                for (int level = 0; level < CODING_LEVELS; level++) {
                    check_round_trip(octets, sizes[i],
                                     (enum mm_codec_format)format, level);
                }
            }
        }
    }
    free(octets);
}

/* W-11, R-51, R-52: the room grows until it is enough. */
static void hello_is_14_and_8_and_26_octets(void **state)
{
    static const size_t expected[CODING_FORMATS] = {
        [MM_CODEC_ZLIB] = 14, [MM_CODEC_RAW] = 8, [MM_CODEC_GZIP] = 26};
    static const char hello[] = "hello"; /* and its NUL */
    unsigned char encoded[32], found[sizeof(hello) + GUARD];

    (void)state;
    for (int format = 0; format < CODING_FORMATS; format++) {
        size_t size, used = expected[format];

        for (size_t room = 0; room < expected[format]; room++) {
            size = room;
            assert_status(mm_codec_encode((enum mm_codec_format)format,
                                          MM_CODEC_LEVEL_USUAL, hello,
                                          sizeof(hello),
                                          room != 0 ? encoded : NULL, &size),
                          MM_BUFFER_TOO_SMALL);
            assert_int_equal(size, room);
        }
        size = expected[format];
        assert_status(mm_codec_encode((enum mm_codec_format)format,
                                      MM_CODEC_LEVEL_USUAL, hello,
                                      sizeof(hello), encoded, &size),
                      MM_OK);
        assert_int_equal(size, expected[format]);
        size = sizeof(hello);
        assert_status(
            decode((enum mm_codec_format)format, encoded, &used, found, &size),
            MM_OK);
        assert_memory_equal(found, hello, sizeof(hello));
    }
}

/* Z2: what Python's zlib and the gzip program made of the text, the latter with
 * a name and a time. */
static void streams_of_other_programs_are_decoded(void **state)
{
    static const unsigned char by_python[] = {
        0x78, 0xda, 0xcb, 0xc8, 0x2f, 0x57, 0xc8, 0x4d, 0xcc, 0xab, 0x54, 0x48,
        0xce, 0x4f, 0x49, 0x4d, 0x2e, 0x56, 0x28, 0xcf, 0x2f, 0xcd, 0x49, 0x51,
        0x48, 0x84, 0x70, 0xc1, 0xa4, 0x42, 0x66, 0x1a, 0x12, 0x1f, 0x24, 0x0b,
        0x16, 0x85, 0xa8, 0xb7, 0xe7, 0x02, 0x00, 0xfd, 0xe3, 0x16, 0xb4};
    static const unsigned char by_gzip[] = {
        0x1f, 0x8b, 0x08, 0x08, 0x00, 0xf1, 0x53, 0x65, 0x02, 0x03, 0x74,
        0x2e, 0x74, 0x78, 0x74, 0x00, 0xcb, 0xc8, 0x2f, 0x57, 0xc8, 0x4d,
        0xcc, 0xab, 0x54, 0x48, 0xce, 0x4f, 0x49, 0x4d, 0x2e, 0x56, 0x28,
        0xcf, 0x2f, 0xcd, 0x49, 0x51, 0x48, 0x84, 0x70, 0xc1, 0xa4, 0x42,
        0x66, 0x1a, 0x12, 0x1f, 0x24, 0x0b, 0x16, 0x85, 0xa8, 0xb7, 0xe7,
        0x02, 0x00, 0xc4, 0x84, 0x4e, 0x3a, 0x41, 0x00, 0x00, 0x00};
    enum { HEAD = 2, TAIL = 4 };
    const struct {
        enum mm_codec_format format;
        const unsigned char *octets;
        size_t size;
    } streams[] = {
        {MM_CODEC_ZLIB, by_python, sizeof(by_python)},
        {MM_CODEC_RAW, by_python + HEAD, sizeof(by_python) - HEAD - TAIL},
        {MM_CODEC_GZIP, by_gzip, sizeof(by_gzip)},
    };
    unsigned char found[TEXT + GUARD];

    (void)state;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        size_t used = streams[i].size, size = TEXT;

        assert_status(
            decode(streams[i].format, streams[i].octets, &used, found, &size),
            MM_OK);
        assert_int_equal(used, streams[i].size);
        assert_int_equal(size, TEXT);
        assert_memory_equal(found, text, TEXT);
    }
}

/* Z3, R-52: decided by whether there is more than room; nothing is told then.
 */
static void a_lack_of_room_is_told_from_bad_data(void **state)
{
    enum { SIZE = 3000 };
    unsigned char octets[SIZE], found[SIZE + GUARD];

    (void)state;
    coding_fill(octets, SIZE, CODING_WORDS, 9);
    for (int format = 0; format < CODING_FORMATS; format++) {
        size_t encoded_size;
        unsigned char *encoded = coding_encode((enum mm_codec_format)format,
                                               octets, SIZE, &encoded_size);

        for (size_t room = 0; room < SIZE; room += room < 40 ? 1 : 37) {
            size_t used = encoded_size, size = room;

            assert_status(decode((enum mm_codec_format)format, encoded, &used,
                                 found, &size),
                          MM_BUFFER_TOO_SMALL);
            assert_int_equal(used, encoded_size);
            assert_int_equal(size, room);
            /* Truncated where the room ends as well. */
            used = encoded_size - 1;
            size = SIZE;
            assert_status(decode((enum mm_codec_format)format, encoded, &used,
                                 found, &size),
                          MM_BAD_DATA);
            assert_int_equal(used, encoded_size - 1);
            assert_int_equal(size, SIZE);
        }
        free(encoded);
    }
}

static void nothing_needs_no_room(void **state)
{
    (void)state;
    for (int format = 0; format < CODING_FORMATS; format++) {
        size_t encoded_size, size = 0, used;
        unsigned char *encoded =
            coding_encode((enum mm_codec_format)format, NULL, 0, &encoded_size);

        used = encoded_size;
        assert_status(mm_codec_decode((enum mm_codec_format)format, encoded,
                                      &used, NULL, &size),
                      MM_OK);
        assert_int_equal(used, encoded_size);
        assert_int_equal(size, 0);
        free(encoded);
    }
}

/* Z6 */
static void what_follows_a_stream_is_left(void **state)
{
    unsigned char stream[256], found[TEXT + GUARD];

    (void)state;
    for (int format = 0; format < CODING_FORMATS; format++) {
        size_t encoded_size = sizeof(stream), size = TEXT, used;

        assert_status(mm_codec_encode((enum mm_codec_format)format, 9, text,
                                      TEXT, stream, &encoded_size),
                      MM_OK);
        memset(stream + encoded_size, 0x55, sizeof(stream) - encoded_size);
        used = sizeof(stream);
        assert_status(
            decode((enum mm_codec_format)format, stream, &used, found, &size),
            MM_OK);
        assert_int_equal(used, encoded_size);
        assert_int_equal(size, TEXT);
        assert_memory_equal(found, text, TEXT);
    }
}

/* Z7, with an empty one in the middle, and octets of nobody at the end. */
static void gzip_members_are_one_stream(void **state)
{
    unsigned char stream[512], found[2 * TEXT + GUARD];
    size_t all = 0, used, size;

    (void)state;
    for (int member = 0; member < 3; member++) {
        size = sizeof(stream) - all;
        assert_status(mm_codec_encode(MM_CODEC_GZIP, 6, text,
                                      member == 1 ? 0 : TEXT, stream + all,
                                      &size),
                      MM_OK);
        all += size;
    }
    memset(stream + all, 0, sizeof(stream) - all);
    for (size_t rest = 0; rest < 3; rest++) {
        used = all + rest;
        size = (size_t)2 * TEXT;
        assert_status(decode(MM_CODEC_GZIP, stream, &used, found, &size),
                      MM_OK);
        assert_int_equal(used, all);
        assert_int_equal(size, 2 * TEXT);
        assert_memory_equal(found, text, TEXT);
        assert_memory_equal(found + TEXT, text, TEXT);
    }
    size = (size_t)2 * TEXT - 1;
    used = all;
    assert_status(decode(MM_CODEC_GZIP, stream, &used, found, &size),
                  MM_BUFFER_TOO_SMALL);
    size = (size_t)2 * TEXT;
    used = all - 1;
    assert_status(decode(MM_CODEC_GZIP, stream, &used, found, &size),
                  MM_BAD_DATA);
}

/* */
static void a_size_too_large_for_a_bound_has_none(void **state)
{
    (void)state;
    for (int format = 0; format < CODING_FORMATS; format++) {
        enum mm_codec_format known = (enum mm_codec_format)format;

        assert_int_equal(mm_codec_bound(known, SIZE_MAX), 0);
        assert_int_equal(mm_codec_bound(known, SIZE_MAX - 100), 0);
        for (size_t size = 1; size < SIZE_MAX / 4; size *= 2) {
            assert_true(mm_codec_bound(known, size) > size);
        }
    }
    assert_int_equal(mm_codec_bound((enum mm_codec_format)CODING_FORMATS, 1),
                     0);
}

/* The octets are those of a file, a window of it at a time; nothing is copied
 * in between. */
static void a_stream_is_decoded_from_views(void **state)
{
    const struct fixture *fixture = *state;
    const size_t window = mm_granularity(), size = 8 * window;
    const struct mm_mapping_options mapping_options = {.protection =
                                                           MM_READ_ONLY};
    unsigned char *octets = coding_memory(size), *found = coding_memory(size);
    struct mm_codec *codec = coding_decoder(MM_CODEC_GZIP);
    struct mm_codec_io io = {.output = found, .output_room = size};
    struct mm_file *file = NULL;
    struct mm_mapping *mapping = NULL;
    size_t encoded_size, written = 0;
    unsigned char *encoded;

    coding_fill(octets, size, CODING_NOISE, 3);
    encoded = coding_encode(MM_CODEC_GZIP, octets, size, &encoded_size);
    assert_status(mm_file_open(fixture->path,
                               MM_FILE_READ | MM_FILE_WRITE | MM_FILE_CREATE,
                               &file),
                  MM_OK);
    assert_status(mm_file_write(file, 0, encoded, encoded_size, &written),
                  MM_OK);
    assert_status(mm_mapping_create(file, &mapping_options, &mapping), MM_OK);
    for (size_t at = 0; at < encoded_size; at += window) {
        size_t left = encoded_size - at;
        struct mm_view view;

        assert_status(mm_view_map(mapping, at, left < window ? left : window,
                                  MM_VIEW_READ, NULL, &view),
                      MM_OK);
        io.input = view.address;
        io.input_size = view.size;
        assert_status(
            mm_codec_run(codec, &io,
                         left <= window ? MM_CODEC_LAST : MM_CODEC_MORE),
            MM_OK);
        assert_status(mm_view_unmap(&view), MM_OK);
    }
    assert_true(io.ended);
    assert_int_equal(io.output_room, 0);
    assert_memory_equal(found, octets, size);
    mm_mapping_close(mapping);
    mm_file_close(file);
    mm_codec_close(codec);
    free(encoded);
    free(octets);
    free(found);
}

/* cut to 32 bits they would be 1. Most of the octets are not there, and
 * nobody touches them. */
static void sizes_of_more_than_32_bits_are_whole(void **state)
{
    const size_t large = ((size_t)1 << 32) + 1, there = mm_granularity();
    struct mm_memory memory;
    unsigned char *octets;

    (void)state;
    assert_status(mm_memory_reserve(large, NULL, &memory), MM_OK);
    assert_status(mm_memory_commit(&memory, 0, 2 * there, MM_MEMORY_READ_WRITE),
                  MM_OK);
    octets = memory.address;
    for (int format = 0; format < CODING_FORMATS; format++) {
        enum mm_codec_format known = (enum mm_codec_format)format;
        unsigned char encoded[256];
        size_t size = large, used;

        assert_status(mm_codec_encode(known, 6, text, TEXT, octets, &size),
                      MM_OK);
        memcpy(encoded, octets, size);
        memset(octets + size, 0, TEXT);
        used = large;
        assert_status(
            mm_codec_decode(known, octets, &used, octets + there, &size),
            MM_BUFFER_TOO_SMALL);
        assert_true(used == large);
        size = TEXT;
        assert_status(
            mm_codec_decode(known, octets, &used, octets + there, &size),
            MM_OK);
        assert_in_range(used, 1, sizeof(encoded));
        size = large;
        assert_status(mm_codec_decode(known, encoded, &used, octets, &size),
                      MM_OK);
        assert_int_equal(size, TEXT);
        assert_memory_equal(octets, text, TEXT);
    }
    assert_status(mm_memory_release(&memory), MM_OK);
}

/* zeros without end, of which a system has one page or a few. */
static void more_than_4_GiB_are_one_call(void **state)
{
    enum { SCALE_LARGE = 10 };
    const size_t size = ((size_t)1 << 32) + 12345;
    struct mm_memory memory;
    size_t encoded_size = (size_t)1 << 26, used, found_size = size;
    unsigned char *encoded;

    (void)state;
    if (support_scale() < SCALE_LARGE) {
        SKIP_TEST("takes 20 seconds and 8 GiB: MAPMARK_TEST_SCALE=10");
    }
    encoded = coding_memory(encoded_size);
    assert_status(mm_memory_allocate(size, MM_MEMORY_READ_WRITE, NULL, &memory),
                  MM_OK);
    assert_status(mm_codec_encode(MM_CODEC_GZIP, 1, memory.address, size,
                                  encoded, &encoded_size),
                  MM_OK);
    memset(memory.address, 1, size);
    used = encoded_size;
    assert_status(mm_codec_decode(MM_CODEC_GZIP, encoded, &used, memory.address,
                                  &found_size),
                  MM_OK);
    assert_int_equal(used, encoded_size);
    assert_int_equal(found_size, size);
    for (size_t i = 0; i < size; i++) {
        if (((unsigned char *)memory.address)[i] != 0) {
            fail_msg("octet %zu is not zero", i);
        }
    }
    assert_status(mm_memory_release(&memory), MM_OK);
    free(encoded);
}

static void what_makes_no_sense_is_refused(void **state)
{
    const enum mm_codec_format unknown = (enum mm_codec_format)CODING_FORMATS;
    unsigned char octets[64] = {0};
    size_t size = sizeof(octets), used = sizeof(octets);

    (void)state;
    assert_status(mm_codec_encode(unknown, 6, octets, 1, octets, &size),
                  MM_INVALID);
    assert_status(mm_codec_encode(MM_CODEC_ZLIB, -1, octets, 1, octets, &size),
                  MM_INVALID);
    assert_status(mm_codec_encode(MM_CODEC_ZLIB, MM_CODEC_LEVEL_MAX + 1, octets,
                                  1, octets, &size),
                  MM_INVALID);
    assert_status(mm_codec_encode(MM_CODEC_ZLIB, 6, NULL, 1, octets, &size),
                  MM_INVALID);
    assert_status(mm_codec_encode(MM_CODEC_ZLIB, 6, octets, 1, NULL, &size),
                  MM_INVALID);
    assert_status(mm_codec_encode(MM_CODEC_ZLIB, 6, octets, 1, octets, NULL),
                  MM_INVALID);
    assert_status(mm_codec_decode(unknown, octets, &used, octets, &size),
                  MM_INVALID);
    assert_status(mm_codec_decode(MM_CODEC_RAW, NULL, &used, octets, &size),
                  MM_INVALID);
    assert_status(mm_codec_decode(MM_CODEC_RAW, octets, NULL, octets, &size),
                  MM_INVALID);
    assert_status(mm_codec_decode(MM_CODEC_RAW, octets, &used, octets, NULL),
                  MM_INVALID);
    assert_int_equal(size, sizeof(octets));
    assert_int_equal(used, sizeof(octets));
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_encoded_is_decoded_again),
        TEST(hello_is_14_and_8_and_26_octets),
        TEST(streams_of_other_programs_are_decoded),
        TEST(a_lack_of_room_is_told_from_bad_data),
        TEST(nothing_needs_no_room),
        TEST(what_follows_a_stream_is_left),
        TEST(gzip_members_are_one_stream),
        TEST(a_size_too_large_for_a_bound_has_none),
        TEST(a_stream_is_decoded_from_views),
        TEST(sizes_of_more_than_32_bits_are_whole),
        TEST(more_than_4_GiB_are_one_call),
        TEST(what_makes_no_sense_is_refused),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
