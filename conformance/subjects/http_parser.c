/* SPDX-License-Identifier: MIT */
/*
 * http-parser as it is packaged, with its defaults and the two hints that its
 * header asks of an application: a response to HEAD has no body, and one that
 * accepts CONNECT opens a tunnel. All else is the library's own judgement.
 */
#include "../subject.h"

#include <stdio.h>
#include <string.h>

#include <http_parser.h>

struct reading {
    const struct conform_feed *feed;
    struct conform_answer *answer;
    bool tunnel;
    bool skip_body;
    bool at_eof;
    bool complete;
};

static int on_headers_complete(http_parser *parser)
{
    struct reading *reading = parser->data;
    const char *method = reading->feed->answers;

    if (method != NULL && strcmp(method, "HEAD") == 0) {
        reading->skip_body = true;
        return 1;
    }
    if (method != NULL && strcmp(method, "CONNECT") == 0 &&
        parser->status_code / 100 == 2) {
        reading->tunnel = true;
        return 2;
    }
    return 0;
}

static int on_body(http_parser *parser, const char *octets, size_t size)
{
    struct reading *reading = parser->data;

    conform_answer_body(reading->answer, octets, size);
    return 0;
}

static enum conform_outcome_kind kind_of(const struct reading *reading,
                                         const http_parser *parser)
{
    if (reading->tunnel) {
        return CONFORM_OUTCOME_TUNNEL;
    }
    if (reading->skip_body) {
        return CONFORM_OUTCOME_NONE;
    }
    if (reading->at_eof) {
        return CONFORM_OUTCOME_CLOSE;
    }
    if ((parser->flags & F_CHUNKED) != 0) {
        return CONFORM_OUTCOME_CHUNKED;
    }
    return (parser->flags & F_CONTENTLENGTH) != 0 ? CONFORM_OUTCOME_CL
                                                  : CONFORM_OUTCOME_NONE;
}

/* Pausing makes http_parser_execute() return behind the last octet. */
static int on_message_complete(http_parser *parser)
{
    struct reading *reading = parser->data;
    struct conform_outcome *outcome = &reading->answer->outcome;

    reading->complete = true;
    outcome->kind = kind_of(reading, parser);
    outcome->octets = reading->answer->body_size;
    outcome->fate =
        http_should_keep_alive(parser) ? CONFORM_FATE_KEEP : CONFORM_FATE_CLOSE;
    http_parser_pause(parser, 1);
    return 0;
}

static bool failed(const http_parser *parser)
{
    return HTTP_PARSER_ERRNO(parser) != HPE_OK &&
           HTTP_PARSER_ERRNO(parser) != HPE_PAUSED;
}

/* Gives the offset behind the octets that the message took. */
static size_t read_message(http_parser *parser, struct reading *reading)
{
    static const http_parser_settings settings = {
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
    };
    const struct conform_feed *feed = reading->feed;
    size_t at = 0;

    while (at < feed->size && !reading->complete && !failed(parser)) {
        at += http_parser_execute(parser, &settings, feed->octets + at,
                                  conform_feed_end(feed, at) - at);
    }
    if (feed->peer_closes && !reading->complete && !failed(parser)) {
        reading->at_eof = true;
        http_parser_execute(parser, &settings, NULL, 0);
    }
    return at;
}

/* A connection is only kept if the next octets can start a message. */
static void read_rest(http_parser *parser, const struct reading *reading,
                      size_t at)
{
    static const http_parser_settings settings = {0};
    const struct conform_feed *feed = reading->feed;

    if (reading->tunnel || parser->upgrade) {
        return;
    }
    http_parser_pause(parser, 0);
    while (at < feed->size && !failed(parser) && !parser->upgrade) {
        size_t end = conform_feed_end(feed, at);

        http_parser_execute(parser, &settings, feed->octets + at, end - at);
        at = end;
    }
    if (failed(parser)) {
        reading->answer->outcome.fate = CONFORM_FATE_CLOSE;
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
    struct reading reading = {.feed = feed, .answer = answer};
    struct conform_outcome *outcome = &answer->outcome;
    http_parser parser;
    size_t end;

    (void)session;
    http_parser_init(&parser, feed->direction == CONFORM_DIRECTION_REQUEST
                                  ? HTTP_REQUEST
                                  : HTTP_RESPONSE);
    parser.data = &reading;
    end = read_message(&parser, &reading);
    explain(&parser, answer);
    if (reading.complete) {
        outcome->end = end;
        read_rest(&parser, &reading, end);
    } else if (reading.at_eof) {
        outcome->kind = CONFORM_OUTCOME_INCOMPLETE;
        outcome->fate = CONFORM_FATE_CLOSE;
    } else if (failed(&parser)) {
        /* An http_parser that has failed takes no further octet. */
        outcome->kind = CONFORM_OUTCOME_ERROR;
        outcome->fate = CONFORM_FATE_CLOSE;
    } else {
        outcome->kind = CONFORM_OUTCOME_WAIT;
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
