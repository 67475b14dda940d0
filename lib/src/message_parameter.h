/* SPDX-License-Identifier: MIT */
/* Lists of ";name=value", as three fields and lines have them. */
#ifndef MMI_MESSAGE_PARAMETER_H
#define MMI_MESSAGE_PARAMETER_H

#include "message.h"

enum mmi_parameter_event {
    MMI_PARAMETER_SILENT,
    MMI_PARAMETER_NAME,   /* the octet is one of a name */
    MMI_PARAMETER_EQUALS, /* the name has ended */
    MMI_PARAMETER_VALUE,  /* the octet is one of a value, unquoted */
    MMI_PARAMETER_NEXT,   /* a semicolon */
    MMI_PARAMETER_OTHER,  /* the octet cannot stand here in a list */
};

/* Begin behind the first semicolon. */
void mmi_parameter_begin(struct mm_message *message);

enum mmi_parameter_event mmi_parameter_octet(struct mm_message *message,
                                             unsigned char octet);

/* Tell whether the list can end behind the last octet, a name or a value. */
bool mmi_parameter_whole(const struct mm_message *message);

/* Tell whether what ends has a value, and white space may follow it. */
bool mmi_parameter_has_value(const struct mm_message *message);

/* Tell whether nothing of the next parameter is there yet. */
bool mmi_parameter_is_empty(const struct mm_message *message);

#endif /* MMI_MESSAGE_PARAMETER_H */
