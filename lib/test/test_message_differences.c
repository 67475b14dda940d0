/* SPDX-License-Identifier: MIT */
/* What one RFC reads and the other does not, and lists that are malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"

#define LENGTH_5 "Content-Length: 5\r\n"

struct row {
    const char *text;
    const char *body;
    enum mm_message_kind kind;
    enum mm_message_framing framing;
};

#define REQ MM_MESSAGE_REQUEST
#define RES MM_MESSAGE_RESPONSE

/* Each is one message and nothing behind it. */
static void only_2616_reads(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct mm_message_rules rules = {.mode = MM_MESSAGE_RFC2616,
                                         .kind = row->kind};
        struct reading reading = messages_read(&rules, row->text);

        messages_ends_before(&reading, row->text, "", row->framing, row->body);
        rules.mode = MM_MESSAGE_RFC9112;
        reading = messages_read(&rules, row->text);
        assert_int_equal(reading.status, MM_BAD_DATA);
    }
}

/* RFC 2616 3.1: numbers, whose leading zeros are ignored; 2.1: in any case. */
static void a_version_is_two_numbers(void **state)
{
    static const struct row rows[] = {
        {"POST / HTTP/1.01\r\n" CHUNKED "\r\n" HELLO, "hello", REQ,
         MM_MESSAGE_CHUNKED},
        {"POST / HTTP/01.1\r\n" LENGTH_5 "\r\nhello", "hello", REQ,
         MM_MESSAGE_LENGTH},
        {"GET / http/1.1\r\n\r\n", "", REQ, MM_MESSAGE_NONE},
        {"HTTP/1.10 200 OK\r\n" LENGTH_5 "\r\nhello", "hello", RES,
         MM_MESSAGE_LENGTH},
        {"hTTP/1.1 204 x\r\n\r\n", "", RES, MM_MESSAGE_NONE},
    };
    static const char *const others[] = {
        "GET / HTTP/11.1\r\n\r\n", "GET / HTTP/0.9\r\n\r\n",
        "GET / HTTP/00.1\r\n\r\n", "GET / HTTP/1.\r\n\r\n",
        "GET / HTTP/.1\r\n\r\n"};

    (void)state;
    only_2616_reads(rows, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct reading reading = messages_read(&old_request, others[i]);

        assert_int_equal(reading.status, MM_BAD_DATA);
    }
}

/* So a connection goes on that one of HTTP/1.0 would not. */
static void a_later_minor_version_is_no_http_10(void **state)
{
    static const struct {
        const char *text;
        enum mm_message_fate fate;
    } rows[] = {
        {"GET / HTTP/1.10\r\n\r\n", MM_MESSAGE_KEPT},
        {"GET / HTTP/1.99999999999999999999\r\n\r\n", MM_MESSAGE_KEPT},
        {"GET / HTTP/1.00\r\n\r\n", MM_MESSAGE_CLOSED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reading reading = messages_read(&old_request, rows[i].text);

        assert_int_equal(reading.status, MM_OK);
        assert_int_equal(reading.result.fate, rows[i].fate);
    }
}

/* RFC 2616 19.3: any amount of SP or HT between the parts of a first line. */
static void parts_of_a_first_line_may_be_apart(void **state)
{
    static const struct row rows[] = {
        {"GET  /  HTTP/1.1\r\n\r\n", "", REQ, MM_MESSAGE_NONE},
        {"GET\t/ \t HTTP/1.1\r\n\r\n", "", REQ, MM_MESSAGE_NONE},
        {"HTTP/1.1 \t 204  No Content\r\n\r\n", "", RES, MM_MESSAGE_NONE},
        {"HTTP/1.1\t304\tx\r\n\r\n", "", RES, MM_MESSAGE_NONE},
    };

    (void)state;
    only_2616_reads(rows, sizeof(rows) / sizeof(rows[0]));
}

/* RFC 2616 14.10: who hands it on may have known nothing of Connection. */
static void http_10_loses_the_fields_that_connection_names(void **state)
{
    static const struct {
        const char *text;
        const char *rest;
        enum mm_message_framing framing;
    } rows[] = {
        {"POST / HTTP/1.0\r\nConnection: Transfer-Encoding\r\n" CHUNKED LENGTH_5
         "\r\nhello",
         "", MM_MESSAGE_LENGTH},
        {"POST / HTTP/1.0\r\n" LENGTH_5
         "Connection: x, content-length\r\n\r\nhello",
         "hello", MM_MESSAGE_NONE},
        {"POST / HTTP/1.1\r\nConnection: Content-Length\r\n" LENGTH_5
         "\r\nhello",
         "", MM_MESSAGE_LENGTH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reading reading = messages_read(&old_request, rows[i].text);

        messages_ends_before(&reading, rows[i].text, rows[i].rest,
                             rows[i].framing,
                             rows[i].framing == MM_MESSAGE_NONE ? "" : "hello");
    }
}

static void http_10_loses_its_media_type_as_well(void **state)
{
    static const char text[] =
        "HTTP/1.0 206 x\r\nConnection: content-type\r\nContent-Type: "
        "multipart/byteranges; boundary=B\r\n\r\n--B--\r\n";
    struct reading reading = messages_read_closed(&old_response, text);

    (void)state;
    messages_ends_before(&reading, text, "", MM_MESSAGE_CLOSE, "--B--\r\n");
}

/* RFC 2616 3.7: parameters have values; RFC 9110 5.6.6: or are not there. */
static void only_a_well_formed_type_has_a_boundary(void **state)
{
    static const struct {
        const char *type;
        bool delimits;
    } rows[] = {
        {"multipart/byteranges;;boundary=B;", true},
        {"multipart/byteranges; ; boundary=B ; ", true},
        {"multipart/byteranges;a;boundary=B", false},
        {"multipart/byteranges;boundary=B;a", false},
        {"multipart/byteranges;boundary=B;y=\"", false},
        {"multipart/byteranges;boundary=B;y=", false},
        {"multipart/byteranges;boundary=A;boundary=B;y", false},
        {";multipart/byteranges;boundary=B", false},
        {"multipart/byteranges boundary=B", false},
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reading reading;

        (void)snprintf(text, sizeof(text),
                       "HTTP/1.1 206 x\r\nContent-Type: %s\r\n\r\n--B--\r\n",
                       rows[i].type);
        reading = messages_read_closed(&old_response, text);
        messages_ends_before(&reading, text, "",
                             rows[i].delimits ? MM_MESSAGE_BYTERANGES
                                              : MM_MESSAGE_CLOSE,
                             "--B--\r\n");
    }
}

/* RFC 9112 6.1, 6.3(4): a list may be empty, and does not end with chunked. */
static void an_empty_coding_delimits_only_by_the_close(void **state)
{
    static const char text[] =
        RESPONSE "Transfer-Encoding: ,\r\n" LENGTH_5 "\r\nhello!";
    static const char request[] = REQUEST "Transfer-Encoding: ,\r\n\r\n";
    struct reading reading = messages_read_closed(&new_response, text);

    (void)state;
    messages_ends_before(&reading, text, "", MM_MESSAGE_CLOSE, "hello!");
    reading = messages_read(&old_response, text);
    assert_int_equal(reading.result.reason, MM_MESSAGE_CODING_INVALID);
    reading = messages_read(&new_request, request);
    assert_int_equal(reading.result.reason, MM_MESSAGE_CODING_INVALID);
}

static void options_of_connection_stand_between_commas(void **state)
{
    static const struct {
        const char *value;
        enum mm_message_fate fate;
    } rows[] = {
        {"keep-alive", MM_MESSAGE_KEPT},
        {" ,x ,\tKeep-Alive\t,", MM_MESSAGE_KEPT},
        {"x keep-alive", MM_MESSAGE_CLOSED},
        {"keep-alive x", MM_MESSAGE_CLOSED},
        {"keep-alive, close", MM_MESSAGE_CLOSED},
    };
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reading reading;

        (void)snprintf(text, sizeof(text),
                       "GET / HTTP/1.0\r\nConnection:%s\r\n\r\n",
                       rows[i].value);
        reading = messages_read(&new_request, text);
        assert_int_equal(reading.status, MM_OK);
        assert_int_equal(reading.result.fate, rows[i].fate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_two_numbers),
        cmocka_unit_test(a_later_minor_version_is_no_http_10),
        cmocka_unit_test(parts_of_a_first_line_may_be_apart),
        cmocka_unit_test(http_10_loses_the_fields_that_connection_names),
        cmocka_unit_test(http_10_loses_its_media_type_as_well),
        cmocka_unit_test(only_a_well_formed_type_has_a_boundary),
        cmocka_unit_test(an_empty_coding_delimits_only_by_the_close),
        cmocka_unit_test(options_of_connection_stand_between_commas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
