/* SPDX-License-Identifier: MIT */
/* The first line: of a request or of a response. */
#include <string.h>

#include "message_line.h"
#include "message_scan.h"

static void go(struct mm_message *message, enum mmi_line_state state)
{
    message->state = (uint8_t)state;
    message->count = 0;
}

static void refuse(struct mm_message *message)
{
    mmi_message_refuse(message, MM_MESSAGE_START_LINE);
}

/* RFC 2616 19.3: any amount of either, where one SP is asked for. */
static bool is_gap(const struct mm_message *message, unsigned char octet)
{
    return octet == ' ' || (octet == '\t' && mmi_is_2616(message));
}

/* Tells whether the octet makes a gap wider that there is already. */
static bool widens_gap(const struct mm_message *message, unsigned char octet)
{
    return mmi_is_2616(message) && message->count == 0 &&
           mmi_octet_is_space(octet);
}

static void protocol_octet(struct mm_message *message, unsigned char octet)
{
    static const char protocol[] = "HTTP/";
    bool is_letter = protocol[message->count] != '/';

    /* RFC 2616 2.1: literals are of any case. */
    if (is_letter && mmi_is_2616(message)) {
        octet &= (unsigned char)~0x20;
    }
    if (octet != (unsigned char)protocol[message->count]) {
        refuse(message);
    } else if (protocol[++message->count] == '\0') {
        go(message, MMI_LINE_MAJOR);
    }
}

/* RFC 9112 2.2: empty lines before a message are ignored. */
static void start_octet(struct mm_message *message, unsigned char octet)
{
    if (octet == '\r') {
        go(message, MMI_LINE_START_CR);
    } else if (octet == '\n') {
        mmi_message_bare_lf(message, MMI_LINE_START);
    } else if (message->kind == MM_MESSAGE_RESPONSE) {
        go(message, MMI_LINE_PROTOCOL);
        protocol_octet(message, octet);
    } else if (message->kind == MM_MESSAGE_REQUEST &&
               mmi_octet_is(octet, MMI_OCTET_TOKEN)) {
        go(message, MMI_LINE_METHOD);
    } else {
        refuse(message);
    }
}

static void line_feed(struct mm_message *message, unsigned char octet,
                      enum mmi_line_state state)
{
    if (octet == '\n') {
        go(message, state);
    } else {
        mmi_message_refuse(message, MM_MESSAGE_BARE_CR);
    }
}

static void target_octet(struct mm_message *message, unsigned char octet)
{
    bool begun = message->state == MMI_LINE_TARGET;

    if (begun && is_gap(message, octet)) {
        go(message, MMI_LINE_PROTOCOL);
    } else if (octet != ' ' && mmi_octet_is(octet, MMI_OCTET_TARGET)) {
        go(message, MMI_LINE_TARGET);
    } else if (begun || !widens_gap(message, octet)) {
        refuse(message);
    }
}

static bool is_digit(unsigned char octet)
{
    return octet >= '0' && octet <= '9';
}

/* RFC 2616 3.1: a number of any length, of which leading zeros do not count.
 * What is behind HTTP/1.9 is no less.
 */
static void minor_digit(struct mm_message *message, unsigned char octet)
{
    enum { MINOR_MAX = 9 };
    int minor = message->minor * 10 + octet - '0';

    message->minor = (uint8_t)(minor < MINOR_MAX ? minor : MINOR_MAX);
}

static void version_octet(struct mm_message *message, unsigned char octet)
{
    if (message->state == MMI_LINE_DOT && octet == '.') {
        go(message, MMI_LINE_MINOR);
    } else if (message->state == MMI_LINE_DOT || !is_digit(octet)) {
        refuse(message);
    } else if (message->state == MMI_LINE_MINOR) {
        minor_digit(message, octet);
        go(message, MMI_LINE_BEHIND_VERSION);
    } else if (octet == '1') {
        go(message, MMI_LINE_DOT);
    } else if (octet != '0' || !mmi_is_2616(message)) {
        mmi_message_refuse(message, MM_MESSAGE_VERSION);
    }
}

static void line_end(struct mm_message *message, unsigned char octet)
{
    if (octet == '\r') {
        go(message, MMI_LINE_FIRST_CR);
    } else if (octet == '\n') {
        mmi_message_bare_lf(message, MMI_LINE_FIELD_FIRST);
    } else {
        refuse(message);
    }
}

static void behind_version_octet(struct mm_message *message,
                                 unsigned char octet)
{
    if (is_digit(octet) && mmi_is_2616(message)) {
        minor_digit(message, octet);
    } else if (message->kind == MM_MESSAGE_REQUEST) {
        line_end(message, octet);
    } else if (is_gap(message, octet)) {
        go(message, MMI_LINE_CODE);
    } else {
        refuse(message);
    }
}

static void code_octet(struct mm_message *message, unsigned char octet)
{
    enum { DIGITS = 3 };

    if (widens_gap(message, octet)) {
        return;
    }
    if (!is_digit(octet)) {
        refuse(message);
        return;
    }
    message->status_code =
        (uint16_t)(message->status_code * 10 + (octet - '0'));
    if (++message->count == DIGITS) {
        go(message, MMI_LINE_BEHIND_CODE);
    }
}

static void phrase_octet(struct mm_message *message, unsigned char octet)
{
    bool begun = message->state == MMI_LINE_PHRASE;

    if (begun ? mmi_octet_is(octet, MMI_OCTET_VALUE) : is_gap(message, octet)) {
        go(message, MMI_LINE_PHRASE);
    } else if (begun || mmi_is_2616(message)) {
        /* Servers of that time left out the space before no phrase as well. */
        line_end(message, octet);
    } else {
        refuse(message);
    }
}

static void line_octet(struct mm_message *message, unsigned char octet)
{
    switch (message->state) {
    case MMI_LINE_START:
        start_octet(message, octet);
        break;
    case MMI_LINE_START_CR:
        line_feed(message, octet, MMI_LINE_START);
        break;
    case MMI_LINE_METHOD:
        if (is_gap(message, octet)) {
            go(message, MMI_LINE_TARGET_FIRST);
        } else if (!mmi_octet_is(octet, MMI_OCTET_TOKEN)) {
            refuse(message);
        }
        break;
    case MMI_LINE_TARGET_FIRST:
    case MMI_LINE_TARGET:
        target_octet(message, octet);
        break;
    case MMI_LINE_PROTOCOL:
        if (!widens_gap(message, octet)) {
            protocol_octet(message, octet);
        }
        break;
    case MMI_LINE_MAJOR:
    case MMI_LINE_DOT:
    case MMI_LINE_MINOR:
        version_octet(message, octet);
        break;
    case MMI_LINE_BEHIND_VERSION:
        behind_version_octet(message, octet);
        break;
    case MMI_LINE_CODE:
        code_octet(message, octet);
        break;
    case MMI_LINE_BEHIND_CODE:
    case MMI_LINE_PHRASE:
        phrase_octet(message, octet);
        break;
    default:
        line_feed(message, octet, MMI_LINE_FIELD_FIRST);
        break;
    }
}

/* Octets of a method or a target but the first, all that are there. */
static size_t pass_octets(const struct mm_message *message,
                          const unsigned char *octets, size_t size)
{
    if (message->state == MMI_LINE_METHOD) {
        return mmi_scan_plain(octets, size, MMI_OCTET_TOKEN);
    }
    return message->state == MMI_LINE_TARGET ? mmi_scan_target(octets, size)
                                             : 0;
}

/* What line_octet() comes to, for the end of nearly every request line. Else
 * takes nothing.
 */
static size_t whole_version(struct mm_message *message,
                            const unsigned char *octets, size_t size)
{
    static const char version[] = "HTTP/1.";
    enum { MINOR = sizeof(version) - 1, WHOLE = MINOR + 3 };

    if (message->kind != MM_MESSAGE_REQUEST ||
        message->state != MMI_LINE_PROTOCOL || message->count != 0 ||
        size < WHOLE || memcmp(octets, version, MINOR) != 0 ||
        !is_digit(octets[MINOR]) || octets[MINOR + 1] != '\r' ||
        octets[MINOR + 2] != '\n') {
        return 0;
    }
    message->minor = (uint8_t)(octets[MINOR] - '0');
    go(message, MMI_LINE_FIELD_FIRST);
    return WHOLE;
}

size_t mmi_message_start_line(struct mm_message *message,
                              const unsigned char *octets, size_t size)
{
    size_t at = 0;

    while (at < size && message->phase == MMI_PHASE_HEAD &&
           message->state >= MMI_LINE_START) {
        at += pass_octets(message, octets + at, size - at);
        at += whole_version(message, octets + at, size - at);
        if (at < size && message->state >= MMI_LINE_START) {
            line_octet(message, octets[at++]);
        }
    }
    return at;
}
