/* SPDX-License-Identifier: MIT */
/*
 * http-parser as it is packaged, with its defaults and the two hints that its
 * header asks of an application: a response to HEAD has no body, and one that
 * accepts CONNECT opens a tunnel. All else is the library's own judgement.
 */
#include "pushed.h"

#include <stdio.h>

#include <http_parser.h>

static int on_headers_complete(http_parser *parser)
{
    return pushed_hint(parser->data, parser->status_code);
}

static int on_body(http_parser *parser, const char *octets, size_t size)
{
    const struct pushed *pushed = parser->data;

    conform_answer_body(pushed->answer, octets, size);
    return 0;
}

/* Pausing makes http_parser_execute() return behind the last octet. */
static int on_message_complete(http_parser *parser)
{
    const struct pushed_end end = {
        .is_chunked = (parser->flags & F_CHUNKED) != 0,
        .has_length = (parser->flags & F_CONTENTLENGTH) != 0,
        .keeps = http_should_keep_alive(parser) != 0,
    };

    pushed_complete(parser->data, &end);
    http_parser_pause(parser, 1);
    return 0;
}

static bool failed(const http_parser *parser)
{
    return HTTP_PARSER_ERRNO(parser) != HPE_OK &&
           HTTP_PARSER_ERRNO(parser) != HPE_PAUSED;
}

/* Gives the offset behind the octets that the message took. */
static size_t read_message(http_parser *parser, struct pushed *pushed)
{
    static const http_parser_settings settings = {
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
    };
    const struct conform_feed *feed = pushed->feed;
    size_t at = 0;

    while (at < feed->size && !pushed->complete && !failed(parser)) {
        at += http_parser_execute(parser, &settings, feed->octets + at,
                                  conform_feed_end(feed, at) - at);
    }
    if (feed->peer_closes && !pushed->complete && !failed(parser)) {
        pushed->at_eof = true;
        http_parser_execute(parser, &settings, NULL, 0);
    }
    return at;
}

/* A connection is only kept if the next octets can start a message. */
static void read_rest(http_parser *parser, const struct pushed *pushed,
                      size_t at)
{
    static const http_parser_settings settings = {0};
    const struct conform_feed *feed = pushed->feed;

    if (pushed->tunnel || parser->upgrade) {
        return;
    }
    http_parser_pause(parser, 0);
    while (at < feed->size && !failed(parser) && !parser->upgrade) {
        size_t end = conform_feed_end(feed, at);

        http_parser_execute(parser, &settings, feed->octets + at, end - at);
        at = end;
    }
    if (failed(parser)) {
        pushed->answer->outcome.fate = CONFORM_FATE_CLOSE;
    }
}

static void explain(const http_parser *parser, struct conform_answer *answer)
{
    enum http_errno error = HTTP_PARSER_ERRNO(parser);

    if (failed(parser)) {
        snprintf(answer->detail, sizeof(answer->detail), "%s: %s",
                 http_errno_name(error), http_errno_description(error));
    }
}

static enum exit_code run(void *session, const struct conform_feed *feed,
                          struct conform_answer *answer)
{
    struct pushed pushed = {.feed = feed, .answer = answer};
    http_parser parser;
    size_t end;

    (void)session;
    http_parser_init(&parser, feed->direction == CONFORM_DIRECTION_REQUEST
                                  ? HTTP_REQUEST
                                  : HTTP_RESPONSE);
    parser.data = &pushed;
    end = read_message(&parser, &pushed);
    explain(&parser, answer);
    pushed_finish(&pushed, end, failed(&parser));
    if (pushed.complete) {
        read_rest(&parser, &pushed, end);
    }
    return EXIT_OK;
}

static void version(char *text_out, size_t size)
{
    unsigned long number = http_parser_version();

    snprintf(text_out, size, "%lu.%lu.%lu", number >> 16 & 255,
             number >> 8 & 255, number & 255);
}

const struct conform_subject conform_subject_http_parser = {
    .name = "http-parser",
    .roles = CONFORM_ROLE_PARSER,
    .version = version,
    .run = run,
};
