/* SPDX-License-Identifier: MIT */
#include "message_parameter.h"

enum state {
    BEFORE_NAME,
    NAME,
    BEHIND_NAME,
    BEFORE_VALUE,
    TOKEN,
    QUOTED,
    ESCAPED,
    CLOSED, /* right behind the closing quote */
    BEHIND_VALUE,
};

static enum mmi_parameter_event go(struct mm_message *message, enum state state,
                                   enum mmi_parameter_event event)
{
    message->parameter = (uint8_t)state;
    return event;
}

void mmi_parameter_begin(struct mm_message *message)
{
    message->parameter = BEFORE_NAME;
}

static enum mmi_parameter_event quoted(struct mm_message *message,
                                       unsigned char octet)
{
    bool escaped = message->parameter == ESCAPED;

    if (!mmi_octet_is(octet, MMI_OCTET_VALUE)) {
        return MMI_PARAMETER_OTHER;
    }
    if (!escaped && octet == '"') {
        return go(message, CLOSED, MMI_PARAMETER_SILENT);
    }
    if (!escaped && octet == '\\') {
        return go(message, ESCAPED, MMI_PARAMETER_SILENT);
    }
    return go(message, QUOTED, MMI_PARAMETER_VALUE);
}

static enum mmi_parameter_event before_value(struct mm_message *message,
                                             unsigned char octet)
{
    if (mmi_octet_is_space(octet)) {
        return MMI_PARAMETER_SILENT;
    }
    if (octet == '"') {
        return go(message, QUOTED, MMI_PARAMETER_SILENT);
    }
    return mmi_octet_is(octet, MMI_OCTET_TOKEN)
               ? go(message, TOKEN, MMI_PARAMETER_VALUE)
               : MMI_PARAMETER_OTHER;
}

/* In or behind a name, or behind a value: what may follow either. */
static enum mmi_parameter_event behind(struct mm_message *message,
                                       enum state space, bool is_name,
                                       unsigned char octet)
{
    if (mmi_octet_is_space(octet)) {
        return go(message, space, MMI_PARAMETER_SILENT);
    }
    if (octet == ';') {
        return go(message, BEFORE_NAME, MMI_PARAMETER_NEXT);
    }
    if (octet == '=' && is_name) {
        return go(message, BEFORE_VALUE, MMI_PARAMETER_EQUALS);
    }
    return MMI_PARAMETER_OTHER;
}

enum mmi_parameter_event mmi_parameter_octet(struct mm_message *message,
                                             unsigned char octet)
{
    bool token = mmi_octet_is(octet, MMI_OCTET_TOKEN);

    switch (message->parameter) {
    case BEFORE_NAME:
        if (token) {
            return go(message, NAME, MMI_PARAMETER_NAME);
        }
        return mmi_octet_is_space(octet) ? MMI_PARAMETER_SILENT
                                         : MMI_PARAMETER_OTHER;
    case NAME:
        return token ? MMI_PARAMETER_NAME
                     : behind(message, BEHIND_NAME, true, octet);
    case BEHIND_NAME:
        return behind(message, BEHIND_NAME, true, octet);
    case BEFORE_VALUE:
        return before_value(message, octet);
    case TOKEN:
        return token ? MMI_PARAMETER_VALUE
                     : behind(message, BEHIND_VALUE, false, octet);
    case QUOTED:
    case ESCAPED:
        return quoted(message, octet);
    default:
        return behind(message, BEHIND_VALUE, false, octet);
    }
}

bool mmi_parameter_whole(const struct mm_message *message)
{
    return message->parameter == NAME || message->parameter == TOKEN ||
           message->parameter == CLOSED;
}

bool mmi_parameter_has_value(const struct mm_message *message)
{
    return message->parameter == TOKEN || message->parameter == CLOSED ||
           message->parameter == BEHIND_VALUE;
}

bool mmi_parameter_is_empty(const struct mm_message *message)
{
    return message->parameter == BEFORE_NAME;
}
