/* SPDX-License-Identifier: MIT */
/* A codec, and how zlib is given its pieces. */
#ifndef MMI_STREAM_H
#define MMI_STREAM_H

#include <mapmark/codec.h>

#define ZLIB_CONST
#include <zlib.h>

/* zlib counts by 32 bits; this is the most that it is given at a time. */
#define MMI_CHUNK ((size_t)1 << 30)

enum {
    /* More than the six octets below which a flush may be marked again and
     * again (zlib.h, deflate()). */
    MMI_SPILL = 16,
};

struct mm_codec {
    z_stream stream;
    enum mm_codec_format format;
    unsigned flags;
    bool encodes;
    bool fresh;      /* nothing has been done since it was opened or reset */
    bool last;       /* of an encoder: its last input has been given */
    bool between;    /* behind a member of gzip: the next octet decides */
    bool ended;      /* zlib says so; what was spilled may be left to give */
    uint64_t limit;  /* UINT64_MAX where there is none */
    uint64_t output; /* what zlib has made of it */
    enum mm_status broken; /* what a run gives until the reset */
    unsigned char *dictionary;
    uInt dictionary_size;
    /* Whether there is more than room is only known when there is room. */
    unsigned char spill[MMI_SPILL];
    size_t spill_start, spill_size;
};

/* What a result of zlib is in our words. */
enum mm_status mmi_stream_status(int result);

/* Go on as far as input and room go; mm_codec_run() tells the rest. */
enum mm_status mmi_stream_run(struct mm_codec *codec, struct mm_codec_io *io,
                              enum mm_codec_step step);

#endif /* MMI_STREAM_H */
