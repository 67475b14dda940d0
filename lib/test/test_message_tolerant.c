/* SPDX-License-Identifier: MIT */
/* What RFC 2616 lets a recipient read, and RFC 9112 does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"

#define LENGTH_5 "Content-Length: 5\r\n"

struct row {
    enum mm_message_kind kind;
    const char *text;
    enum mm_message_framing framing;
    const char *body;
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
        {REQ, "POST / HTTP/1.01\r\n" CHUNKED "\r\n" HELLO, MM_MESSAGE_CHUNKED,
         "hello"},
        {REQ, "POST / HTTP/01.1\r\n" LENGTH_5 "\r\nhello", MM_MESSAGE_LENGTH,
         "hello"},
        {REQ, "GET / http/1.1\r\n\r\n", MM_MESSAGE_NONE, ""},
        {RES, "HTTP/1.10 200 OK\r\n" LENGTH_5 "\r\nhello", MM_MESSAGE_LENGTH,
         "hello"},
        {RES, "hTTP/1.1 204 x\r\n\r\n", MM_MESSAGE_NONE, ""},
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
        {REQ, "GET  /  HTTP/1.1\r\n\r\n", MM_MESSAGE_NONE, ""},
        {REQ, "GET\t/ \t HTTP/1.1\r\n\r\n", MM_MESSAGE_NONE, ""},
        {RES, "HTTP/1.1 \t 204  No Content\r\n\r\n", MM_MESSAGE_NONE, ""},
        {RES, "HTTP/1.1\t304\tx\r\n\r\n", MM_MESSAGE_NONE, ""},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_two_numbers),
        cmocka_unit_test(a_later_minor_version_is_no_http_10),
        cmocka_unit_test(parts_of_a_first_line_may_be_apart),
        cmocka_unit_test(http_10_loses_the_fields_that_connection_names),
        cmocka_unit_test(http_10_loses_its_media_type_as_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
