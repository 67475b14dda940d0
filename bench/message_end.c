/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to find where a message ends, and its body?
 *
 * Every parser does the same with the same octets: it reads requests that are
 * there as a whole, tells where each ends, and which octets are its body. It
 * is asked for nothing else. The requests differ in their paths and values, so
 * that no branch is learnt by heart, and are warm. What a parser found is
 * compared with what was written, each time. Large bodies are no question here:
 * nobody looks at them.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"
#include "splitmix.h"

/* places of words */
enum { WAY, PATTERN };
/* places of numbers */
enum { FIELDS, OCTETS };

const struct message_reader *const message_readers[] = {
    &message_engine_rfc9112, &message_engine_rfc2616, &message_http_parser,
    &message_llhttp};
const char *const message_words[] = {"engine-rfc9112", "engine-rfc2616",
                                     "http-parser", "llhttp", NULL};

enum { PATTERN_LENGTH, PATTERN_CHUNKED };
static const char *const patterns[] = {"length", "chunked", NULL};

static const struct bench_words words[] = {
    {"way", message_words},
    {"pattern", patterns},
};

/* Beside the one that says where it ends. */
static const int64_t fields[] = {4, 16};
/* Of a body, or of a chunk. */
static const int64_t octets[] = {16, 256};

static const struct bench_numbers numbers[] = {
    {"fields", fields, sizeof(fields) / sizeof(fields[0]), 0},
    {"octets", octets, sizeof(octets) / sizeof(octets[0]), 0},
};

enum {
    MESSAGES = 16,
    /* So many that the head is nothing, and that all stays in the cache. */
    CHUNKS = 512,
    /* More than one message can need. */
    HEAD_ROOM = 4096,
    CHUNK_ROOM = 32,
    BATCH = 64,
};

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    bool chunked = row->words[PATTERN] == PATTERN_CHUNKED;

    (void)options;
    if (chunked) {
        return row->numbers[FIELDS] == 4 ? BENCH_FULL : BENCH_NEVER;
    }
    return row->numbers[OCTETS] == 16 ? BENCH_FULL : BENCH_NEVER;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    (void)row;
    sampling_out->min_seconds = options->quick ? 0.05 : 0.1;
}

/* ---- what is read -------------------------------------------------------- */

struct messages {
    struct message_text texts[MESSAGES];
    struct message_found written[MESSAGES];
    char octets[];
};

/* Text with a place to go on at. */
struct writer {
    char *at;
    char *end;
};

static void write_text(struct writer *writer, const char *format, ...)
{
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(writer->at, (size_t)(writer->end - writer->at), format,
                     arguments);
    va_end(arguments);
    writer->at += size;
}

static void write_body(struct writer *writer, size_t size, uint64_t seed,
                       struct message_found *written)
{
    for (size_t i = 0; i < size; i++) {
        writer->at[i] = (char)splitmix(seed, i);
    }
    message_found_span(written, writer->at, size);
    writer->at += size;
}

/* What browsers send, with values of some 20 to 60 octets. */
static void write_head(struct writer *writer, const struct bench_row *row,
                       uint64_t seed)
{
    static const char *const names[] = {
        "Host",           "User-Agent",      "Accept",
        "Content-Type",   "Accept-Language", "Accept-Encoding",
        "Referer",        "Cookie",          "Cache-Control",
        "Origin",         "Sec-Fetch-Site",  "Sec-Fetch-Mode",
        "Sec-Fetch-Dest", "X-Request-Id",    "X-Forwarded-For",
        "If-None-Match"};
    static const char filling[] =
        "abcdefghijklmnopqrstuvwxyz0123456789.-_/;=+abcdefghijklmnopqrst";
    enum { LEAST = 20, VARIES = 40 };

    write_text(writer, "POST /item/%" PRIx64 " HTTP/1.1\r\n", seed >> 40);
    for (int64_t i = 0; i < row->numbers[FIELDS]; i++) {
        int size = LEAST + (int)(splitmix(seed, (uint64_t)i) % VARIES);

        write_text(writer, "%s: %.*s\r\n", names[i], size, filling);
    }
}

static void write_message(struct writer *writer, const struct bench_row *row,
                          uint64_t seed, struct message_found *written)
{
    size_t size = (size_t)row->numbers[OCTETS];

    write_head(writer, row, seed);
    if (row->words[PATTERN] == PATTERN_LENGTH) {
        write_text(writer, "Content-Length: %zu\r\n\r\n", size);
        write_body(writer, size, seed, written);
        return;
    }
    write_text(writer, "Transfer-Encoding: chunked\r\n\r\n");
    for (uint64_t i = 0; i < CHUNKS; i++) {
        write_text(writer, "%zx\r\n", size);
        write_body(writer, size, splitmix(seed, i), written);
        write_text(writer, "\r\n");
    }
    write_text(writer, "0\r\n\r\n");
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    size_t chunks = row->words[PATTERN] == PATTERN_CHUNKED ? CHUNKS : 1;
    size_t room =
        HEAD_ROOM + chunks * ((size_t)row->numbers[OCTETS] + CHUNK_ROOM);
    struct messages *messages = calloc(1, sizeof(*messages) + MESSAGES * room);

    (void)reason;
    *shared_out = messages;
    if (messages == NULL) {
        return MM_NO_MEMORY;
    }
    for (size_t i = 0; i < MESSAGES; i++) {
        char *start = messages->octets + i * room;
        struct writer writer = {start, start + room};

        messages->written[i].ends = 1;
        write_message(&writer, row, splitmix(options->seed, i),
                      &messages->written[i]);
        messages->texts[i].octets = start;
        messages->texts[i].size = (size_t)(writer.at - start);
        messages->written[i].size = messages->texts[i].size;
    }
    return MM_OK;
}

/* ---- the rows ------------------------------------------------------------ */

struct reading {
    const struct message_reader *reader;
    const struct messages *messages;
    void *parser;
    size_t next;
};

static void tear_down(void *state)
{
    struct reading *reading = state;

    if (reading != NULL && reading->reader->close != NULL) {
        reading->reader->close(reading->parser);
    }
    free(reading);
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    const struct message_reader *reader = message_readers[row->words[WAY]];
    struct reading *reading = calloc(1, sizeof(*reading));
    enum mm_status status = reading != NULL ? MM_OK : MM_NO_MEMORY;

    *state_out = NULL;
    if (reader->why_not != NULL) {
        bench_explain(reason, "%s", reader->why_not);
        status = MM_UNSUPPORTED;
    }
    if (status == MM_OK) {
        reading->reader = reader;
        reading->messages = shared;
        status = reader->open != NULL ? reader->open(&reading->parser) : MM_OK;
    }
    if (status != MM_OK) {
        free(reading);
        return status;
    }
    *state_out = reading;
    return MM_OK;
}

/* Gives whether what was found is what was written. */
static bool read_next(struct reading *reading)
{
    const struct messages *messages = reading->messages;
    size_t i = reading->next;
    struct message_found found = {0};

    reading->reader->read(reading->parser, &messages->texts[i], &found);
    reading->next = (i + 1) % MESSAGES;
    return memcmp(&found, &messages->written[i], sizeof(found)) == 0;
}

static uint64_t checksum(const struct messages *messages)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < MESSAGES; i++) {
        sum = splitmix(sum + messages->written[i].spans,
                       messages->written[i].size);
    }
    return sum;
}

static void body(struct bench_run *run, void *state)
{
    const struct bench_row *row = bench_run_row(run);
    struct reading *reading = state;
    int64_t wrong = 0;
    int64_t batch, count = 0;

    while ((batch = bench_next(run, BATCH)) > 0) {
        for (int64_t i = 0; i < batch; i++) {
            wrong += !read_next(reading);
        }
        count += batch;
    }
    if (wrong > 0) {
        bench_judge(run, BENCH_VOID,
                    "%" PRId64 " of %" PRId64
                    " messages were found to end elsewhere, or to have other "
                    "bodies, than was written",
                    wrong, count);
    }
    bench_count(run, BENCH_ACCESSES,
                (double)count *
                    (row->words[PATTERN] == PATTERN_CHUNKED ? CHUNKS : 1));
    bench_checksum(run, checksum(reading->messages));
}

extern const struct bench_table bench_message_end;
const struct bench_table bench_message_end = {
    .subject = "message",
    .question = "What does it cost to find where a message ends?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .scale = scale,
    .sampling = sampling,
    .share = share,
    .unshare = free,
    .set_up = set_up,
    .tear_down = tear_down,
    .body = body,
};
