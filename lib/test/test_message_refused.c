/* SPDX-License-Identifier: MIT */
/* What is refused, and why; how much a message may hold that is no body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"

struct refusal {
    const struct mm_message_rules *rules;
    const char *text;
    enum mm_message_reason reason;
};

#define LENGTH_5 "Content-Length: 5\r\n"
#define CHUNKS REQUEST CHUNKED "\r\n"

static const struct refusal refusals[] = {
    {&new_request, "GET /\r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_request, "GET  / HTTP/1.1\r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_request, "GET / HTTP/1.1 \r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_request, "GET / http/1.1\r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_request, "GET / HTTP/1.10\r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_request, "G(T / HTTP/1.1\r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_response, "HTTP/1.1 20 OK\r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_response, "HTTP/1.1 2000 OK\r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_response, "HTTP/1.1 204\r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_response, "ICY 200 OK\r\n\r\n", MM_MESSAGE_START_LINE},
    {&new_request, "GET / HTTP/2.0\r\n\r\n", MM_MESSAGE_VERSION},
    {&new_response, "HTTP/0.9 200 OK\r\n\r\n", MM_MESSAGE_VERSION},
    {&new_request, REQUEST "X: y\rZ: 1\r\n\r\n", MM_MESSAGE_BARE_CR},
    {&old_request, REQUEST "\rX: y\r\n\r\n", MM_MESSAGE_BARE_CR},
    {&new_request, REQUEST "X: y\n\r\n", MM_MESSAGE_BARE_LF},
    {&new_response, RESPONSE "\n", MM_MESSAGE_BARE_LF},
    {&new_request, REQUEST "X\r\n\r\n", MM_MESSAGE_FIELD_NAME},
    {&new_request, REQUEST ": x\r\n\r\n", MM_MESSAGE_FIELD_NAME},
    {&old_request, REQUEST "A B: x\r\n\r\n", MM_MESSAGE_FIELD_NAME},
    {&new_request, REQUEST "X : y\r\n\r\n", MM_MESSAGE_NAME_SPACE},
    {&new_request, "GET / HTTP/1.1\r\n X: y\r\n\r\n", MM_MESSAGE_LEADING_SPACE},
    {&new_request, REQUEST "X: y\r\n z\r\n\r\n", MM_MESSAGE_FOLD},
    {&new_request, REQUEST "X: \x01\r\n\r\n", MM_MESSAGE_FIELD_VALUE},
    {&old_request, REQUEST "X: \x7f\r\n\r\n", MM_MESSAGE_FIELD_VALUE},
    {&new_request, REQUEST "Content-Length: x\r\n\r\n",
     MM_MESSAGE_LENGTH_INVALID},
    {&new_request, REQUEST LENGTH_5 "Content-Length: 6\r\n\r\n",
     MM_MESSAGE_LENGTH_CONFLICT},
    {&new_request, REQUEST "Content-Length: 99999999999999999999\r\n\r\n",
     MM_MESSAGE_LENGTH_OVERFLOW},
    {&new_request, REQUEST "Transfer-Encoding:\r\n\r\n",
     MM_MESSAGE_CODING_INVALID},
    {&new_request, REQUEST "Transfer-Encoding: gzip chunked\r\n\r\n",
     MM_MESSAGE_CODING_INVALID},
    {&new_request, REQUEST "Transfer-Encoding: chunked;a=b\r\n\r\n",
     MM_MESSAGE_CODING_INVALID},
    {&new_request, REQUEST "Transfer-Encoding: a;b=\"c\r\n\r\n",
     MM_MESSAGE_CODING_INVALID},
    {&new_response, RESPONSE "Transfer-Encoding: gzip;a;b=c\r\n\r\n",
     MM_MESSAGE_CODING_INVALID},
    {&old_response, RESPONSE "Transfer-Encoding: \240chunked\r\n\r\n",
     MM_MESSAGE_CODING_INVALID},
    {&new_request, REQUEST CHUNKED CHUNKED "\r\n", MM_MESSAGE_CODING_REPEATED},
    {&new_request, REQUEST "Transfer-Encoding: gzip\r\n\r\n",
     MM_MESSAGE_CODING_NOT_FINAL},
    {&old_response,
     RESPONSE "Content-Type: multipart/byteranges;boundary=a\r\n"
              "Content-Type: text/plain\r\n\r\n",
     MM_MESSAGE_MEDIA_AMBIGUOUS},
    {&old_response,
     RESPONSE "Content-Type: multipart/byteranges;boundary=a;boundary=a\r\n"
              "\r\n",
     MM_MESSAGE_MEDIA_AMBIGUOUS},
    {&old_response,
     RESPONSE "Content-Type: multipart/byteranges;boundary=\"\";boundary=a\r\n"
              "\r\n",
     MM_MESSAGE_MEDIA_AMBIGUOUS},
    {&new_request, CHUNKS "g\r\n", MM_MESSAGE_CHUNK_SIZE},
    {&new_request, CHUNKS "0x5\r\n", MM_MESSAGE_CHUNK_SIZE},
    {&new_request, CHUNKS "-5\r\n", MM_MESSAGE_CHUNK_SIZE},
    {&old_request, CHUNKS "5 \r\n", MM_MESSAGE_CHUNK_SIZE},
    {&new_request, CHUNKS "\r\n", MM_MESSAGE_CHUNK_SIZE},
    {&new_request, CHUNKS "10000000000000000\r\n", MM_MESSAGE_CHUNK_OVERFLOW},
    {&new_request, CHUNKS "5;\r\n", MM_MESSAGE_CHUNK_EXTENSION},
    {&new_request, CHUNKS "5;a=\"\r\n\"\r\n", MM_MESSAGE_CHUNK_EXTENSION},
    {&old_request, CHUNKS "5;a=b \r\n", MM_MESSAGE_CHUNK_EXTENSION},
    {&new_request, CHUNKS "5\n", MM_MESSAGE_CHUNK_LINE_END},
    {&old_request, CHUNKS "5;a\n", MM_MESSAGE_CHUNK_LINE_END},
    {&old_request, CHUNKS "5\r\r\n", MM_MESSAGE_CHUNK_LINE_END},
    {&new_request, CHUNKS "5\r\nhelloX", MM_MESSAGE_CHUNK_DATA_END},
    {&old_request, CHUNKS "5\r\nhello\n0\r\n\r\n", MM_MESSAGE_CHUNK_DATA_END},
    {&old_request, CHUNKS "5\r\nhello\rX", MM_MESSAGE_CHUNK_DATA_END},
    {&new_request, CHUNKS "0\r\nX\r\n\r\n", MM_MESSAGE_FIELD_NAME},
    {&new_request, CHUNKS "0\r\n\rX", MM_MESSAGE_BARE_CR},
};

enum { REFUSAL_COUNT = sizeof(refusals) / sizeof(refusals[0]) };

static void what_is_malformed_is_refused_with_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        const struct refusal *row = &refusals[i];
        struct reading reading = messages_read(row->rules, row->text);

        assert_int_equal(reading.status, MM_BAD_DATA);
        assert_int_equal(reading.result.reason, row->reason);
        assert_int_equal(reading.result.fate, MM_MESSAGE_CLOSED);
        assert_true(reading.result.clause[0] != '\0');
    }
}

static void a_refused_message_takes_no_further_octet(void **state)
{
    struct mm_message message;
    struct mm_message_span span;
    size_t count = 0;
    size_t taken = 0;

    (void)state;
    assert_int_equal(mm_message_start(&message, &new_request), MM_OK);
    assert_int_equal(
        mm_message_feed(&message, "\1xyz", 4, &span, 1, &count, &taken),
        MM_BAD_DATA);
    assert_int_equal(taken, 1);
    assert_int_equal(
        mm_message_feed(&message, "xyz", 3, &span, 1, &count, &taken),
        MM_BAD_DATA);
    assert_int_equal(taken, 0);
    assert_int_equal(mm_message_close(&message), MM_BAD_DATA);
}

struct cut {
    const struct mm_message_rules *rules;
    const char *text;
    enum mm_message_reason reason;
};

static const struct cut cuts[] = {
    {&new_request, "G", MM_MESSAGE_CUT_HEAD},
    {&new_request, REQUEST LENGTH_5, MM_MESSAGE_CUT_HEAD},
    {&new_request, REQUEST LENGTH_5 "\r\nhell", MM_MESSAGE_CUT_LENGTH},
    {&new_request, CHUNKS, MM_MESSAGE_CUT_CHUNKED},
    {&new_request, CHUNKS "5\r\nhel", MM_MESSAGE_CUT_CHUNKED},
    {&new_request, CHUNKS "5\r\nhello\r", MM_MESSAGE_CUT_CHUNKED},
    {&new_request, CHUNKS "0\r\nX: y\r\n", MM_MESSAGE_CUT_CHUNKED},
    {&old_response,
     RESPONSE "Content-Type: multipart/byteranges;boundary=a\r\n\r\n--a-",
     MM_MESSAGE_CUT_BYTERANGES},
};

static void a_close_before_the_end_leaves_an_incomplete_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        struct reading reading =
            messages_read_closed(cuts[i].rules, cuts[i].text);

        assert_int_equal(reading.status, MM_BAD_DATA);
        assert_int_equal(reading.result.reason, cuts[i].reason);
        assert_false(reading.result.complete);
        assert_string_equal(messages_read(cuts[i].rules, cuts[i].text).body,
                            reading.body);
    }
}

static void a_close_between_messages_is_no_message(void **state)
{
    (void)state;
    assert_int_equal(messages_read_closed(&new_request, "").status, MM_CLOSED);
    assert_int_equal(messages_read_closed(&new_request, "\r\n\r\n").status,
                     MM_CLOSED);
}

/* Fill `text` with `head`, `repeated` until `size` octets, and `tail`. */
static void fill(char *text, size_t room, const char *head,
                 const char *repeated, size_t times, const char *tail)
{
    size_t used = (size_t)snprintf(text, room, "%s", head);

    for (size_t i = 0; i < times; i++) {
        used += (size_t)snprintf(text + used, room - used, "%s", repeated);
    }
    assert_true(used + strlen(tail) < room);
    snprintf(text + used, room - used, "%s", tail);
}

static void limited(const struct mm_message_limits *limits, const char *text,
                    enum mm_message_reason reason)
{
    struct mm_message_rules rules = new_request;
    struct reading reading;

    rules.limits = *limits;
    reading = messages_read(&rules, text);
    assert_int_equal(reading.result.reason, reason);
    assert_int_equal(reading.status,
                     reason == MM_MESSAGE_FINE ? MM_OK : MM_BAD_DATA);
}

static void a_head_may_be_as_large_as_its_limit(void **state)
{
    static const char text[] = "\r\n" REQUEST "X: y\r\n\r\n";
    struct mm_message_limits limits = {.head_octets = sizeof(text) - 1};

    (void)state;
    limited(&limits, text, MM_MESSAGE_FINE);
    limits.head_octets--;
    limited(&limits, text, MM_MESSAGE_HEAD_LIMIT);
}

static void a_chunk_line_may_be_as_long_as_its_limit(void **state)
{
    static const char text[] = CHUNKS "5;a=b\r\nhello\r\n00000\r\n\r\n";
    struct mm_message_limits limits = {.chunk_line_octets = 7};

    (void)state;
    limited(&limits, text, MM_MESSAGE_FINE);
    limits.chunk_line_octets--;
    limited(&limits, text, MM_MESSAGE_CHUNK_LINE_LIMIT);
}

static void a_trailer_may_be_as_large_as_its_limit(void **state)
{
    static const char text[] = CHUNKS "0\r\nX: y\r\n\r\n";
    struct mm_message_limits limits = {.trailer_octets = 8};

    (void)state;
    limited(&limits, text, MM_MESSAGE_FINE);
    limits.trailer_octets--;
    limited(&limits, text, MM_MESSAGE_TRAILER_LIMIT);
}

static enum mm_message_reason read_once(const struct mm_message_rules *rules,
                                        const char *text)
{
    struct mm_message message;
    struct mm_message_result result;
    enum mm_status status = MM_PENDING;
    size_t size = strlen(text);

    assert_int_equal(mm_message_start(&message, rules), MM_OK);
    for (size_t at = 0; at < size && status == MM_PENDING;) {
        struct mm_message_span span;
        size_t count = 0;
        size_t taken = 0;

        status = mm_message_feed(&message, text + at, size - at, &span, 1,
                                 &count, &taken);
        at += taken;
    }
    mm_message_result(&message, &result);
    return result.reason;
}

/* The shapes of CVE-2024-22019 and CVE-2023-39326. */
static void endless_framing_ends_at_the_default_limits(void **state)
{
    static char text[600000];

    (void)state;
    fill(text, sizeof(text), REQUEST, "X: y\r\n", 20000, "");
    assert_int_equal(read_once(&new_request, text), MM_MESSAGE_HEAD_LIMIT);
    fill(text, sizeof(text), "GET /", "aaaaaaaaaa", 20000, "");
    assert_int_equal(read_once(&new_request, text), MM_MESSAGE_TARGET_LIMIT);
    fill(text, sizeof(text), "", "aaaaaaaaaa", 20000, "");
    assert_int_equal(read_once(&new_request, text), MM_MESSAGE_HEAD_LIMIT);
    fill(text, sizeof(text), CHUNKS "5", ";a", 3000, "");
    assert_int_equal(read_once(&new_request, text),
                     MM_MESSAGE_CHUNK_LINE_LIMIT);
    fill(text, sizeof(text), CHUNKS "0\r\n", "X: y\r\n", 20000, "");
    assert_int_equal(read_once(&new_request, text), MM_MESSAGE_TRAILER_LIMIT);
    fill(text, sizeof(text), CHUNKS, "1;aaaaaaaaaaaaaaaaaaaa\r\nx\r\n", 20000,
         "");
    assert_int_equal(read_once(&new_request, text), MM_MESSAGE_OVERHEAD_LIMIT);
    fill(text, sizeof(text), CHUNKS, "1\r\nx\r\n", 90000, "0\r\n\r\n");
    assert_int_equal(read_once(&new_request, text), MM_MESSAGE_FINE);
}

static void each_reason_has_its_text_code_and_clause(void **state)
{
    (void)state;
#define REASON(name, number, code, old, now, text)                          \
    assert_string_equal(mm_message_reason_text(MM_MESSAGE_##name), (text)); \
    assert_true((number) == 0 || (code) >= 400);                            \
    assert_true((number) == 0 || (old)[0] != '\0');
    MM_MESSAGE_REASON_LIST(REASON)
#undef REASON
    assert_string_equal(mm_message_reason_text((enum mm_message_reason)999),
                        "unknown reason");
}

/* A reason that nothing leads to would be a promise that is not kept. */
static void each_reason_is_reached_by_a_test_of_this_file(void **state)
{
    static const enum mm_message_reason limits[] = {
        MM_MESSAGE_FINE,          MM_MESSAGE_HEAD_LIMIT,
        MM_MESSAGE_TARGET_LIMIT,  MM_MESSAGE_CHUNK_LINE_LIMIT,
        MM_MESSAGE_TRAILER_LIMIT, MM_MESSAGE_OVERHEAD_LIMIT};
    bool reached[64] = {false};

    (void)state;
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        reached[refusals[i].reason] = true;
    }
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        reached[cuts[i].reason] = true;
    }
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        reached[limits[i]] = true;
    }
#define REACHED(name, number, code, old, now, text) \
    assert_true(reached[number]);
    MM_MESSAGE_REASON_LIST(REACHED)
#undef REACHED
}

/* Octets that arrive together are passed over in strides, single ones are not;
 * messages_read_octets() fails where the two differ.
 */
static void an_octet_is_judged_alike_wherever_it_stands(void **state)
{
    static const char octets[] = "\1\t\n\r\037 !\"~\177\200\377";
    static const char *const forms[] = {
        "GET /%.*s%c%.*s HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: %.*s%c%.*s\r\n\r\n",
        "GET / HTTP/1.1\r\nX%.*s%c%.*s: h\r\n\r\n",
    };
    /* More than two strides. */
    static const char filling[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    enum { FILLING = sizeof(filling) - 1, FORMS = 3 };
    int taken[FORMS] = {0};
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof(octets) - 1; i++) {
        for (int place = 0; place <= FILLING; place++) {
            for (int form = 0; form < FORMS; form++) {
                int size =
                    snprintf(text, sizeof(text), forms[form], place, filling,
                             octets[i], FILLING - place, filling);
                struct reading reading = messages_read_octets(
                    &old_request, text, (size_t)size, false);

                taken[form] += reading.status == MM_OK;
            }
        }
    }
    /* By RFC 2616 an LF ends a line, so behind a value it changes nothing, and
     * white space may be more than it has to be, and stand before a colon. */
    assert_int_equal(taken[0], 5 * (FILLING + 1) + 2);
    assert_int_equal(taken[1], 7 * (FILLING + 1) + 1);
    assert_int_equal(taken[2], 2 * (FILLING + 1) + 2);
}

static void wrong_arguments_are_invalid(void **state)
{
    struct mm_message message;
    struct mm_message_rules rules = new_request;
    size_t count = 1;
    size_t taken = 1;

    (void)state;
    assert_int_equal(mm_message_start(&message, &rules), MM_OK);
    assert_int_equal(mm_message_feed(&message, "G", 1, NULL, 0, &count, &taken),
                     MM_INVALID);
    assert_int_equal(count + taken, 0);
    rules.mode = (enum mm_message_mode)2;
    assert_int_equal(mm_message_start(&message, &rules), MM_INVALID);
    rules = new_request;
    rules.kind = (enum mm_message_kind)2;
    assert_int_equal(mm_message_start(&message, &rules), MM_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_malformed_is_refused_with_its_reason),
        cmocka_unit_test(a_refused_message_takes_no_further_octet),
        cmocka_unit_test(a_close_before_the_end_leaves_an_incomplete_message),
        cmocka_unit_test(a_close_between_messages_is_no_message),
        cmocka_unit_test(a_head_may_be_as_large_as_its_limit),
        cmocka_unit_test(a_chunk_line_may_be_as_long_as_its_limit),
        cmocka_unit_test(a_trailer_may_be_as_large_as_its_limit),
        cmocka_unit_test(endless_framing_ends_at_the_default_limits),
        cmocka_unit_test(each_reason_has_its_text_code_and_clause),
        cmocka_unit_test(each_reason_is_reached_by_a_test_of_this_file),
        cmocka_unit_test(an_octet_is_judged_alike_wherever_it_stands),
        cmocka_unit_test(wrong_arguments_are_invalid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
