/* SPDX-License-Identifier: MIT */
/* One conformance case: octets in, the outcomes each RFC accepts out. */
#ifndef MM_CASE_H
#define MM_CASE_H

#include "buffer.h"
#include "ruling.h"

enum mm_direction {
    MM_DIRECTION_REQUEST,
    MM_DIRECTION_RESPONSE,
};

/* Who a case is for, and what a subject is; both may be several. */
enum mm_role {
    MM_ROLE_SERVER = 1,
    MM_ROLE_PROXY = 2,
    MM_ROLE_CLIENT = 4,
    MM_ROLE_PARSER = 8,
};

enum { MM_SENDS_MAX = 16, MM_BODIES_MAX = 4 };

/* Strings point into the text of the corpus; corpus/README.md defines all. */
struct mm_case {
    const char *id;
    const char *class_name;
    const char *file; /* base name, for messages */
    unsigned long line;
    unsigned since;
    enum mm_direction direction;
    unsigned roles;      /* of enum mm_role */
    const char *answers; /* method; NULL in a request */
    struct mm_buffer wire;
    size_t send_ends[MM_SENDS_MAX]; /* wire offsets behind each send line */
    size_t send_count;
    bool peer_closes; /* after the last octet */
    struct mm_ruling rulings[MM_EPOCH_COUNT];
    struct mm_buffer bodies[MM_BODIES_MAX];
    size_t body_count;
    const char *next; /* "" where absent, as in the three that follow */
    const char *harm;
    const char *flags;
    const char *refs;
    const char *why;
};

/* Free what the case owns and leave it all zeros. */
void mm_case_free(struct mm_case *item);

/* Find the stated body of `size` octets that equals `octets`, or any. */
bool mm_case_has_body(const struct mm_case *item, const char *octets,
                      size_t size);

#endif /* MM_CASE_H */
