/* SPDX-License-Identifier: MIT */
/*
 * llhttp as Debian packages its sources for Node.js, with its defaults (no
 * leniency) and the two hints that its header asks of an application: a
 * response to HEAD has no body, and one that accepts CONNECT opens a tunnel.
 * All else is the library's own judgement. It is paused behind a message, and
 * the place where it stopped is the end.
 */
#include "pushed.h"

#include <stdio.h>

#include <llhttp.h>

struct reading {
    struct pushed pushed;
    unsigned flags; /* as they are behind the header section */
};

static int on_headers_complete(llhttp_t *parser)
{
    struct reading *reading = parser->data;

    reading->flags = parser->flags;
    return pushed_hint(&reading->pushed,
                       (unsigned)llhttp_get_status_code(parser));
}

static int on_body(llhttp_t *parser, const char *octets, size_t size)
{
    const struct reading *reading = parser->data;

    conform_answer_body(reading->pushed.answer, octets, size);
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct reading *reading = parser->data;
    const struct pushed_end end = {
        .is_chunked = (reading->flags & F_CHUNKED) != 0,
        .has_length = (reading->flags & F_CONTENT_LENGTH) != 0,
        .keeps = llhttp_should_keep_alive(parser) != 0,
    };

    pushed_complete(&reading->pushed, &end);
    return HPE_PAUSED;
}

static bool failed(llhttp_t *parser)
{
    llhttp_errno_t error = llhttp_get_errno(parser);

    return error != HPE_OK && error != HPE_PAUSED &&
           error != HPE_PAUSED_UPGRADE;
}

/* Gives the offset behind the octets that the message took. */
static size_t read_message(llhttp_t *parser, struct pushed *pushed)
{
    const struct conform_feed *feed = pushed->feed;
    size_t at = 0;

    while (at < feed->size && !pushed->complete && !failed(parser)) {
        size_t end = conform_feed_end(feed, at);

        if (llhttp_execute(parser, feed->octets + at, end - at) == HPE_OK) {
            at = end;
        } else {
            at = (size_t)(llhttp_get_error_pos(parser) - feed->octets);
        }
    }
    if (feed->peer_closes && !pushed->complete && !failed(parser)) {
        pushed->at_eof = true;
        (void)llhttp_finish(parser);
    }
    return at;
}

/* A connection is only kept if the next octets can start a message. */
static void read_rest(llhttp_t *parser, const struct pushed *pushed, size_t at)
{
    static const llhttp_settings_t settings = {0};
    const struct conform_feed *feed = pushed->feed;

    if (pushed->tunnel || llhttp_get_upgrade(parser)) {
        return;
    }
    parser->settings = (void *)&settings;
    llhttp_resume(parser);
    while (at < feed->size && llhttp_get_errno(parser) == HPE_OK) {
        size_t end = conform_feed_end(feed, at);

        (void)llhttp_execute(parser, feed->octets + at, end - at);
        at = end;
    }
    if (failed(parser)) {
        pushed->answer->outcome.fate = CONFORM_FATE_CLOSE;
    }
}

static void explain(llhttp_t *parser, struct conform_answer *answer)
{
    if (failed(parser)) {
        snprintf(answer->detail, sizeof(answer->detail), "%s: %s",
                 llhttp_errno_name(llhttp_get_errno(parser)),
                 llhttp_get_error_reason(parser));
    }
}

static enum exit_code run(void *session, const struct conform_feed *feed,
                          struct conform_answer *answer)
{
    static const llhttp_settings_t settings = {
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
    };
    struct reading reading = {.pushed = {.feed = feed, .answer = answer}};
    llhttp_t parser;
    size_t end;

    (void)session;
    llhttp_init(&parser,
                feed->direction == CONFORM_DIRECTION_REQUEST ? HTTP_REQUEST
                                                             : HTTP_RESPONSE,
                &settings);
    parser.data = &reading;
    end = read_message(&parser, &reading.pushed);
    explain(&parser, answer);
    pushed_finish(&reading.pushed, end, failed(&parser));
    if (reading.pushed.complete) {
        read_rest(&parser, &reading.pushed, end);
    }
    return EXIT_OK;
}

static void version(char *text_out, size_t size)
{
    snprintf(text_out, size, "%d.%d.%d", LLHTTP_VERSION_MAJOR,
             LLHTTP_VERSION_MINOR, LLHTTP_VERSION_PATCH);
}

const struct conform_subject conform_subject_llhttp = {
    .name = "llhttp",
    .roles = CONFORM_ROLE_PARSER,
    .version = version,
    .run = run,
};
