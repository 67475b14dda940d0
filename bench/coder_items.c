/* SPDX-License-Identifier: MIT */
#include "coder_items.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/file.h>

#include "peers/real_files.h"
#include "splitmix.h"

const char *const coder_content_words[] = {"source",  "binary", "packed",
                                           "records", "hello",  NULL};

enum {
    /* Of a record of any number, before it is cut to its size. */
    RECORD_ROOM = 256,
    /* What is to be encoded to so many octets. */
    SOURCE_BYTES = 8 << 20,
    PATH_ROOM = 1024,
    /* Libraries that are sure to find room say so of a little more. */
    ROOM_MORE = 1024,
};

static enum mm_status read_binary(unsigned char *octets, size_t room,
                                  size_t *size_out)
{
    char path[PATH_ROOM];
    struct mm_file *file = NULL;
    enum mm_status status = real_files_binary(path, sizeof(path));

    *size_out = 0;
    if (status == MM_OK) {
        status = mm_file_open(path, MM_FILE_READ, &file);
    }
    if (status == MM_OK) {
        status = mm_file_read(file, 0, octets, room, size_out);
    }
    mm_file_close(file);
    return status;
}

static enum mm_status pack_source(unsigned char *octets, size_t room,
                                  size_t *size_out)
{
    unsigned char *source = malloc(SOURCE_BYTES);
    size_t size = 0, all = mm_codec_bound(MM_CODEC_GZIP, SOURCE_BYTES);
    unsigned char *packed = malloc(all);
    enum mm_status status =
        source != NULL && packed != NULL ? MM_OK : MM_NO_MEMORY;

    *size_out = 0;
    if (status == MM_OK) {
        status = real_files_source(source, SOURCE_BYTES, &size);
    }
    if (status == MM_OK) {
        status = mm_codec_encode(MM_CODEC_GZIP, MM_CODEC_LEVEL_USUAL, source,
                                 size, packed, &all);
    }
    if (status == MM_OK) {
        *size_out = all < room ? all : room;
        memcpy(octets, packed, *size_out);
    }
    free(source);
    free(packed);
    return status;
}

/* An article in stock and its price, padded as such files are. */
static void make_record(char record[RECORD_ROOM], uint64_t seed,
                        uint64_t number)
{
    static const char *const articles[] = {"Bolt",  "Bracket", "Cable",
                                           "Drill", "Hinge",   "Panel",
                                           "Valve", "Washer"};
    static const char *const materials[] = {"aluminium", "brass", "copper",
                                            "glass",     "nylon", "oak",
                                            "rubber",    "steel"};
    static const char *const rooms[] = {"Cellar", "Upper floor", "Yard",
                                        "Loading bay"};
    static const char *const sides[] = {"north", "east", "south", "west"};
    uint64_t dice = splitmix(seed, number);
    char shelf[32];

    snprintf(shelf, sizeof(shelf), "%s, shelf %u", rooms[dice >> 6 & 3],
             (unsigned)(dice >> 8 & 127));
    snprintf(record, RECORD_ROOM,
             "%010" PRIu64
             " %-20s %-20s %-24s %-18s %04u-%02u-%02u %13u.%02u\n",
             number * 10, articles[dice & 7], materials[dice >> 3 & 7], shelf,
             sides[dice >> 15 & 3], 1960 + (unsigned)(dice >> 17 & 63),
             1 + (unsigned)(dice >> 23 & 7), 1 + (unsigned)(dice >> 26 & 15),
             (unsigned)(dice >> 30 & 0xffff), (unsigned)(dice >> 46 & 63));
}

void coder_fill_records(unsigned char *octets, size_t size, uint64_t seed)
{
    char record[RECORD_ROOM];

    for (size_t at = 0; at < size; at += CODER_RECORD_BYTES) {
        size_t left = size - at;

        make_record(record, seed, at / CODER_RECORD_BYTES);
        memcpy(octets + at, record,
               left < CODER_RECORD_BYTES ? left : CODER_RECORD_BYTES);
    }
}

static enum mm_status fill(enum coder_content content, unsigned char *octets,
                           size_t room, uint64_t seed, size_t *size_out)
{
    switch (content) {
    case CODER_SOURCE:
        return real_files_source(octets, room, size_out);
    case CODER_BINARY:
        return read_binary(octets, room, size_out);
    case CODER_PACKED:
        return pack_source(octets, room, size_out);
    case CODER_HELLO:
        *size_out = room / CODER_HELLO_BYTES * CODER_HELLO_BYTES;
        for (size_t at = 0; at < *size_out; at += CODER_HELLO_BYTES) {
            memcpy(octets + at, "hello", CODER_HELLO_BYTES);
        }
        return MM_OK;
    case CODER_RECORDS:
        break;
    }
    coder_fill_records(octets, room, seed);
    *size_out = room;
    return MM_OK;
}

static enum mm_status encode_items(struct coder_items *items,
                                   struct mm_codec *codec)
{
    unsigned char *encoded = items->encoded;
    enum mm_status status = MM_OK;

    for (size_t i = 0; status == MM_OK && i < items->count; i++) {
        struct coder_item *item = &items->items[i];
        size_t size = items->size;

        item->octets = items->octets + i * size;
        item->encoded = encoded;
        item->encoded_size = items->room;
        status = mm_codec_apply(codec, item->octets, &size, encoded,
                                &item->encoded_size);
        encoded += item->encoded_size;
    }
    return status;
}

/* As many as there are octets for. By one encoder: to get memory for each of
 * thousands would take most of a second. */
static enum mm_status cut(struct coder_items *items, size_t all,
                          enum mm_codec_format format, int level)
{
    const struct mm_codec_options options = {.format = format, .level = level};
    struct mm_codec *codec;
    enum mm_status status;

    items->count = all / items->size;
    if (items->count > CODER_ITEMS_MAX) {
        items->count = CODER_ITEMS_MAX;
    }
    items->encoded = malloc(items->room * items->count);
    if (items->encoded == NULL) {
        return MM_NO_MEMORY;
    }
    status = mm_codec_open_encoder(&options, &codec);
    if (status == MM_OK) {
        status = encode_items(items, codec);
    }
    mm_codec_close(codec);
    return status;
}

enum mm_status coder_items_make(enum coder_content content, size_t size,
                                enum mm_codec_format format, int level,
                                uint64_t seed, struct coder_items **items_out,
                                struct bench_reason *reason)
{
    struct coder_items *items = calloc(1, sizeof(*items));
    size_t all = 0;
    enum mm_status status;

    *items_out = NULL;
    if (items == NULL) {
        return MM_NO_MEMORY;
    }
    items->size = size;
    items->room = mm_codec_bound(format, size) + ROOM_MORE;
    items->octets = malloc(CODER_ITEMS_BYTES);
    status = items->octets == NULL
                 ? MM_NO_MEMORY
                 : fill(content, items->octets, CODER_ITEMS_BYTES, seed, &all);
    if (status == MM_OK && all < size) {
        status = MM_UNSUPPORTED;
    }
    if (status == MM_OK) {
        status = cut(items, all, format, level);
    }
    if (status != MM_OK) {
        bench_explain(reason,
                      "%" PRIu64 " octets of the kind '%s' are to be had: %s",
                      (uint64_t)all, coder_content_words[content],
                      mm_status_text(status));
        coder_items_free(items);
        return status;
    }
    *items_out = items;
    return MM_OK;
}

void coder_items_free(struct coder_items *items)
{
    if (items == NULL) {
        return;
    }
    free(items->octets);
    free(items->encoded);
    free(items);
}
