/* SPDX-License-Identifier: MIT */
/* Lines of a message: where in one of them the engine is. */
#ifndef MMI_MESSAGE_LINE_H
#define MMI_MESSAGE_LINE_H

#include "message.h"

/* In mm_message.state of the head; a trailer begins at FIELD_FIRST. */
enum mmi_line_state {
    MMI_LINE_FIELD_FIRST, /* no field yet */
    MMI_LINE_FIELD_START, /* a field may go on here */
    MMI_LINE_NAME,
    MMI_LINE_BEHIND_NAME,
    MMI_LINE_VALUE,
    MMI_LINE_VALUE_CR,
    MMI_LINE_END_CR, /* of the empty line */
    /* The start line; nothing before it but empty lines. */
    MMI_LINE_START,
    MMI_LINE_START_CR,
    MMI_LINE_METHOD,
    MMI_LINE_TARGET_FIRST,
    MMI_LINE_TARGET,
    MMI_LINE_PROTOCOL, /* `count` octets of HTTP/ are there */
    MMI_LINE_MAJOR,
    MMI_LINE_DOT,
    MMI_LINE_MINOR,
    MMI_LINE_BEHIND_VERSION,
    MMI_LINE_CODE, /* `count` digits are there */
    MMI_LINE_BEHIND_CODE,
    MMI_LINE_PHRASE,
    MMI_LINE_FIRST_CR, /* behind the start line */
};

/* Take octets of the start line, or of empty lines before it. */
size_t mmi_message_start_line(struct mm_message *message,
                              const unsigned char *octets, size_t size);

/* A line ends with a bare LF: go to `state`, or refuse it (RFC 9112). */
void mmi_message_bare_lf(struct mm_message *message, enum mmi_line_state state);

#endif /* MMI_MESSAGE_LINE_H */
