/* SPDX-License-Identifier: MIT */
#include "message.h"

enum state { BEFORE, DIGITS, BEHIND };

/* RFC 9110 8.6 allows several members only where all say the same. */
static void end_member(struct mm_message *message)
{
    if (mmi_has(message, MMI_LENGTH_KNOWN) &&
        message->length != message->left) {
        mmi_note(message, MMI_LENGTH_CONFLICT);
    }
    mmi_note(message, MMI_LENGTH_KNOWN);
    message->length = message->left;
    message->left = 0;
}

static void digit(struct mm_message *message, unsigned value)
{
    if (message->left > (UINT64_MAX - value) / 10) {
        mmi_note(message, MMI_LENGTH_HUGE);
        return;
    }
    message->left = message->left * 10 + value;
}

/* `left` is free until a body begins, and holds the number so far. */
void mmi_length_octet(struct mm_message *message, unsigned char octet)
{
    if (octet >= '0' && octet <= '9' && message->value_state != BEHIND) {
        digit(message, (unsigned)(octet - '0'));
        message->value_state = DIGITS;
    } else if (mmi_octet_is_space(octet)) {
        message->value_state = message->value_state == BEFORE ? BEFORE : BEHIND;
    } else if (octet == ',' && message->value_state != BEFORE) {
        end_member(message);
        message->value_state = BEFORE;
    } else {
        mmi_note(message, MMI_LENGTH_BAD);
    }
}

void mmi_length_end(struct mm_message *message)
{
    if (message->value_state == BEFORE) {
        mmi_note(message, MMI_LENGTH_BAD); /* an empty member */
    } else {
        end_member(message);
    }
}
