/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "message_reason.h"

struct reason {
    unsigned code;
    const char *clauses[2];
    const char *text;
};

static const struct reason reasons[] = {
#define MMI_REASON(name, number, code, old, now, text) \
    [number] = {code, {old, now}, text},
    MM_MESSAGE_REASON_LIST(MMI_REASON)
#undef MMI_REASON
};

const char *mm_message_reason_text(enum mm_message_reason reason)
{
    size_t index = (size_t)reason;

    return index < sizeof(reasons) / sizeof(reasons[0]) ? reasons[index].text
                                                        : "unknown reason";
}

unsigned mmi_message_reason_code(enum mm_message_reason reason)
{
    return reasons[reason].code;
}

const char *mmi_message_reason_clause(enum mm_message_reason reason,
                                      enum mm_message_mode mode)
{
    return reasons[reason].clauses[mode == MM_MESSAGE_RFC2616 ? 0 : 1];
}
