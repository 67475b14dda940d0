/* SPDX-License-Identifier: MIT */
#include <program/json.h>

#include <assert.h>
#include <inttypes.h>
#include <math.h>

/* Whether the second octet keeps the first from saying what UTF-8 forbids:
 * a longer form than needed, a surrogate, or more than U+10FFFF. */
static bool is_second(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second < 0xa0;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second < 0x90;
    default:
        return true;
    }
}

/* Octets of the UTF-8 character at `at`, 0 when it is not one: a path may hold
 * anything, a JSON text may not. */
static unsigned character_size(const unsigned char *at)
{
    unsigned size = 1;

    if (*at >= 0xc2 && *at <= 0xf4) {
        size = *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    } else if (*at >= 0x80) {
        return 0;
    }
    for (unsigned i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size == 1 || is_second(at[0], at[1]) ? size : 0;
}

static void quote(FILE *stream, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    fputc('"', stream);
    while (*at != '\0') {
        unsigned size = character_size(at);

        if (size == 0) {
            fputs("\\ufffd", stream);
            size = 1;
        } else if (*at == '"' || *at == '\\') {
            fprintf(stream, "\\%c", *at);
        } else if (*at < 0x20) {
            fprintf(stream, "\\u%04x", *at);
        } else {
            fwrite(at, 1, size, stream);
        }
        at += size;
    }
    fputc('"', stream);
}

/* What comes before any value: a comma, and its name. */
static void begin_value(struct json *json, const char *name)
{
    if (json->has_members[json->depth]) {
        fputc(',', json->stream);
    }
    json->has_members[json->depth] = true;
    if (name != NULL) {
        quote(json->stream, name);
        fputc(':', json->stream);
    }
}

static void open_value(struct json *json, const char *name, char open)
{
    begin_value(json, name);
    assert(json->depth + 1 < JSON_DEPTH_MAX);
    fputc(open, json->stream);
    json->depth++;
    json->has_members[json->depth] = false;
}

void json_object(struct json *json, const char *name)
{
    open_value(json, name, '{');
}

void json_array(struct json *json, const char *name)
{
    open_value(json, name, '[');
}

void json_end(struct json *json, char close)
{
    assert(json->depth > 0);
    json->depth--;
    fputc(close, json->stream);
}

void json_text(struct json *json, const char *name, const char *text)
{
    begin_value(json, name);
    quote(json->stream, text);
}

void json_real(struct json *json, const char *name, double value)
{
    assert(isfinite(value));
    begin_value(json, name);
    fprintf(json->stream, "%.12g", value);
}

void json_integer(struct json *json, const char *name, int64_t value)
{
    begin_value(json, name);
    fprintf(json->stream, "%" PRId64, value);
}

void json_boolean(struct json *json, const char *name, bool value)
{
    begin_value(json, name);
    fputs(value ? "true" : "false", json->stream);
}

void json_null(struct json *json, const char *name)
{
    begin_value(json, name);
    fputs("null", json->stream);
}

void json_line(struct json *json)
{
    fputc('\n', json->stream);
}
