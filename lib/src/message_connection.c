/* SPDX-License-Identifier: MIT */
#include "message.h"

enum state { BEFORE, OPTION, BEHIND };

static const char *const options[] = {"close", "keep-alive", "content-length",
                                      "transfer-encoding", "content-type"};
static const unsigned facts[] = {MMI_CONNECTION_CLOSE, MMI_CONNECTION_KEEP,
                                 MMI_NAMES_LENGTH, MMI_NAMES_CODING,
                                 MMI_NAMES_MEDIA};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

void mmi_connection_end(struct mm_message *message)
{
    int option = -1;

    if (message->value_state != BEFORE) {
        option = mmi_words_end(message, options, OPTION_COUNT);
    }
    if (option >= 0) {
        mmi_note(message, facts[option]);
    }
    message->value_state = BEFORE;
}

/* What is no token, or several, is an option that nobody knows. */
void mmi_connection_octet(struct mm_message *message, unsigned char octet)
{
    if (octet == ',') {
        mmi_connection_end(message);
        return;
    }
    if (mmi_octet_is_space(octet)) {
        message->value_state = message->value_state == BEFORE ? BEFORE : BEHIND;
        return;
    }
    if (message->value_state == BEFORE) {
        message->value_words = (1u << OPTION_COUNT) - 1;
        message->value_count = 0;
    } else if (message->value_state == BEHIND) {
        message->value_words = 0;
    }
    message->value_state = OPTION;
    mmi_words_octet(message, options, OPTION_COUNT, octet);
}
