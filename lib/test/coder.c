/* SPDX-License-Identifier: MIT */
/* Encodes and decodes files, for test_codec.py, which has other programs do the
 * opposite. Exits with the status, or with 2 where it is used wrongly. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/codec.h>

enum {
    ROOM = 1 << 24, /* more than any file of the test */
    USAGE = 2,
};

struct job {
    bool encodes;
    enum mm_codec_format format;
    int level;
    size_t piece; /* of input and output; 0: all in one call */
    const char *dictionary;
    unsigned char *input, *output;
    size_t input_size, output_size;
};

static const char usage[] =
    "usage: coder encode|decode zlib|raw|gzip LEVEL PIECE IN OUT [DICTIONARY]";

static enum mm_status whole(struct job *job)
{
    job->output_size = ROOM;
    return job->encodes
               ? mm_codec_encode(job->format, job->level, job->input,
                                 job->input_size, job->output,
                                 &job->output_size)
               : mm_codec_decode(job->format, job->input, &job->input_size,
                                 job->output, &job->output_size);
}

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

static enum mm_status by_pieces(struct job *job, struct mm_codec *codec)
{
    struct mm_codec_io io = {.input = job->input, .output = job->output};
    enum mm_status status = MM_OK;
    size_t taken = 0, given = 0;

    while (!io.ended && (status == MM_OK || status == MM_BUFFER_TOO_SMALL)) {
        size_t size = least(job->input_size - taken, job->piece);
        size_t room = least(ROOM - given, job->piece);

        io.input_size = size;
        io.output_room = room;
        status = mm_codec_run(codec, &io,
                              taken + size == job->input_size ? MM_CODEC_LAST
                                                              : MM_CODEC_MORE);
        taken += size - io.input_size;
        given += room - io.output_room;
    }
    job->input_size = taken;
    job->output_size = given;
    return status;
}

static enum mm_status streamed(struct job *job)
{
    const struct mm_codec_options options = {
        .format = job->format,
        .level = job->level,
        .dictionary = job->dictionary,
        .dictionary_size =
            job->dictionary != NULL ? strlen(job->dictionary) : 0,
    };
    struct mm_codec *codec;
    enum mm_status status = job->encodes
                                ? mm_codec_open_encoder(&options, &codec)
                                : mm_codec_open_decoder(&options, &codec);

    if (status == MM_OK) {
        status = by_pieces(job, codec);
    }
    mm_codec_close(codec);
    return status;
}

static bool parse(int count, char **arguments, struct job *job)
{
    static const char *const formats[] = {[MM_CODEC_ZLIB] = "zlib",
                                          [MM_CODEC_RAW] = "raw",
                                          [MM_CODEC_GZIP] = "gzip"};
    int format = 0;

    if (count < 7 || count > 8) {
        return false;
    }
    while (format <= MM_CODEC_GZIP &&
           strcmp(arguments[2], formats[format]) != 0) {
        format++;
    }
    job->encodes = strcmp(arguments[1], "encode") == 0;
    job->format = (enum mm_codec_format)format;
    job->level = (int)strtol(arguments[3], NULL, 10);
    job->piece = strtoul(arguments[4], NULL, 10);
    job->dictionary = arguments[7];
    return format <= MM_CODEC_GZIP &&
           (job->encodes || strcmp(arguments[1], "decode") == 0);
}

static bool copy(const char *path, const char *mode, unsigned char *octets,
                 size_t *size)
{
    FILE *file = fopen(path, mode);
    bool done = file != NULL;

    if (done && *mode == 'r') {
        *size = fread(octets, 1, ROOM, file);
        done = !ferror(file);
    } else if (done) {
        done = fwrite(octets, 1, *size, file) == *size;
    }
    return file != NULL && fclose(file) == 0 && done;
}

int main(int count, char **arguments)
{
    struct job job = {.encodes = false};
    enum mm_status status = MM_NO_MEMORY;

    if (!parse(count, arguments, &job)) {
        fprintf(stderr, "%s\n", usage);
        return USAGE;
    }
    job.input = malloc(ROOM);
    job.output = malloc(ROOM);
    if (job.input != NULL && job.output != NULL &&
        copy(arguments[5], "rb", job.input, &job.input_size)) {
        status = job.piece == 0 ? whole(&job) : streamed(&job);
    }
    printf("%s %zu %zu\n", mm_status_name(status), job.input_size,
           job.output_size);
    if (status == MM_OK &&
        !copy(arguments[6], "wb", job.output, &job.output_size)) {
        status = MM_IO;
    }
    free(job.input);
    free(job.output);
    return (int)status;
}
