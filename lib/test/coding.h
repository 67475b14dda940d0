/* SPDX-License-Identifier: MIT */
/* What the tests of codecs share. */
#ifndef CODING_H
#define CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/codec.h>

enum {
    CODING_FORMATS = 3, /* of enum mm_codec_format */
    CODING_LEVELS = 10,
};

/* How octets can be: they cannot be made smaller, they can, and very much. */
enum coding_kind { CODING_NOISE, CODING_WORDS, CODING_ZEROS, CODING_KINDS };

/* Fill in `size` octets; the same for the same seed. */
void coding_fill(unsigned char *octets, size_t size, enum coding_kind kind,
                 uint32_t seed);

/* Memory that a test needs, or its end. */
unsigned char *coding_memory(size_t size);

/* One whole stream of usual level; `*size_out` is its size. */
unsigned char *coding_encode(enum mm_codec_format format,
                             const unsigned char *octets, size_t size,
                             size_t *size_out);

/* A codec for streams of a format, at a level where it encodes. */
struct mm_codec *coding_encoder(enum mm_codec_format format, int level);
struct mm_codec *coding_decoder(enum mm_codec_format format);

/* How a stream is cut into pieces: sizes up to the largest, 0 included where
 * there is a seed, and the largest always where there is none. */
struct coding_cut {
    size_t input_max;
    size_t output_max;
    uint32_t seed;
    bool flushes; /* now and then; where it encodes */
};

/* Run a codec over a whole stream, cut into pieces; its status at the end, and
 * what it gave into room for `*size`. All input must be taken. */
enum mm_status coding_run(struct mm_codec *codec, const unsigned char *input,
                          size_t input_size, const struct coding_cut *cut,
                          unsigned char *output, size_t *size);

#endif /* CODING_H */
