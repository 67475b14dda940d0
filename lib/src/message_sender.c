/* SPDX-License-Identifier: MIT */
#include <mapmark/message.h>

bool mm_message_may_send(enum mm_message_mode mode, enum mm_message_kind kind,
                         enum mm_message_framing framing,
                         const struct mm_message_recipient *recipient)
{
    switch (framing) {
    case MM_MESSAGE_NONE:
    case MM_MESSAGE_LENGTH:
        return true;
    case MM_MESSAGE_CHUNKED:
        return recipient->reads_http11;
    case MM_MESSAGE_BYTERANGES:
        return mode == MM_MESSAGE_RFC2616 && recipient->reads_byteranges &&
               (kind == MM_MESSAGE_RESPONSE || recipient->reads_http11);
    case MM_MESSAGE_CLOSE:
    case MM_MESSAGE_TUNNEL:
        return kind == MM_MESSAGE_RESPONSE;
    default:
        return false;
    }
}
