/* SPDX-License-Identifier: MIT */
#include "message_parameter.h"

enum state { BEFORE, NAME, BEHIND, PARAMETERS };

static const char *const codings[] = {"chunked", "identity"};

enum { CHUNKED, IDENTITY, CODING_COUNT };

static void end_coding(struct mm_message *message)
{
    int coding = mmi_words_end(message, codings, CODING_COUNT);
    bool bare = message->value_state != PARAMETERS;

    message->value_state = BEFORE;
    if (coding == IDENTITY && mmi_is_2616(message)) {
        mmi_note(message, MMI_CODING_IDENTITY);
        return; /* no coding at all: RFC 2616 3.6 */
    }
    message->codings |= 1;
    if (coding != CHUNKED) {
        message->facts &= ~(uint32_t)MMI_CODING_FINAL;
        return;
    }
    /* RFC 9112 7.1: chunked has no parameters. */
    mmi_note(message, bare ? 0 : MMI_CODING_BAD);
    mmi_note(message,
             mmi_has(message, MMI_CODING_CHUNKED) ? MMI_CODING_REPEATED : 0);
    mmi_note(message, MMI_CODING_CHUNKED | MMI_CODING_FINAL);
}

static void name_octet(struct mm_message *message, unsigned char octet)
{
    if (message->value_state == BEFORE) {
        message->value_words = (1u << CODING_COUNT) - 1;
        message->value_count = 0;
        message->value_state = NAME;
    }
    mmi_words_octet(message, codings, CODING_COUNT, octet);
}

static void parameter_octet(struct mm_message *message, unsigned char octet)
{
    bool whole = mmi_parameter_has_value(message);
    enum mmi_parameter_event event = mmi_parameter_octet(message, octet);

    if (event == MMI_PARAMETER_OTHER && octet == ',' && whole) {
        end_coding(message);
    } else if (event == MMI_PARAMETER_OTHER ||
               (event == MMI_PARAMETER_NEXT && !whole)) {
        mmi_note(message, MMI_CODING_BAD);
    }
}

void mmi_coding_octet(struct mm_message *message, unsigned char octet)
{
    bool started = message->value_state != BEFORE;

    if (message->value_state == PARAMETERS) {
        parameter_octet(message, octet);
    } else if (mmi_octet_is(octet, MMI_OCTET_TOKEN) &&
               message->value_state != BEHIND) {
        name_octet(message, octet);
    } else if (mmi_octet_is_space(octet)) {
        message->value_state = started ? BEHIND : BEFORE;
    } else if (octet == ';' && started) {
        mmi_parameter_begin(message);
        message->value_state = PARAMETERS;
    } else if (octet == ',') {
        /* Empty members are ignored: RFC 2616 2.1, RFC 9110 5.6.1. */
        if (started) {
            end_coding(message);
        }
    } else {
        mmi_note(message, MMI_CODING_BAD);
    }
}

void mmi_coding_end(struct mm_message *message)
{
    if (message->value_state == PARAMETERS &&
        !mmi_parameter_has_value(message)) {
        mmi_note(message, MMI_CODING_BAD);
    } else if (message->value_state != BEFORE) {
        end_coding(message);
    }
}
