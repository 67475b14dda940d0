/* SPDX-License-Identifier: MIT */
/* A writer of JSON text: keeps track of commas and escapes strings. */
#ifndef PROGRAM_JSON_H
#define PROGRAM_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_DEPTH_MAX = 16 };

/** Set `stream`, zero the rest. */
struct json {
    FILE *stream;
    unsigned depth;
    bool has_members[JSON_DEPTH_MAX];
};

/* `name` is NULL inside an array and for the outermost value. */
void json_object(struct json *json, const char *name);
void json_array(struct json *json, const char *name);
/** Ends the innermost object or array: `close` is '}' or ']'. */
void json_end(struct json *json, char close);
void json_text(struct json *json, const char *name, const char *text);
/** `value` must be finite. */
void json_real(struct json *json, const char *name, double value);
void json_integer(struct json *json, const char *name, int64_t value);
void json_boolean(struct json *json, const char *name, bool value);
void json_null(struct json *json, const char *name);
/** A new line, where one helps to read or to compare. */
void json_line(struct json *json);

#endif /* PROGRAM_JSON_H */
