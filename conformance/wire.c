/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <string.h>

/* Deeper than any case needs, and shallow enough for every stack. */
enum { DEPTH_MAX = 8 };

struct macro {
    char name;
    const char *text;
};

/* Their values are text still: escapes are expanded after all macros. */
static const struct macro macros[] = {
    {'P', "POST /e HTTP/1.1\\r\\nHost: h\\r\\n"},
    {'G', "GET /e HTTP/1.1\\r\\nHost: h\\r\\n"},
    {'R', "HTTP/1.1 200 OK\\r\\n"},
    {'S', "GET /sentinel HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"},
    {'T', "HTTP/1.1 299 Next\\r\\nContent-Length: 0\\r\\n\\r\\n"},
    {'C', "Transfer-Encoding: chunked\\r\\n"},
    {'B', "5\\r\\nhello\\r\\n0\\r\\n\\r\\n"},
};

/* An escape has at most four characters (\xHH) for its one octet. */
enum { TEXT_MAX = 4 * CONFORM_WIRE_MAX };

static enum exit_code add(struct conform_buffer *out, const char *text,
                          size_t size, struct conform_problem *problem)
{
    return conform_buffer_add(out, text, size, TEXT_MAX, problem);
}

static enum exit_code repeat(const char *body, size_t size,
                             struct conform_buffer *out,
                             struct conform_problem *problem)
{
    const char *star = memchr(body, '*', size);
    size_t count = 0;
    size_t width;
    enum exit_code status = EXIT_OK;

    for (const char *at = body; star != NULL && at < star; at++) {
        if (*at < '0' || *at > '9' || count > TEXT_MAX / 10) {
            star = NULL;
            break;
        }
        count = count * 10 + (size_t)(*at - '0');
    }
    if (star == NULL || star == body) {
        return conform_problem_set(
            problem, EXIT_ENVIRONMENT,
            "unknown macro {%.*s}: allowed are {P} {G} {R} "
            "{S} {T} {C} {B} and {n*text}",
            size > 40 ? 40 : (int)size, body);
    }
    width = size - (size_t)(star + 1 - body);
    for (size_t i = 0; i < count && status == EXIT_OK && width > 0; i++) {
        status = add(out, star + 1, width, problem);
    }
    return status;
}

static enum exit_code call(const char *body, size_t size,
                           struct conform_buffer *out,
                           struct conform_problem *problem)
{
    for (size_t i = 0; size == 1 && i < sizeof(macros) / sizeof(macros[0]);
         i++) {
        if (macros[i].name == body[0]) {
            return add(out, macros[i].text, strlen(macros[i].text), problem);
        }
    }
    return repeat(body, size, out, problem);
}

/* Stops at the NUL or, inside braces, behind the brace that closes them. */
static enum exit_code expand_macros(const char **at, unsigned depth,
                                    struct conform_buffer *out,
                                    struct conform_problem *problem)
{
    enum exit_code status = EXIT_OK;

    while (status == EXIT_OK && **at != '\0' && **at != '}') {
        struct conform_buffer inner = {0};

        if (**at != '{') {
            status = add(out, (*at)++, 1, problem);
            continue;
        }
        if (depth == DEPTH_MAX) {
            return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                       "macros nested deeper than %d",
                                       DEPTH_MAX);
        }
        (*at)++;
        status = expand_macros(at, depth + 1, &inner, problem);
        if (status == EXIT_OK) {
            status = call(inner.data == NULL ? "" : inner.data, inner.size, out,
                          problem);
        }
        conform_buffer_free(&inner);
    }
    if (status == EXIT_OK && (**at == '}') != (depth > 0)) {
        return conform_problem_set(problem, EXIT_ENVIRONMENT,
                                   depth > 0 ? "'{' without '}'"
                                             : "'}' without '{'");
    }
    if (status == EXIT_OK && depth > 0) {
        (*at)++;
    }
    return status;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);

    return c == '\0' || found == NULL ? -1 : (int)(found - digits);
}

/* Returns the characters used, 0 for an escape that does not exist. */
static size_t escape(const char *text, size_t size, char *octet)
{
    static const char names[] = "rnt0\\\"";
    static const char values[] = "\r\n\t\0\\\"";
    const char *name = size < 2 ? NULL : memchr(names, text[1], 6);

    if (name != NULL) {
        *octet = values[name - names];
        return 2;
    }
    if (size < 4 || text[1] != 'x' || hex_digit(text[2]) < 0 ||
        hex_digit(text[3]) < 0) {
        return 0;
    }
    *octet =
        (char)(unsigned char)(hex_digit(text[2]) * 16 + hex_digit(text[3]));
    return 4;
}

static enum exit_code expand_escapes(const struct conform_buffer *text,
                                     struct conform_buffer *wire,
                                     struct conform_problem *problem)
{
    enum exit_code status = EXIT_OK;
    size_t used;

    for (size_t at = 0; status == EXIT_OK && at < text->size; at += used) {
        char octet = text->data[at];

        used = octet == '\\' ? escape(text->data + at, text->size - at, &octet)
                             : 1;
        if (used == 0) {
            return conform_problem_set(
                problem, EXIT_ENVIRONMENT,
                "unknown escape '%.*s': allowed are \\r \\n \\t \\0 \\\\ \\\" "
                "and \\xHH",
                text->size - at < 2 ? 1 : 2, text->data + at);
        }
        status = conform_buffer_add(wire, &octet, 1, CONFORM_WIRE_MAX, problem);
    }
    return status;
}

enum exit_code conform_wire_expand(const char *text,
                                   struct conform_buffer *wire,
                                   struct conform_problem *problem)
{
    struct conform_buffer flat = {0};
    enum exit_code status = expand_macros(&text, 0, &flat, problem);

    if (status == EXIT_OK) {
        status = expand_escapes(&flat, wire, problem);
    }
    conform_buffer_free(&flat);
    return status;
}
