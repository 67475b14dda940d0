/* SPDX-License-Identifier: MIT */
/* One conformance case: octets in, the outcomes each RFC accepts out. */
#ifndef CONFORM_CASE_H
#define CONFORM_CASE_H

#include "buffer.h"
#include "ruling.h"

enum conform_direction {
    CONFORM_DIRECTION_REQUEST,
    CONFORM_DIRECTION_RESPONSE,
};

/* Who a case is for, and what a subject is; both may be several. */
enum conform_role {
    CONFORM_ROLE_SERVER = 1,
    CONFORM_ROLE_PROXY = 2,
    CONFORM_ROLE_CLIENT = 4,
    CONFORM_ROLE_PARSER = 8,
};

enum { CONFORM_SENDS_MAX = 16, CONFORM_BODIES_MAX = 4 };

/* Strings point into the text of the corpus; corpus/README.md defines all. */
struct conform_case {
    const char *id;
    const char *class_name;
    const char *file; /* base name, for messages */
    unsigned long line;
    unsigned since;
    enum conform_direction direction;
    unsigned roles;      /* of enum conform_role */
    const char *answers; /* method; NULL in a request */
    struct conform_buffer wire;
    size_t
        send_ends[CONFORM_SENDS_MAX]; /* wire offsets behind each send line */
    size_t send_count;
    bool peer_closes; /* after the last octet */
    struct conform_ruling rulings[CONFORM_EPOCH_COUNT];
    struct conform_buffer bodies[CONFORM_BODIES_MAX];
    size_t body_count;
    const char *next; /* "" where absent, as in the three that follow */
    const char *harm;
    const char *flags;
    const char *refs;
    const char *why;
};

/* Free what the case owns and leave it all zeros. */
void conform_case_free(struct conform_case *item);

/* Find the stated body of `size` octets that equals `octets`, or any. */
bool conform_case_has_body(const struct conform_case *item, const char *octets,
                           size_t size);

#endif /* CONFORM_CASE_H */
