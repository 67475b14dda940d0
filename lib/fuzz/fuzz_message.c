/* SPDX-License-Identifier: MIT */
/*
 * However octets are cut, the engine comes to the same.
 *
 * The first octet of an input says by which rules it is read, the next four
 * where it is cut and how many spans there is room for; the rest is what a peer
 * sent. It is read whole and again in pieces, message after message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/message.h>

#include "fuzz.h"

enum { RULES, CUTS, CUT_COUNT = 3, ROOM = CUTS + CUT_COUNT, HEAD };

enum { ROOM_MAX = 64 };

/* What one reading of one message comes to. */
struct reading {
    enum mm_status status;
    struct mm_message_result result;
    uint64_t spans; /* a digest of the body */
};

/* How octets arrive: in pieces that end at the cuts, over and over. */
struct pieces {
    const unsigned char *octets;
    size_t size;
    const unsigned char *cuts; /* CUT_COUNT sizes; NULL: one piece */
    size_t room;
};

static struct mm_message_rules rules_of(unsigned char octet)
{
    static const char *const methods[] = {NULL, "HEAD", "CONNECT", "GET"};

    return (struct mm_message_rules){
        .mode = (octet & 1) != 0 ? MM_MESSAGE_RFC2616 : MM_MESSAGE_RFC9112,
        .kind = (octet & 2) != 0 ? MM_MESSAGE_RESPONSE : MM_MESSAGE_REQUEST,
        .answers = methods[octet >> 2 & 3],
        /* Small limits are reached by small inputs. */
        .limits = (octet & 16) != 0 ? (struct mm_message_limits){256, 16, 64, 4}
                                    : (struct mm_message_limits){0},
    };
}

static uint64_t digest(uint64_t sum, const unsigned char *octets, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        sum = (sum ^ octets[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    }
    return sum;
}

/* Feed one piece; each octet is taken once, in calls that each come further. */
static size_t feed(struct mm_message *message, const unsigned char *octets,
                   size_t size, size_t room, struct reading *reading)
{
    struct mm_message_span spans[ROOM_MAX];
    size_t at = 0;

    do {
        size_t count = 0;
        size_t taken = 0;

        reading->status = mm_message_feed(message, octets + at, size - at,
                                          spans, room, &count, &taken);
        FUZZ_CHECK(count <= room && taken <= size - at);
        for (size_t i = 0; i < count; i++) {
            FUZZ_CHECK(spans[i].size > 0 &&
                       spans[i].offset + spans[i].size <= taken);
            reading->spans = digest(
                reading->spans, octets + at + spans[i].offset, spans[i].size);
        }
        at += taken;
        FUZZ_CHECK(reading->status != MM_PENDING || taken > 0 || at == size);
    } while (reading->status == MM_PENDING && at < size);
    return at;
}

static size_t piece_end(const struct pieces *pieces, size_t at, size_t turn)
{
    size_t size = pieces->size - at;

    if (pieces->cuts != NULL && pieces->cuts[turn % CUT_COUNT] < size) {
        size = pieces->cuts[turn % CUT_COUNT];
        size = size > 0 ? size : 1;
    }
    return at + size;
}

/* Reads one message from `at` on, and gives the offset behind it. */
static size_t read_message(const struct mm_message_rules *rules,
                           const struct pieces *pieces, size_t at, bool closes,
                           struct reading *reading)
{
    struct mm_message message;
    size_t start = at;

    *reading = (struct reading){.status = MM_PENDING};
    FUZZ_CHECK(mm_message_start(&message, rules) == MM_OK);
    for (size_t turn = 0; at < pieces->size && reading->status == MM_PENDING;
         turn++) {
        size_t end = piece_end(pieces, at, turn);

        at += feed(&message, pieces->octets + at, end - at, pieces->room,
                   reading);
    }
    if (closes && reading->status == MM_PENDING) {
        reading->status = mm_message_close(&message);
    }
    mm_message_result(&message, &reading->result);
    FUZZ_CHECK(reading->result.end == at - start);
    return at;
}

static void check_same(const struct reading *one, const struct reading *two)
{
    const struct mm_message_result *a = &one->result;
    const struct mm_message_result *b = &two->result;

    FUZZ_CHECK(one->status == two->status && one->spans == two->spans);
    FUZZ_CHECK(a->framing == b->framing && a->fate == b->fate);
    FUZZ_CHECK(a->reason == b->reason && a->code == b->code);
    FUZZ_CHECK(a->status_code == b->status_code && a->length == b->length);
    FUZZ_CHECK(a->head_complete == b->head_complete);
    FUZZ_CHECK(a->complete == b->complete && a->end == b->end);
    FUZZ_CHECK(a->body_octets == b->body_octets);
    FUZZ_CHECK(strcmp(a->clause, b->clause) == 0);
}

/* What a result says of itself. */
static void check_result(const struct reading *reading)
{
    const struct mm_message_result *result = &reading->result;
    bool refused = result->reason != MM_MESSAGE_FINE;

    FUZZ_CHECK(refused == (reading->status == MM_BAD_DATA ||
                           reading->status == MM_CLOSED));
    FUZZ_CHECK(!(refused && result->complete));
    FUZZ_CHECK(reading->status != MM_OK || result->complete);
    FUZZ_CHECK(!result->complete || result->head_complete);
    FUZZ_CHECK(result->body_octets <= result->end);
    FUZZ_CHECK(strlen(result->clause) > 0);
    FUZZ_CHECK(!result->complete || result->framing != MM_MESSAGE_LENGTH ||
               result->body_octets == result->length);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct mm_message_rules rules;
    struct pieces whole, cut;
    bool closes;

    if (size < HEAD) {
        return 0;
    }
    rules = rules_of(input[RULES]);
    closes = (input[RULES] & 32) != 0;
    whole = (struct pieces){input + HEAD, size - HEAD, NULL, ROOM_MAX};
    cut = (struct pieces){input + HEAD, size - HEAD, input + CUTS,
                          1 + input[ROOM] % ROOM_MAX};
    for (size_t at = 0; at < whole.size;) {
        struct reading one, two;
        size_t end = read_message(&rules, &whole, at, closes, &one);

        FUZZ_CHECK(read_message(&rules, &cut, at, closes, &two) == end);
        check_same(&one, &two);
        check_result(&one);
        if (one.status != MM_OK || end == at) {
            break;
        }
        at = end;
    }
    return 0;
}
