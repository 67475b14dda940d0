/* SPDX-License-Identifier: MIT */
#include "message_parameter.h"

enum state {
    SIZE_FIRST,
    SIZE,
    BEHIND_SIZE, /* white space, that a semicolon must follow */
    EXTENSION,
    LINE_END,
};

void mmi_chunk_begin(struct mm_message *message)
{
    message->phase = MMI_PHASE_CHUNK_LINE;
    message->state = SIZE_FIRST;
    message->section = 0;
    message->left = 0;
}

/* The value of a hex digit, or -1. */
static int hex(unsigned char octet)
{
    unsigned digit = octet - (unsigned)'0';
    unsigned letter = mmi_octet_lower(octet) - (unsigned)'a';

    if (digit < 10) {
        return (int)digit;
    }
    return letter < 6 ? (int)letter + 10 : -1;
}

static void size_octet(struct mm_message *message, unsigned char octet)
{
    int digit = hex(octet);

    if (digit >= 0) {
        if (message->left >> 60 != 0) {
            mmi_message_refuse(message, MM_MESSAGE_CHUNK_OVERFLOW);
            return;
        }
        message->left = message->left << 4 | (unsigned)digit;
        message->state = SIZE;
    } else if (message->state == SIZE_FIRST) {
        mmi_message_refuse(message, MM_MESSAGE_CHUNK_SIZE);
    } else if (octet == '\r') {
        message->state = LINE_END;
    } else if (octet == ';') {
        mmi_parameter_begin(message);
        message->state = EXTENSION;
    } else if (mmi_octet_is_space(octet)) {
        message->state = BEHIND_SIZE;
    } else {
        mmi_message_refuse(message, octet == '\n' ? MM_MESSAGE_CHUNK_LINE_END
                                                  : MM_MESSAGE_CHUNK_SIZE);
    }
}

static void behind_size_octet(struct mm_message *message, unsigned char octet)
{
    if (octet == ';') {
        mmi_parameter_begin(message);
        message->state = EXTENSION;
    } else if (!mmi_octet_is_space(octet)) {
        mmi_message_refuse(message, MM_MESSAGE_CHUNK_SIZE);
    }
}

static void extension_octet(struct mm_message *message, unsigned char octet)
{
    if (mmi_parameter_octet(message, octet) != MMI_PARAMETER_OTHER) {
        return;
    }
    if (octet == '\r' && mmi_parameter_whole(message)) {
        message->state = LINE_END;
    } else {
        mmi_message_refuse(message, octet == '\n' ? MM_MESSAGE_CHUNK_LINE_END
                                                  : MM_MESSAGE_CHUNK_EXTENSION);
    }
}

/* Many small chunks make work out of few octets: CVE-2023-39326. */
static bool wasteful(const struct mm_message *message)
{
    enum { FREE = 65536 };

    return message->overhead > FREE &&
           (message->overhead - FREE) / message->limits.overhead_ratio >
               message->body;
}

static void line_end_octet(struct mm_message *message, unsigned char octet)
{
    if (octet != '\n') {
        mmi_message_refuse(message, MM_MESSAGE_CHUNK_LINE_END);
    } else if (wasteful(message)) {
        mmi_message_refuse(message, MM_MESSAGE_OVERHEAD_LIMIT);
    } else if (message->left > 0) {
        message->phase = MMI_PHASE_CHUNK_DATA;
        message->state = 0;
    } else {
        message->phase = MMI_PHASE_TRAILER;
        message->state = 0;
        message->section = 0;
    }
}

/* What the octets come to one by one, for a size and its line end that are
 * there as a whole, as nearly all are. Else takes nothing.
 */
static size_t whole_line(struct mm_message *message,
                         const unsigned char *octets, size_t size)
{
    enum { DIGITS_MAX = 15 };
    uint64_t chunk = 0;
    size_t at = 0;

    while (at < size && at < DIGITS_MAX) {
        int digit = hex(octets[at]);

        if (digit < 0) {
            break;
        }
        chunk = chunk << 4 | (unsigned)digit;
        at++;
    }
    if (at == 0 || size - at < 2 || octets[at] != '\r' ||
        octets[at + 1] != '\n') {
        return 0;
    }
    message->left = chunk;
    message->overhead += at + 2;
    line_end_octet(message, '\n');
    return at + 2;
}

size_t mmi_chunk_line(struct mm_message *message, const unsigned char *octets,
                      size_t size)
{
    size_t at =
        message->state == SIZE_FIRST ? whole_line(message, octets, size) : 0;

    while (at < size && message->phase == MMI_PHASE_CHUNK_LINE) {
        unsigned char octet = octets[at++];

        message->overhead++;
        switch (message->state) {
        case SIZE_FIRST:
        case SIZE:
            size_octet(message, octet);
            break;
        case BEHIND_SIZE:
            behind_size_octet(message, octet);
            break;
        case EXTENSION:
            extension_octet(message, octet);
            break;
        default:
            line_end_octet(message, octet);
            break;
        }
    }
    return at;
}

size_t mmi_chunk_end(struct mm_message *message, const unsigned char *octets,
                     size_t size)
{
    static const unsigned char line_end[] = {'\r', '\n'};
    size_t at = 0;

    if (message->state == 0 && size >= sizeof(line_end) && octets[0] == '\r' &&
        octets[1] == '\n') {
        message->overhead += sizeof(line_end);
        mmi_chunk_begin(message);
        return sizeof(line_end);
    }
    while (at < size && message->phase == MMI_PHASE_CHUNK_END) {
        if (octets[at++] != line_end[message->state]) {
            mmi_message_refuse(message, MM_MESSAGE_CHUNK_DATA_END);
        } else if (++message->state == sizeof(line_end)) {
            message->overhead += sizeof(line_end);
            mmi_chunk_begin(message);
        }
    }
    return at;
}
