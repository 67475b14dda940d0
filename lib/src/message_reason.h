/* SPDX-License-Identifier: MIT */
/* What is known of each reason: MM_MESSAGE_REASON_LIST as a table. */
#ifndef MMI_MESSAGE_REASON_H
#define MMI_MESSAGE_REASON_H

#include <mapmark/message.h>

/* The status code that a server refuses with. */
unsigned mmi_message_reason_code(enum mm_message_reason reason);

/* The sections of the mode's RFC that forbid it. */
const char *mmi_message_reason_clause(enum mm_message_reason reason,
                                      enum mm_message_mode mode);

#endif /* MMI_MESSAGE_REASON_H */
