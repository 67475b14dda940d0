/* SPDX-License-Identifier: MIT */
/* Where messages end: the statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"

#define GET "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"
#define NEXT "HTTP/1.1 299 Next\r\nContent-Length: 0\r\n\r\n"
#define PARTS                                                           \
    "--B\r\nContent-Range: bytes 0-0/9\r\n\r\na\r\n--B\r\n\r\nc\r\n--B" \
    "--\r\n"
#define RANGES "Content-Type: multipart/byteranges; boundary=B\r\n"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct mm_message_rules *const requests[] = {&old_request,
                                                          &new_request};
static const struct mm_message_rules *const responses[] = {&old_response,
                                                           &new_response};

/* Read `text`, and check what it is up to `rest`, which ends it. */
static void ends(const struct mm_message_rules *rules, const char *text,
                 const char *rest, enum mm_message_framing framing,
                 const char *body)
{
    struct reading reading = messages_read(rules, text);

    messages_ends_before(&reading, text, rest, framing, body);
}

static void refuses(const struct mm_message_rules *rules, const char *text,
                    enum mm_message_reason reason, unsigned code)
{
    struct reading reading = messages_read(rules, text);

    assert_int_equal(reading.status, MM_BAD_DATA);
    assert_int_equal(reading.result.reason, reason);
    assert_int_equal(reading.result.code, code);
    assert_int_equal(reading.result.fate, MM_MESSAGE_CLOSED);
}

/* */
static void r01_responses_without_a_body_end_at_their_empty_line(void **state)
{
    static const char *const lines[] = {
        "HTTP/1.1 100 Continue\r\n", "HTTP/1.1 103 Early Hints\r\n",
        "HTTP/1.1 204 No Content\r\n", "HTTP/1.1 304 Not Modified\r\n"};
    static const char *const fields[] = {"", "Content-Length: 5\r\n", CHUNKED,
                                         RANGES, "Content-Length: x\r\n"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(lines) * COUNT(fields) * 2; i++) {
        snprintf(text, sizeof(text), "%s%s\r\n%s", lines[i % COUNT(lines)],
                 fields[i / COUNT(lines) % COUNT(fields)], NEXT);
        ends(responses[i / (COUNT(lines) * COUNT(fields))], text, NEXT,
             MM_MESSAGE_NONE, "");
    }
}

/* */
static void r01_responses_to_head_end_at_their_empty_line(void **state)
{
    static const char *const fields[] = {"", "Content-Length: 5\r\n", CHUNKED,
                                         "Transfer-Encoding: gzip\r\n", RANGES};
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(fields) * 2; i++) {
        struct mm_message_rules rules = *responses[i / COUNT(fields)];

        rules.answers = "HEAD";
        snprintf(text, sizeof(text), RESPONSE "%s\r\n%s",
                 fields[i % COUNT(fields)], NEXT);
        ends(&rules, text, NEXT, MM_MESSAGE_NONE, "");
    }
}

/* */
static void r02_a_final_chunked_coding_delimits_the_message(void **state)
{
    static const char *const codings[] = {"chunked",
                                          "CHUNKED",
                                          "gzip, chunked",
                                          ",chunked,",
                                          "gzip;a=b , chunked",
                                          "a;b=\", x\",chunked",
                                          "\tchunked \t",
                                          "gzip\r\nTransfer-Encoding: chunked"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(codings) * 2; i++) {
        snprintf(text, sizeof(text),
                 REQUEST "Transfer-Encoding: %s\r\n\r\n" HELLO GET,
                 codings[i % COUNT(codings)]);
        ends(requests[i / COUNT(codings)], text, GET, MM_MESSAGE_CHUNKED,
             "hello");
    }
}

/* */
static void r02_only_rfc_2616_knows_identity(void **state)
{
    static const char response[] = RESPONSE "Transfer-Encoding: identity\r\n"
                                            "Content-Length: 5\r\n\r\n"
                                            "hello";
    static const char request[] = REQUEST "Transfer-Encoding: identity\r\n"
                                          "Content-Length: 5\r\n\r\n"
                                          "hello";
    struct reading reading;

    (void)state;
    ends(&old_response, response, "", MM_MESSAGE_LENGTH, "hello");
    ends(&old_request, request, "", MM_MESSAGE_LENGTH, "hello");
    reading = messages_read_closed(&new_response, response);
    messages_ends_before(&reading, response, "", MM_MESSAGE_CLOSE, "hello");
    refuses(&new_request, request, MM_MESSAGE_CODING_NOT_FINAL, 400);
}

/* */
static void
r02_a_response_in_another_coding_ends_with_the_connection(void **state)
{
    static const char *const codings[] = {"gzip", "chunked, gzip", "xchunked",
                                          "chunkedx", "chunk"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(codings) * 2; i++) {
        struct reading reading;

        snprintf(text, sizeof(text),
                 RESPONSE "Transfer-Encoding: %s\r\nContent-Length: 1\r\n\r\n"
                          "hello",
                 codings[i % COUNT(codings)]);
        reading = messages_read_closed(responses[i / COUNT(codings)], text);
        messages_ends_before(&reading, text, "", MM_MESSAGE_CLOSE, "hello");
    }
}

/* */
static void r03_a_length_is_decimal_octets(void **state)
{
    static const char *const lengths[] = {
        "10",    "010",    "0000000000000000000010",
        "\t10 ", "10, 10", "10\r\nContent-Length: 010"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(lengths) * 2; i++) {
        snprintf(text, sizeof(text),
                 REQUEST "Content-Length: %s\r\n\r\nhelloworld" GET,
                 lengths[i % COUNT(lengths)]);
        ends(requests[i / COUNT(lengths)], text, GET, MM_MESSAGE_LENGTH,
             "helloworld");
    }
}

/* */
static void r03_what_is_no_decimal_number_is_no_length(void **state)
{
    static const char *const lengths[] = {
        "",    "+5",   "-5",    "0x5",      "5a",
        "5 5", "5;5",  "\"5\"", "5e0",      "1_0",
        ",5",  "5,",   "5,,5",  "\xd9\xa5", ".5",
        "5.0", "five", "5,x",   "\2405",    "5\r\nContent-Length:"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(lengths) * 2; i++) {
        snprintf(text, sizeof(text),
                 REQUEST "Content-Length: %s\r\n\r\nhello" GET,
                 lengths[i % COUNT(lengths)]);
        refuses(requests[i / COUNT(lengths)], text, MM_MESSAGE_LENGTH_INVALID,
                400);
    }
}

/* */
static void r03_lengths_do_not_wrap(void **state)
{
    static const char largest[] =
        REQUEST "Content-Length: 18446744073709551615\r\n\r\n";
    struct reading reading;

    (void)state;
    reading = messages_read(&new_request, largest);
    assert_int_equal(reading.status, MM_PENDING);
    assert_true(reading.result.length == UINT64_MAX);
    for (size_t i = 0; i < 2; i++) {
        refuses(requests[i],
                REQUEST "Content-Length: 18446744073709551616\r\n\r\n",
                MM_MESSAGE_LENGTH_OVERFLOW, 413);
        refuses(requests[i],
                REQUEST "Content-Length: 18446744073709551621\r\n\r\nhello",
                MM_MESSAGE_LENGTH_OVERFLOW, 413);
        refuses(requests[i],
                REQUEST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                MM_MESSAGE_LENGTH_CONFLICT, 400);
    }
}

/* */
static void r04_byteranges_delimit_themselves_by_rfc_2616(void **state)
{
    static const char text[] = RESPONSE RANGES "\r\n" PARTS NEXT;
    static const char request[] = REQUEST RANGES "\r\n" PARTS GET;

    (void)state;
    ends(&old_response, text, NEXT, MM_MESSAGE_BYTERANGES, PARTS);
    ends(&old_request, request, GET, MM_MESSAGE_BYTERANGES, PARTS);
    ends(&new_request, request, PARTS GET, MM_MESSAGE_NONE, "");
}

/* dropped by RFC 7230 and 9112. */
static void r04_byteranges_end_with_the_connection_by_rfc_9112(void **state)
{
    static const char text[] = RESPONSE RANGES "\r\n" PARTS;
    struct reading reading = messages_read_closed(&new_response, text);

    (void)state;
    messages_ends_before(&reading, text, "", MM_MESSAGE_CLOSE, PARTS);
}

struct ranges {
    const char *type;
    const char *body;
    const char *rest;
};

/* R-04; RFC 2616 3.7.2 and 19.2, RFC 2046 5.1.1. */
static void r04_only_a_closing_boundary_line_ends_byteranges(void **state)
{
    static const struct ranges rows[] = {
        {"boundary=B", "--B\r\n\r\nx--B--\r\n--B--\r\n", NEXT},
        {"boundary=B", "--B\r\n\r\n--BB--\r\n\r\n--B--\r\n", NEXT},
        {"boundary=B", "--B\r\n\r\n--b--\r\n--B-\r\n--B--\r\n", NEXT},
        {"boundary=B", "\r\n\r\n--B\r\n\r\na\r\n--B--\r\n", NEXT},
        {"boundary=B", "preamble\r\n--B \t\r\n\r\na\r\n--B-- \t\r\n", NEXT},
        {"boundary=B", "--B x\r\n\r\r\n--B--", NEXT},
        {"boundary=\"B\"", "--B\r\n\r\na\r\n--B--\r\n", NEXT},
        {"boundary=\"a:\\\"1 2\"", "--a:\"1 2\r\n\r\n--a:\"1 2--\r\n", NEXT},
        {"a=b; BOUNDARY=-", "---\r\n\r\n-----\r\n", NEXT},
        {"a=\"; boundary=C\"; boundary = B", "--C--\r\n--B--\r\n", NEXT},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(text, sizeof(text),
                 RESPONSE "Content-Type: Multipart/ByteRanges ; %s\r\n\r\n%s%s",
                 rows[i].type, rows[i].body, rows[i].rest);
        ends(&old_response, text, rows[i].rest, MM_MESSAGE_BYTERANGES,
             rows[i].body);
    }
}

/* a client that waits for a line end waits for ever. */
static void
r04_byteranges_are_complete_without_their_last_line_end(void **state)
{
    struct reading reading =
        messages_read(&old_response, RESPONSE RANGES "\r\n--B\r\n\r\n--B--");

    (void)state;
    assert_int_equal(reading.status, MM_PENDING);
    assert_true(reading.result.complete);
    assert_string_equal(reading.body, "--B\r\n\r\n--B--");
}

/* */
static void r04_without_one_boundary_byteranges_do_not_delimit(void **state)
{
    static const char *const types[] = {
        "multipart/byteranges",
        "multipart/byteranges; boundary=",
        "multipart/byteranges; boundary=\"B",
        "multipart/byteranges2; "
        "boundary=B",
        "multipart/byterange; boundary=B",
        "multipart/byteranges x; boundary=B",
        "multipart/byteranges; boundary=123456789012345678901234567890"
        "12345678901234567890123456789012345678901"};
    char text[512];

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        struct reading reading;

        snprintf(text, sizeof(text),
                 RESPONSE "Content-Type: %s\r\n\r\n--B--\r\n", types[i]);
        reading = messages_read_closed(&old_response, text);
        messages_ends_before(&reading, text, "", MM_MESSAGE_CLOSE, "--B--\r\n");
    }
    refuses(&old_response, RESPONSE RANGES RANGES "\r\n--B--\r\n",
            MM_MESSAGE_MEDIA_AMBIGUOUS, 0);
    refuses(&old_request,
            REQUEST "Content-Type: multipart/byteranges; boundary=B; "
                    "boundary=C\r\n\r\n--B--\r\n",
            MM_MESSAGE_MEDIA_AMBIGUOUS, 400);
}

/* */
static void r05_else_the_close_ends_a_response(void **state)
{
    static const char text[] = RESPONSE "\r\nhello" NEXT;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct reading reading = messages_read_closed(responses[i], text);

        messages_ends_before(&reading, text, "", MM_MESSAGE_CLOSE,
                             "hello" NEXT);
        assert_int_equal(reading.result.fate, MM_MESSAGE_CLOSED);
        reading = messages_read(responses[i], text);
        assert_int_equal(reading.status, MM_PENDING);
        assert_false(reading.result.complete);
    }
}

/* */
static void r05_the_close_never_ends_the_body_of_a_request(void **state)
{
    static const char text[] = REQUEST "\r\nhello";

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct reading reading = messages_read_closed(requests[i], text);

        messages_ends_before(&reading, text, "hello", MM_MESSAGE_NONE, "");
    }
}

/* a server that insists on a length sees that there is none. */
static void r06_a_request_with_neither_has_no_body(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ends(requests[i], REQUEST "\r\n" GET, GET, MM_MESSAGE_NONE, "");
    }
}

/* */
static void r06_a_request_whose_length_cannot_be_known_gets_400(void **state)
{
    static const char *const codings[] = {"gzip", "chunked, gzip", "x, y"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(codings) * 2; i++) {
        snprintf(text, sizeof(text),
                 REQUEST "Transfer-Encoding: %s\r\n\r\n" HELLO,
                 codings[i % COUNT(codings)]);
        refuses(requests[i / COUNT(codings)], text, MM_MESSAGE_CODING_NOT_FINAL,
                400);
    }
}

/* */
static void r07_chunked_is_accepted_from_everybody(void **state)
{
    static const char chunks[] = "00A;a=b;c=\"d;\\\"\"\r\nhelloworld\r\n"
                                 "1\t; e\r\n!\r\n000;f\r\nA: 1\r\nB: 2\r\n\r\n";
    char text[256];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        bool is_request = i % 2 == 0;
        const char *next = is_request ? GET : NEXT;

        snprintf(text, sizeof(text), "%s" CHUNKED "\r\n%s%s",
                 is_request ? REQUEST : RESPONSE, chunks, next);
        ends(is_request ? requests[i / 2] : responses[i / 2], text, next,
             MM_MESSAGE_CHUNKED, "helloworld!");
    }
}

/* */
static void r08_a_length_beside_a_coding_is_ignored(void **state)
{
    static const char *const lengths[] = {"3", "0", "1000", "x",
                                          "1\r\nContent-Length: 2"};
    static const enum mm_message_fate fates[] = {MM_MESSAGE_KEPT,
                                                 MM_MESSAGE_CLOSED};
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(lengths) * 4; i++) {
        size_t mode = i / (COUNT(lengths) * 2);
        bool length_first = i / COUNT(lengths) % 2 == 0;
        struct reading reading;

        snprintf(text, sizeof(text),
                 REQUEST "%sContent-Length: %s\r\n%s\r\n" HELLO GET,
                 length_first ? "" : CHUNKED, lengths[i % COUNT(lengths)],
                 length_first ? CHUNKED : "");
        reading = messages_read(requests[mode], text);
        messages_ends_before(&reading, text, GET, MM_MESSAGE_CHUNKED, "hello");
        assert_int_equal(reading.result.fate, fates[mode]);
    }
}

/* */
static void r09_fewer_octets_than_promised_are_no_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct reading reading = messages_read_closed(
            responses[i], RESPONSE "Content-Length: 10\r\n\r\nhello");

        assert_int_equal(reading.status, MM_BAD_DATA);
        assert_int_equal(reading.result.reason, MM_MESSAGE_CUT_LENGTH);
        assert_false(reading.result.complete);
        assert_int_equal(reading.result.length, 10);
        assert_int_equal(reading.result.body_octets, 5);
    }
}

/* */
static void r09_octets_beyond_the_length_are_not_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ends(responses[i], RESPONSE "Content-Length: 5\r\n\r\nhelloEXTRA",
             "EXTRA", MM_MESSAGE_LENGTH, "hello");
        ends(responses[i], RESPONSE "Content-Length: 0\r\n\r\nEXTRA", "EXTRA",
             MM_MESSAGE_LENGTH, "");
    }
}

struct rule {
    const char *answers;
    const char *code;
    const char *fields;
    enum mm_message_framing framing;
    const char *clause;
};

/* */
static void r70_the_rules_are_tried_in_their_order(void **state)
{
#define LENGTH "Content-Length: 5\r\n"
    static const struct rule rows[] = {
        {"HEAD", "200", CHUNKED LENGTH RANGES, MM_MESSAGE_NONE, "4.4(1)"},
        {"GET", "204", CHUNKED LENGTH RANGES, MM_MESSAGE_NONE, "4.4(1)"},
        {"GET", "206", RANGES LENGTH CHUNKED, MM_MESSAGE_CHUNKED, "4.4(2)"},
        {"GET", "206", RANGES LENGTH, MM_MESSAGE_LENGTH, "4.4(3)"},
        {"GET", "206", RANGES, MM_MESSAGE_BYTERANGES, "4.4(4)"},
        {"GET", "206", "", MM_MESSAGE_CLOSE, "4.4(5)"},
    };
#undef LENGTH
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mm_message_rules rules = old_response;
        struct reading reading;

        rules.answers = rows[i].answers;
        snprintf(text, sizeof(text), "HTTP/1.1 %s X\r\n%s\r\n", rows[i].code,
                 rows[i].fields);
        reading = messages_read(&rules, text);
        assert_true(reading.result.head_complete);
        assert_int_equal(reading.result.framing, rows[i].framing);
        assert_string_equal(reading.result.clause, rows[i].clause);
    }
}

/* RFC 9112 6.3(2); 204 too. */
static void r70_an_accepted_connect_opens_a_tunnel(void **state)
{
    static const char *const lines[] = {
        RESPONSE "Content-Length: 5\r\n\r\nraw",
        RESPONSE CHUNKED "\r\nraw",
        "HTTP/1.1 204 No Content\r\n\r\nraw",
    };
    struct mm_message_rules rules = new_response;

    (void)state;
    rules.answers = "CONNECT";
    for (size_t i = 0; i < 3; i++) {
        struct reading reading = messages_read(&rules, lines[i]);

        messages_ends_before(&reading, lines[i], "raw", MM_MESSAGE_TUNNEL, "");
        assert_int_equal(reading.result.fate, MM_MESSAGE_SWITCHED);
    }
    ends(&rules, "HTTP/1.1 407 X\r\nContent-Length: 5\r\n\r\nhello", "",
         MM_MESSAGE_LENGTH, "hello");
}

/* */
static void r71_byteranges_are_sent_only_to_who_parses_them(void **state)
{
    static const struct mm_message_recipient old = {false, false};
    static const struct mm_message_recipient behind_old = {true, false};
    static const struct mm_message_recipient able = {true, true};

    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        enum mm_message_kind k = (enum mm_message_kind)kind;
        enum mm_message_framing ranges = MM_MESSAGE_BYTERANGES;

        assert_false(mm_message_may_send(MM_MESSAGE_RFC2616, k, ranges, &old));
        assert_false(
            mm_message_may_send(MM_MESSAGE_RFC2616, k, ranges, &behind_old));
        assert_true(mm_message_may_send(MM_MESSAGE_RFC2616, k, ranges, &able));
        assert_false(mm_message_may_send(MM_MESSAGE_RFC9112, k, ranges, &able));
    }
}

/* */
static void
r72_a_request_needs_a_length_where_http_11_is_not_known(void **state)
{
    static const struct mm_message_recipient old = {false, false};
    static const struct mm_message_recipient now = {true, false};

    (void)state;
    for (int i = 0; i < 2; i++) {
        enum mm_message_mode mode = (enum mm_message_mode)i;

        assert_true(mm_message_may_send(mode, MM_MESSAGE_REQUEST,
                                        MM_MESSAGE_LENGTH, &old));
        assert_false(mm_message_may_send(mode, MM_MESSAGE_REQUEST,
                                         MM_MESSAGE_CHUNKED, &old));
        assert_true(mm_message_may_send(mode, MM_MESSAGE_REQUEST,
                                        MM_MESSAGE_CHUNKED, &now));
        assert_false(mm_message_may_send(mode, MM_MESSAGE_REQUEST,
                                         MM_MESSAGE_CLOSE, &now));
        assert_true(mm_message_may_send(mode, MM_MESSAGE_RESPONSE,
                                        MM_MESSAGE_CLOSE, &old));
        assert_false(mm_message_may_send(mode, MM_MESSAGE_RESPONSE,
                                         MM_MESSAGE_UNKNOWN, &now));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r01_responses_without_a_body_end_at_their_empty_line),
        cmocka_unit_test(r01_responses_to_head_end_at_their_empty_line),
        cmocka_unit_test(r02_a_final_chunked_coding_delimits_the_message),
        cmocka_unit_test(r02_only_rfc_2616_knows_identity),
        cmocka_unit_test(
            r02_a_response_in_another_coding_ends_with_the_connection),
        cmocka_unit_test(r03_a_length_is_decimal_octets),
        cmocka_unit_test(r03_what_is_no_decimal_number_is_no_length),
        cmocka_unit_test(r03_lengths_do_not_wrap),
        cmocka_unit_test(r04_byteranges_delimit_themselves_by_rfc_2616),
        cmocka_unit_test(r04_byteranges_end_with_the_connection_by_rfc_9112),
        cmocka_unit_test(r04_only_a_closing_boundary_line_ends_byteranges),
        cmocka_unit_test(
            r04_byteranges_are_complete_without_their_last_line_end),
        cmocka_unit_test(r04_without_one_boundary_byteranges_do_not_delimit),
        cmocka_unit_test(r05_else_the_close_ends_a_response),
        cmocka_unit_test(r05_the_close_never_ends_the_body_of_a_request),
        cmocka_unit_test(r06_a_request_with_neither_has_no_body),
        cmocka_unit_test(r06_a_request_whose_length_cannot_be_known_gets_400),
        cmocka_unit_test(r07_chunked_is_accepted_from_everybody),
        cmocka_unit_test(r08_a_length_beside_a_coding_is_ignored),
        cmocka_unit_test(r09_fewer_octets_than_promised_are_no_message),
        cmocka_unit_test(r09_octets_beyond_the_length_are_not_taken),
        cmocka_unit_test(r70_the_rules_are_tried_in_their_order),
        cmocka_unit_test(r70_an_accepted_connect_opens_a_tunnel),
        cmocka_unit_test(r71_byteranges_are_sent_only_to_who_parses_them),
        cmocka_unit_test(
            r72_a_request_needs_a_length_where_http_11_is_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
