/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <stdio.h>

#include <mapmark/api.h>

struct reading {
    struct mm_message_rules rules;
    struct mm_message message;
    enum mm_status status;
    struct mm_message_result result;
};

static void begin(struct reading *reading, enum mm_message_mode mode,
                  const struct conform_feed *feed)
{
    reading->rules = (struct mm_message_rules){
        .mode = mode,
        .kind = feed->direction == CONFORM_DIRECTION_REQUEST
                    ? MM_MESSAGE_REQUEST
                    : MM_MESSAGE_RESPONSE,
        .answers = feed->answers,
    };
    reading->status = mm_message_start(&reading->message, &reading->rules);
    if (reading->status == MM_OK) {
        reading->status = MM_PENDING;
    }
}

/* Gives how many octets of the segment were taken. */
static size_t read_segment(struct reading *reading, const char *octets,
                           size_t size, struct conform_answer *answer)
{
    struct mm_message_span spans[16];
    enum { ROOM = sizeof(spans) / sizeof(spans[0]) };
    size_t at = 0;

    while (at < size && reading->status == MM_PENDING) {
        size_t count = 0;
        size_t taken = 0;

        reading->status =
            mm_message_feed(&reading->message, octets + at, size - at, spans,
                            ROOM, &count, &taken);
        for (size_t i = 0; i < count && answer != NULL; i++) {
            conform_answer_body(answer, octets + at + spans[i].offset,
                                spans[i].size);
        }
        at += taken;
    }
    return at;
}

static size_t read_message(struct reading *reading,
                           const struct conform_feed *feed, size_t at,
                           struct conform_answer *answer)
{
    while (at < feed->size && reading->status == MM_PENDING) {
        size_t end = conform_feed_end(feed, at);

        at += read_segment(reading, feed->octets + at, end - at, answer);
    }
    if (feed->peer_closes && reading->status == MM_PENDING) {
        reading->status = mm_message_close(&reading->message);
    }
    mm_message_result(&reading->message, &reading->result);
    return at;
}

static bool is_cut(enum mm_message_reason reason)
{
    return reason == MM_MESSAGE_CUT_HEAD || reason == MM_MESSAGE_CUT_LENGTH ||
           reason == MM_MESSAGE_CUT_CHUNKED ||
           reason == MM_MESSAGE_CUT_BYTERANGES;
}

static enum conform_outcome_kind kind_of(const struct reading *reading)
{
    static const enum conform_outcome_kind kinds[] = {
        [MM_MESSAGE_UNKNOWN] = CONFORM_OUTCOME_ERROR,
        [MM_MESSAGE_NONE] = CONFORM_OUTCOME_NONE,
        [MM_MESSAGE_LENGTH] = CONFORM_OUTCOME_CL,
        [MM_MESSAGE_CHUNKED] = CONFORM_OUTCOME_CHUNKED,
        [MM_MESSAGE_BYTERANGES] = CONFORM_OUTCOME_MPBR,
        [MM_MESSAGE_CLOSE] = CONFORM_OUTCOME_CLOSE,
        [MM_MESSAGE_TUNNEL] = CONFORM_OUTCOME_TUNNEL,
    };

    if (reading->result.complete) {
        return kinds[reading->result.framing];
    }
    if (reading->status == MM_PENDING) {
        return CONFORM_OUTCOME_WAIT;
    }
    if (is_cut(reading->result.reason) || reading->status == MM_CLOSED) {
        return CONFORM_OUTCOME_INCOMPLETE;
    }
    return reading->result.code != 0 ? CONFORM_OUTCOME_REJECT
                                     : CONFORM_OUTCOME_ERROR;
}

/* What follows must be able to begin messages, or the connection is lost. */
static bool reads_on(const struct reading *first,
                     const struct conform_feed *feed, size_t at)
{
    while (at < feed->size) {
        struct reading next;

        begin(&next, first->rules.mode, feed);
        at = read_message(&next, feed, at, NULL);
        if (next.result.reason != MM_MESSAGE_FINE &&
            !is_cut(next.result.reason)) {
            return false;
        }
        if (next.status != MM_OK || next.result.fate != MM_MESSAGE_KEPT) {
            return true;
        }
    }
    return true;
}

static enum conform_fate fate_of(const struct reading *reading,
                                 const struct conform_feed *feed, size_t at)
{
    if (reading->result.fate == MM_MESSAGE_SWITCHED) {
        return CONFORM_FATE_ANY;
    }
    return reading->result.fate == MM_MESSAGE_KEPT &&
                   reads_on(reading, feed, at)
               ? CONFORM_FATE_KEEP
               : CONFORM_FATE_CLOSE;
}

enum exit_code conform_engine_run(enum mm_message_mode mode,
                                  const struct conform_feed *feed,
                                  struct conform_answer *answer)
{
    struct conform_outcome *outcome = &answer->outcome;
    struct reading reading;
    size_t at;

    begin(&reading, mode, feed);
    at = read_message(&reading, feed, 0, answer);
    outcome->kind = kind_of(&reading);
    if (reading.result.complete) {
        outcome->end = reading.result.end;
        outcome->octets = reading.result.body_octets;
        outcome->fate = fate_of(&reading, feed, at);
    } else if (outcome->kind != CONFORM_OUTCOME_WAIT) {
        outcome->fate = CONFORM_FATE_CLOSE;
        outcome->code =
            outcome->kind == CONFORM_OUTCOME_REJECT ? reading.result.code : 0;
        snprintf(answer->detail, sizeof(answer->detail), "%s (%s)",
                 mm_message_reason_text(reading.result.reason),
                 reading.result.clause);
    }
    return EXIT_OK;
}

void conform_engine_version(char *text_out, size_t size)
{
    snprintf(text_out, size, "%s", MM_VERSION_STRING);
}
