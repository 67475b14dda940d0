/* SPDX-License-Identifier: MIT */
#include "message_parameter.h"

enum state { BEFORE, TYPE, BEHIND, PARAMETERS, BOUNDARY, OTHER };

static const char *const types[] = {"multipart/byteranges"};
static const char *const names[] = {"boundary"};

/* Two types, or two boundaries, would be two ends. */
void mmi_media_begin(struct mm_message *message)
{
    mmi_note(message, mmi_has(message, MMI_MEDIA_SEEN) ? MMI_MEDIA_AGAIN : 0);
    mmi_note(message, MMI_MEDIA_SEEN);
}

static void begin_word(struct mm_message *message)
{
    message->value_words = 1;
    message->value_count = 0;
}

static void end_type(struct mm_message *message)
{
    if (mmi_words_end(message, types, 1) == 0) {
        mmi_note(message, MMI_MEDIA_BYTERANGES);
        message->value_state = BEHIND;
    } else {
        message->value_state = OTHER;
    }
}

static void type_octet(struct mm_message *message, unsigned char octet)
{
    if (octet == ';' || mmi_octet_is_space(octet)) {
        if (message->value_state == TYPE) {
            end_type(message);
        }
        if (octet == ';' && message->value_state == BEHIND) {
            mmi_parameter_begin(message);
            begin_word(message);
            message->value_state = PARAMETERS;
        } else if (octet == ';') {
            message->value_state = OTHER;
        }
        return;
    }
    if (message->value_state == BEHIND) {
        message->value_state = OTHER;
        return;
    }
    if (message->value_state == BEFORE) {
        begin_word(message);
        message->value_state = TYPE;
    }
    mmi_words_octet(message, types, 1, octet);
    if (message->value_words == 0) {
        message->value_state = OTHER;
    }
}

/* What cannot be kept is no boundary of this message. */
static void boundary_octet(struct mm_message *message, unsigned char octet)
{
    if (message->boundary_size < sizeof(message->boundary)) {
        message->boundary[message->boundary_size] = (char)octet;
    }
    if (message->boundary_size <= sizeof(message->boundary)) {
        message->boundary_size++;
    }
}

/* Who reads on finds a boundary that another reader does not. */
static void malformed(struct mm_message *message)
{
    message->facts &= ~(uint32_t)MMI_BOUNDARY_AGAIN;
    message->boundary_size = 0;
    message->value_state = OTHER;
}

static void end_name(struct mm_message *message)
{
    if (mmi_words_end(message, names, 1) == 0) {
        mmi_note(message,
                 mmi_has(message, MMI_BOUNDARY_SEEN) ? MMI_BOUNDARY_AGAIN : 0);
        mmi_note(message, MMI_BOUNDARY_SEEN);
        message->value_state = BOUNDARY;
    }
}

static void take_parameter(struct mm_message *message, unsigned char octet)
{
    bool whole = mmi_parameter_has_value(message);

    switch (mmi_parameter_octet(message, octet)) {
    case MMI_PARAMETER_NAME:
        mmi_words_octet(message, names, 1, octet);
        break;
    case MMI_PARAMETER_EQUALS:
        end_name(message);
        break;
    case MMI_PARAMETER_VALUE:
        if (message->value_state == BOUNDARY) {
            boundary_octet(message, octet);
        }
        break;
    case MMI_PARAMETER_NEXT:
        begin_word(message);
        message->value_state = PARAMETERS;
        if (!whole) {
            malformed(message);
        }
        break;
    case MMI_PARAMETER_OTHER:
        malformed(message);
        break;
    default:
        break;
    }
}

/* RFC 9110 5.6.6 lets parameters be left out; senders did that before. */
static void parameter_octet(struct mm_message *message, unsigned char octet)
{
    if (octet != ';' || !mmi_parameter_is_empty(message)) {
        take_parameter(message, octet);
    }
}

/* Of another type nothing matters. */
void mmi_media_octets(struct mm_message *message, const unsigned char *octets,
                      size_t size)
{
    for (size_t at = 0; at < size && message->value_state != OTHER; at++) {
        if (message->value_state == PARAMETERS ||
            message->value_state == BOUNDARY) {
            parameter_octet(message, octets[at]);
        } else {
            type_octet(message, octets[at]);
        }
    }
}

void mmi_media_end(struct mm_message *message)
{
    bool in_list =
        message->value_state == PARAMETERS || message->value_state == BOUNDARY;

    if (message->value_state == TYPE) {
        end_type(message);
    } else if (in_list && !mmi_parameter_has_value(message) &&
               !mmi_parameter_is_empty(message)) {
        malformed(message);
    }
}
