/* SPDX-License-Identifier: MIT */
/* http-parser, the parser of many servers until 2021. Its callbacks are those
 * that the work needs; it goes on to the next message by itself. */
#include "../messages.h"

#ifdef BENCH_HAS_HTTP_PARSER

#include <http_parser.h>
#include <stdlib.h>

static int on_body(http_parser *parser, const char *octets, size_t size)
{
    message_found_span(parser->data, octets, size);
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    ((struct message_found *)parser->data)->ends++;
    return 0;
}

static enum mm_status open_parser(void **parser_out)
{
    http_parser *parser = malloc(sizeof(*parser));

    *parser_out = parser;
    if (parser == NULL) {
        return MM_NO_MEMORY;
    }
    http_parser_init(parser, HTTP_REQUEST);
    return MM_OK;
}

static void read_message(void *opened, const struct message_text *text,
                         struct message_found *found)
{
    static const http_parser_settings settings = {
        .on_body = on_body,
        .on_message_complete = on_message_complete,
    };
    http_parser *parser = opened;

    parser->data = found;
    found->size =
        http_parser_execute(parser, &settings, text->octets, text->size);
}

const struct message_reader message_http_parser = {
    .open = open_parser, .close = free, .read = read_message};

#else

const struct message_reader message_http_parser = {
    .why_not = "http-parser was not found when this was built"};

#endif
