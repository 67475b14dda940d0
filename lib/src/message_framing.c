/* SPDX-License-Identifier: MIT */
#include "message.h"

static void frame(struct mm_message *message, enum mm_message_framing framing,
                  enum mmi_phase phase)
{
    message->framing = (uint8_t)framing;
    message->phase = (uint8_t)phase;
}

/* Without a body, and without looking at what the fields say. */
static bool frame_bodiless(struct mm_message *message)
{
    unsigned code = message->status_code;

    if (message->kind == MM_MESSAGE_REQUEST) {
        return false;
    }
    if (message->answers == MMI_ANSWERS_CONNECT && code / 100 == 2) {
        frame(message, MM_MESSAGE_TUNNEL, MMI_PHASE_DONE);
        return true;
    }
    if (message->answers == MMI_ANSWERS_HEAD || code / 100 == 1 ||
        code == 204 || code == 304) {
        frame(message, MM_MESSAGE_NONE, MMI_PHASE_DONE);
        return true;
    }
    return false;
}

/* RFC 2616: a Transfer-Encoding that says identity alone is none. */
static bool is_coded(const struct mm_message *message)
{
    return mmi_has(message, MMI_CODING_SEEN) &&
           !(message->codings == 0 && mmi_has(message, MMI_CODING_IDENTITY) &&
             !mmi_has(message, MMI_CODING_BAD));
}

/* RFC 9112 6.1 lets the list be empty, RFC 2616 14.41 does not. */
static bool codings_are_valid(const struct mm_message *message)
{
    bool may_be_empty =
        !mmi_is_2616(message) && message->kind == MM_MESSAGE_RESPONSE;

    return (message->codings != 0 || may_be_empty) &&
           !mmi_has(message, MMI_CODING_BAD);
}

static void frame_coded(struct mm_message *message)
{
    if (!codings_are_valid(message)) {
        mmi_message_refuse(message, MM_MESSAGE_CODING_INVALID);
    } else if (mmi_has(message, MMI_CODING_REPEATED)) {
        mmi_message_refuse(message, MM_MESSAGE_CODING_REPEATED);
    } else if (mmi_has(message, MMI_CODING_FINAL)) {
        frame(message, MM_MESSAGE_CHUNKED, MMI_PHASE_CHUNK_LINE);
        mmi_chunk_begin(message);
    } else if (message->kind == MM_MESSAGE_RESPONSE) {
        frame(message, MM_MESSAGE_CLOSE, MMI_PHASE_CLOSE);
    } else {
        mmi_message_refuse(message, MM_MESSAGE_CODING_NOT_FINAL);
    }
}

static void frame_length(struct mm_message *message)
{
    if (mmi_has(message, MMI_LENGTH_BAD)) {
        mmi_message_refuse(message, MM_MESSAGE_LENGTH_INVALID);
    } else if (mmi_has(message, MMI_LENGTH_HUGE)) {
        mmi_message_refuse(message, MM_MESSAGE_LENGTH_OVERFLOW);
    } else if (mmi_has(message, MMI_LENGTH_CONFLICT)) {
        mmi_message_refuse(message, MM_MESSAGE_LENGTH_CONFLICT);
    } else {
        frame(message, MM_MESSAGE_LENGTH,
              message->length > 0 ? MMI_PHASE_LENGTH : MMI_PHASE_DONE);
        message->left = message->length;
    }
}

static void frame_undeclared(struct mm_message *message)
{
    if (message->kind == MM_MESSAGE_RESPONSE) {
        frame(message, MM_MESSAGE_CLOSE, MMI_PHASE_CLOSE);
    } else {
        frame(message, MM_MESSAGE_NONE, MMI_PHASE_DONE);
    }
}

static void frame_byteranges(struct mm_message *message)
{
    bool usable = message->boundary_size > 0 &&
                  message->boundary_size <= sizeof(message->boundary);

    if (mmi_has(message, MMI_MEDIA_AGAIN | MMI_BOUNDARY_AGAIN)) {
        mmi_message_refuse(message, MM_MESSAGE_MEDIA_AMBIGUOUS);
    } else if (usable) {
        frame(message, MM_MESSAGE_BYTERANGES, MMI_PHASE_BYTERANGES);
        mmi_byteranges_begin(message);
    } else {
        frame_undeclared(message);
    }
}

static bool is_kept(const struct mm_message *message)
{
    bool coded = mmi_has(message, MMI_CODING_SEEN);

    if (message->phase == MMI_PHASE_REFUSED ||
        message->framing == MM_MESSAGE_CLOSE ||
        mmi_has(message, MMI_CONNECTION_CLOSE)) {
        return false;
    }
    if (message->minor == 0) {
        /* RFC 9112 6.1: the sender did not know what a coding is. */
        return mmi_has(message, MMI_CONNECTION_KEEP) && !coded;
    }
    /* RFC 9112 6.1: whoever sent both may have been led to. */
    return mmi_is_2616(message) || !coded || !mmi_has(message, MMI_LENGTH_SEEN);
}

/* RFC 2616 14.10: what Connection names came through somebody who was told
 * not to hand it on, and did not know.
 */
static void lose_named(struct mm_message *message)
{
    static const unsigned lost[][2] = {
        {MMI_NAMES_LENGTH, MMI_LENGTH_SEEN},
        {MMI_NAMES_CODING, MMI_CODING_SEEN},
        {MMI_NAMES_MEDIA, MMI_MEDIA_BYTERANGES},
    };

    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        if (mmi_has(message, lost[i][0])) {
            message->facts &= ~lost[i][1];
        }
    }
}

void mmi_message_frame(struct mm_message *message)
{
    bool switched = message->status_code == 101;

    message->left = 0;
    if (mmi_is_2616(message) && message->minor == 0) {
        lose_named(message);
    }
    if (!frame_bodiless(message)) {
        if (is_coded(message)) {
            frame_coded(message);
        } else if (mmi_has(message, MMI_LENGTH_SEEN)) {
            frame_length(message);
        } else if (mmi_is_2616(message) &&
                   mmi_has(message, MMI_MEDIA_BYTERANGES)) {
            frame_byteranges(message);
        } else {
            frame_undeclared(message);
        }
    }
    message->fate = is_kept(message) ? MM_MESSAGE_KEPT : MM_MESSAGE_CLOSED;
    if (switched || message->framing == MM_MESSAGE_TUNNEL) {
        message->fate = MM_MESSAGE_SWITCHED;
    }
}

const char *mmi_message_framing_clause(const struct mm_message *message)
{
    static const char *const clauses[][2] = {
        [MM_MESSAGE_UNKNOWN] = {"4.4", "6.3"},
        [MM_MESSAGE_NONE] = {"4.4(1)", "6.3(1)"},
        [MM_MESSAGE_LENGTH] = {"4.4(3)", "6.3(6)"},
        [MM_MESSAGE_CHUNKED] = {"4.4(2)", "6.3(4)"},
        [MM_MESSAGE_BYTERANGES] = {"4.4(4)", ""},
        [MM_MESSAGE_CLOSE] = {"4.4(5)", "6.3(8)"},
        [MM_MESSAGE_TUNNEL] = {"RFC2817 5.3", "6.3(2)"},
    };
    static const char *const bodiless_request[] = {"4.3", "6.3(7)"};
    static const char *const coded_close[] = {"4.4(2)", "6.3(4)"};
    int column = mmi_is_2616(message) ? 0 : 1;

    if (message->framing == MM_MESSAGE_NONE &&
        message->kind == MM_MESSAGE_REQUEST) {
        return bodiless_request[column];
    }
    if (message->framing == MM_MESSAGE_CLOSE && is_coded(message)) {
        return coded_close[column];
    }
    return clauses[message->framing][column];
}
