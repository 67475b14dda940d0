/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "message.h"

enum state {
    LINE_START, /* `count` octets of "--" and the boundary are there */
    BEHIND_BOUNDARY,
    DASH,
    PADDING,
    PADDING_CR,
    DATA,
    DATA_CR,
    CLOSED,
    CLOSED_CR,
};

enum { DASHES = 2 };

void mmi_byteranges_begin(struct mm_message *message)
{
    message->state = LINE_START;
    message->count = 0;
}

static void data_octet(struct mm_message *message, unsigned char octet)
{
    message->state = octet == '\r' ? DATA_CR : DATA;
}

static void line_start(struct mm_message *message)
{
    message->state = LINE_START;
    message->count = 0;
}

/* No boundary holds a CR or LF, so what breaks off begins no other one. */
static void boundary_octet(struct mm_message *message, unsigned char octet)
{
    unsigned char wanted = '-';

    if (message->count >= DASHES) {
        wanted = (unsigned char)message->boundary[message->count - DASHES];
    }
    if (octet != wanted) {
        data_octet(message, octet);
    } else if (++message->count == DASHES + message->boundary_size) {
        message->state = BEHIND_BOUNDARY;
    }
}

/* RFC 2046 5.1.1: white space may follow a boundary on its line. */
static void padding_octet(struct mm_message *message, unsigned char octet)
{
    if (octet == '-' && message->state == BEHIND_BOUNDARY) {
        message->state = DASH;
    } else if (mmi_octet_is_space(octet)) {
        message->state = PADDING;
    } else if (octet == '\r') {
        message->state = PADDING_CR;
    } else {
        message->state = DATA;
    }
}

static void octet_behind_cr(struct mm_message *message, unsigned char octet)
{
    if (octet == '\n') {
        line_start(message);
    } else {
        data_octet(message, octet);
    }
}

static void dash_octet(struct mm_message *message, unsigned char octet)
{
    if (octet == '-') {
        message->phase = MMI_PHASE_EPILOGUE;
        message->state = CLOSED;
    } else {
        data_octet(message, octet);
    }
}

static size_t skip_data(struct mm_message *message, const unsigned char *octets,
                        size_t size)
{
    const unsigned char *found = memchr(octets, '\r', size);

    if (found == NULL) {
        return size;
    }
    message->state = DATA_CR;
    return (size_t)(found - octets) + 1;
}

size_t mmi_byteranges(struct mm_message *message, const unsigned char *octets,
                      size_t size)
{
    size_t at = 0;

    while (at < size && message->phase == MMI_PHASE_BYTERANGES) {
        switch (message->state) {
        case LINE_START:
            boundary_octet(message, octets[at++]);
            break;
        case BEHIND_BOUNDARY:
        case PADDING:
            padding_octet(message, octets[at++]);
            break;
        case DASH:
            dash_octet(message, octets[at++]);
            break;
        case DATA:
            at += skip_data(message, octets + at, size - at);
            break;
        default:
            octet_behind_cr(message, octets[at++]);
            break;
        }
    }
    return at;
}

/* RFC 2616 3.7.2 wants nothing there; a line end is taken where it is sent,
 * and not waited for, because it may never come.
 */
size_t mmi_byteranges_epilogue(struct mm_message *message,
                               const unsigned char *octets, size_t size)
{
    size_t at = 0;

    while (at < size && message->phase == MMI_PHASE_EPILOGUE) {
        bool behind_cr = message->state == CLOSED_CR;

        if (!behind_cr && octets[at] == '\r') {
            message->state = CLOSED_CR;
            at++;
        } else if (!behind_cr && mmi_octet_is_space(octets[at])) {
            at++;
        } else {
            at += behind_cr && octets[at] == '\n';
            message->phase = MMI_PHASE_DONE;
        }
    }
    return at;
}
