/* SPDX-License-Identifier: MIT */
/*
 * Parsers that find the end of an HTTP/1.1 message and its body, by one
 * interface for all that a user could pick, and the messages they are given.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "bench.h"

#ifdef __cplusplus
extern "C" {
#endif

struct message_text {
    const char *octets;
    size_t size;
};

/** What a parser found in one message: the same for all of them. */
struct message_found {
    uint64_t ends;   /* of messages: 1 */
    uint64_t size;   /* up to the end */
    uint64_t octets; /* of the body */
    uint64_t spans;  /* sum of the first octet of each part of the body */
};

struct message_reader {
    const char *why_not; /* what to say where it cannot be; else NULL */
    /** NULL: a message needs nothing that outlives it. */
    enum mm_status (*open)(void **parser_out);
    void (*close)(void *parser);
    /** Read one message, which is there as a whole. */
    void (*read)(void *parser, const struct message_text *text,
                 struct message_found *found);
};

/** The ways, and their words, NULL at the end. A word is the name of the
 * conformance subject that the same parser is. */
extern const struct message_reader *const message_readers[];
extern const char *const message_words[];

/* own_messages.c, and each in a file of peers/. */
extern const struct message_reader message_engine_rfc2616,
    message_engine_rfc9112, message_http_parser, message_llhttp;

static inline void message_found_span(struct message_found *found,
                                      const char *octets, size_t size)
{
    found->octets += size;
    found->spans += (unsigned char)octets[0];
}

#ifdef __cplusplus
}
#endif

#endif /* MESSAGES_H */
