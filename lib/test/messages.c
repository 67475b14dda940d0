/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"

struct feeding {
    struct mm_message message;
    struct reading reading;
    size_t body_size;
};

/* Each octet is taken once, and none behind the end. */
static void feed(struct feeding *feeding, const char *octets, size_t size,
                 size_t room)
{
    struct mm_message_span spans[8];
    size_t at = 0;

    do {
        size_t count = 0;
        size_t taken = 0;

        feeding->reading.status =
            mm_message_feed(&feeding->message, octets + at, size - at, spans,
                            room, &count, &taken);
        for (size_t i = 0; i < count; i++) {
            size_t left = MESSAGES_BODY_ROOM - 1 - feeding->body_size;

            assert_true(spans[i].offset + spans[i].size <= taken);
            assert_true(spans[i].size <= left);
            memcpy(feeding->reading.body + feeding->body_size,
                   octets + at + spans[i].offset, spans[i].size);
            feeding->body_size += spans[i].size;
        }
        at += taken;
        assert_true(taken > 0 || size == at ||
                    feeding->reading.status != MM_PENDING);
    } while (feeding->reading.status == MM_PENDING && at < size);
}

static struct reading end(struct feeding *feeding, bool peer_closes)
{
    if (peer_closes) {
        feeding->reading.status = mm_message_close(&feeding->message);
    }
    mm_message_result(&feeding->message, &feeding->reading.result);
    assert_int_equal(feeding->reading.result.body_octets, feeding->body_size);
    return feeding->reading;
}

static struct reading read_cut(const struct mm_message_rules *rules,
                               const char *octets, size_t size, size_t cut,
                               size_t room, bool peer_closes)
{
    struct feeding feeding = {0};

    assert_int_equal(mm_message_start(&feeding.message, rules), MM_OK);
    feed(&feeding, octets, cut, room);
    feed(&feeding, octets + cut, size - cut, room);
    return end(&feeding, peer_closes);
}

static struct reading read_octet_by_octet(const struct mm_message_rules *rules,
                                          const char *octets, size_t size,
                                          bool peer_closes)
{
    struct feeding feeding = {0};

    assert_int_equal(mm_message_start(&feeding.message, rules), MM_OK);
    for (size_t i = 0; i < size; i++) {
        feed(&feeding, octets + i, 1, 1);
    }
    return end(&feeding, peer_closes);
}

static void assert_same(const struct reading *one, const struct reading *two)
{
    assert_int_equal(one->status, two->status);
    assert_string_equal(one->body, two->body);
    assert_int_equal(one->result.framing, two->result.framing);
    assert_int_equal(one->result.fate, two->result.fate);
    assert_int_equal(one->result.reason, two->result.reason);
    assert_int_equal(one->result.end, two->result.end);
    assert_int_equal(one->result.complete, two->result.complete);
    assert_string_equal(one->result.clause, two->result.clause);
}

struct reading messages_read_octets(const struct mm_message_rules *rules,
                                    const char *octets, size_t size,
                                    bool peer_closes)
{
    struct reading whole = read_cut(rules, octets, size, size, 8, peer_closes);
    struct reading other =
        read_octet_by_octet(rules, octets, size, peer_closes);

    assert_same(&whole, &other);
    for (size_t cut = 0; cut < size; cut++) {
        other = read_cut(rules, octets, size, cut, 1, peer_closes);
        assert_same(&whole, &other);
    }
    return whole;
}

struct reading messages_read(const struct mm_message_rules *rules,
                             const char *text)
{
    return messages_read_octets(rules, text, strlen(text), false);
}

struct reading messages_read_closed(const struct mm_message_rules *rules,
                                    const char *text)
{
    return messages_read_octets(rules, text, strlen(text), true);
}

void messages_ends_before(const struct reading *reading, const char *text,
                          const char *rest, enum mm_message_framing framing,
                          const char *body)
{
    assert_int_equal(reading->status, MM_OK);
    assert_int_equal(reading->result.framing, framing);
    assert_true(reading->result.complete);
    assert_int_equal(reading->result.end, strlen(text) - strlen(rest));
    assert_string_equal(reading->body, body);
}
