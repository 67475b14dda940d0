/* SPDX-License-Identifier: MIT */
/*
 * llhttp as Debian packages its sources for Node.js, with its defaults (no
 * leniency) and the two hints that its header asks of an application: a
 * response to HEAD has no body, and one that accepts CONNECT opens a tunnel.
 * All else is the library's own judgement. It is paused behind a message, and
 * the place where it stopped is the end.
 */
#include "../subject.h"

#include <stdio.h>
#include <string.h>

#include <llhttp.h>

struct reading {
    const struct conform_feed *feed;
    struct conform_answer *answer;
    bool tunnel;
    bool skip_body;
    bool at_eof;
    bool complete;
    unsigned flags; /* as they are behind the header section */
};

static int on_headers_complete(llhttp_t *parser)
{
    struct reading *reading = parser->data;
    const char *method = reading->feed->answers;

    reading->flags = parser->flags;
    if (method != NULL && strcmp(method, "HEAD") == 0) {
        reading->skip_body = true;
        return 1;
    }
    if (method != NULL && strcmp(method, "CONNECT") == 0 &&
        llhttp_get_status_code(parser) / 100 == 2) {
        reading->tunnel = true;
        return 2;
    }
    return 0;
}

static int on_body(llhttp_t *parser, const char *octets, size_t size)
{
    struct reading *reading = parser->data;

    conform_answer_body(reading->answer, octets, size);
    return 0;
}

static enum conform_outcome_kind kind_of(const struct reading *reading)
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
    if ((reading->flags & F_CHUNKED) != 0) {
        return CONFORM_OUTCOME_CHUNKED;
    }
    return (reading->flags & F_CONTENT_LENGTH) != 0 ? CONFORM_OUTCOME_CL
                                                    : CONFORM_OUTCOME_NONE;
}

static int on_message_complete(llhttp_t *parser)
{
    struct reading *reading = parser->data;
    struct conform_outcome *outcome = &reading->answer->outcome;

    reading->complete = true;
    outcome->kind = kind_of(reading);
    outcome->octets = reading->answer->body_size;
    outcome->fate = llhttp_should_keep_alive(parser) ? CONFORM_FATE_KEEP
                                                     : CONFORM_FATE_CLOSE;
    return HPE_PAUSED;
}

static bool failed(llhttp_t *parser)
{
    llhttp_errno_t error = llhttp_get_errno(parser);

    return error != HPE_OK && error != HPE_PAUSED &&
           error != HPE_PAUSED_UPGRADE;
}

/* Gives the offset behind the octets that the message took. */
static size_t read_message(llhttp_t *parser, struct reading *reading)
{
    const struct conform_feed *feed = reading->feed;
    size_t at = 0;

    while (at < feed->size && !reading->complete && !failed(parser)) {
        size_t end = conform_feed_end(feed, at);

        if (llhttp_execute(parser, feed->octets + at, end - at) == HPE_OK) {
            at = end;
        } else {
            at = (size_t)(llhttp_get_error_pos(parser) - feed->octets);
        }
    }
    if (feed->peer_closes && !reading->complete && !failed(parser)) {
        reading->at_eof = true;
        (void)llhttp_finish(parser);
    }
    return at;
}

/* A connection is only kept if the next octets can start a message. */
static void read_rest(llhttp_t *parser, const struct reading *reading,
                      size_t at)
{
    static const llhttp_settings_t settings = {0};
    const struct conform_feed *feed = reading->feed;

    if (reading->tunnel || llhttp_get_upgrade(parser)) {
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
        reading->answer->outcome.fate = CONFORM_FATE_CLOSE;
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
    struct reading reading = {.feed = feed, .answer = answer};
    struct conform_outcome *outcome = &answer->outcome;
    llhttp_t parser;
    size_t end;

    (void)session;
    llhttp_init(&parser,
                feed->direction == CONFORM_DIRECTION_REQUEST ? HTTP_REQUEST
                                                             : HTTP_RESPONSE,
                &settings);
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
        outcome->kind = CONFORM_OUTCOME_ERROR;
        outcome->fate = CONFORM_FATE_CLOSE;
    } else {
        outcome->kind = CONFORM_OUTCOME_WAIT;
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
