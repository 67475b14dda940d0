/* SPDX-License-Identifier: MIT */
/* Messages as tests write them, read in every way they can be cut. */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <mapmark/message.h>

enum { MESSAGES_BODY_ROOM = 512 };

#define REQUEST "POST /e HTTP/1.1\r\nHost: h\r\n"
#define RESPONSE "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define HELLO "5\r\nhello\r\n0\r\n\r\n"

/* What came of one message. */
struct reading {
    enum mm_status status;
    struct mm_message_result result;
    char body[MESSAGES_BODY_ROOM]; /* ends with a zero */
};

static const struct mm_message_rules old_request = {.mode = MM_MESSAGE_RFC2616,
                                                    .kind = MM_MESSAGE_REQUEST};
static const struct mm_message_rules old_response = {
    .mode = MM_MESSAGE_RFC2616, .kind = MM_MESSAGE_RESPONSE};
static const struct mm_message_rules new_request = {.mode = MM_MESSAGE_RFC9112,
                                                    .kind = MM_MESSAGE_REQUEST};
static const struct mm_message_rules new_response = {
    .mode = MM_MESSAGE_RFC9112, .kind = MM_MESSAGE_RESPONSE};

/*
 * Read octets whole, octet by octet, with one span at a time, and cut in two
 * at each place; fails the test when these do not all come to the same.
 */
struct reading messages_read_octets(const struct mm_message_rules *rules,
                                    const char *octets, size_t size,
                                    bool peer_closes);

/* The same for text, whose sender stays; and for one who closes behind it. */
struct reading messages_read(const struct mm_message_rules *rules,
                             const char *text);
struct reading messages_read_closed(const struct mm_message_rules *rules,
                                    const char *text);

/* Fails the test unless the message ends before `rest`, the end of `text`. */
void messages_ends_before(const struct reading *reading, const char *text,
                          const char *rest, enum mm_message_framing framing,
                          const char *body);

#endif /* MESSAGES_H */
