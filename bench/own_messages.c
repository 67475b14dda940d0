/* SPDX-License-Identifier: MIT */
/* The library's engine, in both modes. It needs no memory but its state. */
#include <mapmark/message.h>

#include "messages.h"

static void read_by(enum mm_message_mode mode, const struct message_text *text,
                    struct message_found *found)
{
    const struct mm_message_rules rules = {.mode = mode,
                                           .kind = MM_MESSAGE_REQUEST};
    struct mm_message_span spans[64];
    enum { ROOM = sizeof(spans) / sizeof(spans[0]) };
    struct mm_message message;
    enum mm_status status = mm_message_start(&message, &rules);
    size_t at = 0;

    if (status == MM_OK) {
        status = MM_PENDING;
    }
    while (status == MM_PENDING && at < text->size) {
        size_t count;
        size_t taken;

        status = mm_message_feed(&message, text->octets + at, text->size - at,
                                 spans, ROOM, &count, &taken);
        for (size_t i = 0; i < count; i++) {
            message_found_span(found, text->octets + at + spans[i].offset,
                               spans[i].size);
        }
        at += taken;
    }
    found->size = at;
    found->ends += status == MM_OK;
}

static void read_2616(void *parser, const struct message_text *text,
                      struct message_found *found)
{
    (void)parser;
    read_by(MM_MESSAGE_RFC2616, text, found);
}

static void read_9112(void *parser, const struct message_text *text,
                      struct message_found *found)
{
    (void)parser;
    read_by(MM_MESSAGE_RFC9112, text, found);
}

const struct message_reader message_engine_rfc2616 = {.read = read_2616};
const struct message_reader message_engine_rfc9112 = {.read = read_9112};
