/* SPDX-License-Identifier: MIT */
/* llhttp, the parser of Node.js. Its callbacks are those that the work needs;
 * it goes on to the next message by itself. */
#include "../messages.h"

#ifdef BENCH_HAS_LLHTTP

#include <llhttp.h>
#include <stdlib.h>

static int on_body(llhttp_t *parser, const char *octets, size_t size)
{
    message_found_span(parser->data, octets, size);
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    ((struct message_found *)parser->data)->ends++;
    return 0;
}

/* It keeps the address of its settings. */
static const llhttp_settings_t settings = {
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static enum mm_status open_parser(void **parser_out)
{
    llhttp_t *parser = malloc(sizeof(*parser));

    *parser_out = parser;
    if (parser == NULL) {
        return MM_NO_MEMORY;
    }
    llhttp_init(parser, HTTP_REQUEST, &settings);
    return MM_OK;
}

static void read_message(void *opened, const struct message_text *text,
                         struct message_found *found)
{
    llhttp_t *parser = opened;

    parser->data = found;
    if (llhttp_execute(parser, text->octets, text->size) == HPE_OK) {
        found->size = text->size;
    }
}

const struct message_reader message_llhttp = {
    .open = open_parser, .close = free, .read = read_message};

#else

const struct message_reader message_llhttp = {
    .why_not = "llhttp was not found when this was built"};

#endif
