/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "inject.h"
#include "message_line.h"
#include "message_reason.h"

/* Servers allow 8 to 64 KiB of header section; a chunk size line needs no more
 * than a page; a sixteenth of the octets of a chunked body may be data.
 */
static const struct mm_message_limits defaults = {
    .head_octets = 65536,
    .chunk_line_octets = 4096,
    .trailer_octets = 65536,
    .overhead_ratio = 16,
};

static uint64_t limit(uint64_t wanted, uint64_t otherwise)
{
    return wanted != 0 ? wanted : otherwise;
}

static uint8_t answers(const char *method)
{
    if (method != NULL && strcmp(method, "HEAD") == 0) {
        return MMI_ANSWERS_HEAD;
    }
    return method != NULL && strcmp(method, "CONNECT") == 0
               ? MMI_ANSWERS_CONNECT
               : MMI_ANSWERS_OTHER;
}

enum mm_status mm_message_start(struct mm_message *message,
                                const struct mm_message_rules *rules)
{
    const struct mm_message_limits *wanted = &rules->limits;

    *message = (struct mm_message){.phase = MMI_PHASE_REFUSED};
    if ((unsigned)rules->mode > MM_MESSAGE_RFC9112 ||
        (unsigned)rules->kind > MM_MESSAGE_RESPONSE) {
        return MM_INVALID;
    }
    message->limits = (struct mm_message_limits){
        .head_octets = limit(wanted->head_octets, defaults.head_octets),
        .chunk_line_octets =
            limit(wanted->chunk_line_octets, defaults.chunk_line_octets),
        .trailer_octets =
            limit(wanted->trailer_octets, defaults.trailer_octets),
        .overhead_ratio =
            limit(wanted->overhead_ratio, defaults.overhead_ratio),
    };
    message->mode = (uint8_t)rules->mode;
    message->kind = (uint8_t)rules->kind;
    message->answers = answers(rules->answers);
    message->field = MMI_FIELD_OTHER;
    message->phase = MMI_PHASE_HEAD;
    message->state = MMI_LINE_START;
    return MM_OK;
}

void mmi_message_refuse(struct mm_message *message,
                        enum mm_message_reason reason)
{
    message->phase = MMI_PHASE_REFUSED;
    message->fate = MM_MESSAGE_CLOSED;
    message->reason = (uint8_t)reason;
}

struct section {
    uint64_t limit;
    enum mm_message_reason reason;
};

/* Of the phases that have no bound by their own form. */
static struct section section_of(const struct mm_message *message)
{
    const struct mm_message_limits *limits = &message->limits;

    switch (message->phase) {
    case MMI_PHASE_HEAD:
        return (struct section){limits->head_octets,
                                message->state == MMI_LINE_TARGET
                                    ? MM_MESSAGE_TARGET_LIMIT
                                    : MM_MESSAGE_HEAD_LIMIT};
    case MMI_PHASE_CHUNK_LINE:
        return (struct section){limits->chunk_line_octets,
                                MM_MESSAGE_CHUNK_LINE_LIMIT};
    default:
        return (struct section){limits->trailer_octets,
                                MM_MESSAGE_TRAILER_LIMIT};
    }
}

static size_t take_section(struct mm_message *message,
                           const unsigned char *octets, size_t size)
{
    return message->phase == MMI_PHASE_CHUNK_LINE
               ? mmi_chunk_line(message, octets, size)
               : mmi_message_lines(message, octets, size);
}

/* Octets that are not body. Gives how many; none when that is too many. */
static size_t take_framing(struct mm_message *message,
                           const unsigned char *octets, size_t size)
{
    struct section section;
    uint8_t phase = message->phase;
    uint64_t room;
    size_t taken;

    if (phase == MMI_PHASE_CHUNK_END) {
        return mmi_chunk_end(message, octets, size);
    }
    section = section_of(message);
    room = section.limit - message->section;
    if (room == 0) {
        mmi_message_refuse(message, section.reason);
        return 0;
    }
    taken = take_section(message, octets, size < room ? size : (size_t)room);
    /* A section that has begun meanwhile counts from 0. */
    if (message->phase == phase) {
        message->section += taken;
    }
    return taken;
}

static size_t take_counted(struct mm_message *message, size_t size)
{
    size_t taken = size < message->left ? size : (size_t)message->left;

    message->left -= taken;
    if (message->left == 0) {
        message->phase = message->phase == MMI_PHASE_LENGTH
                             ? MMI_PHASE_DONE
                             : MMI_PHASE_CHUNK_END;
    }
    return taken;
}

static size_t take_body(struct mm_message *message, const unsigned char *octets,
                        size_t size)
{
    switch (message->phase) {
    case MMI_PHASE_CLOSE:
        return size;
    case MMI_PHASE_BYTERANGES:
        return mmi_byteranges(message, octets, size);
    case MMI_PHASE_EPILOGUE:
        return mmi_byteranges_epilogue(message, octets, size);
    default:
        return take_counted(message, size);
    }
}

static enum mm_status status_of(const struct mm_message *message)
{
    if (message->phase == MMI_PHASE_DONE) {
        return MM_OK;
    }
    return message->phase == MMI_PHASE_REFUSED ? MM_BAD_DATA : MM_PENDING;
}

enum mm_status mm_message_feed(struct mm_message *message, const void *octets,
                               size_t size, struct mm_message_span *spans,
                               size_t room, size_t *count_out,
                               size_t *taken_out)
{
    const unsigned char *from = octets;
    size_t count = 0;
    size_t at = 0;

    mmi_inject();
    *count_out = *taken_out = 0;
    if (room == 0) {
        return MM_INVALID;
    }
    while (at < size && message->phase < MMI_PHASE_DONE) {
        size_t taken;

        if (message->phase < MMI_PHASE_CHUNK_DATA) {
            at += take_framing(message, from + at, size - at);
            continue;
        }
        if (count == room) {
            break;
        }
        taken = take_body(message, from + at, size - at);
        if (taken > 0) {
            spans[count++] = (struct mm_message_span){at, taken};
            message->body += taken;
            at += taken;
        }
    }
    message->end += at;
    *count_out = count;
    *taken_out = at;
    return status_of(message);
}

static enum mm_message_reason cut(const struct mm_message *message)
{
    switch (message->phase) {
    case MMI_PHASE_HEAD:
        return MM_MESSAGE_CUT_HEAD;
    case MMI_PHASE_LENGTH:
        return MM_MESSAGE_CUT_LENGTH;
    case MMI_PHASE_BYTERANGES:
        return MM_MESSAGE_CUT_BYTERANGES;
    default:
        return MM_MESSAGE_CUT_CHUNKED;
    }
}

enum mm_status mm_message_close(struct mm_message *message)
{
    bool begun = message->phase != MMI_PHASE_HEAD ||
                 (message->state != MMI_LINE_START &&
                  message->state != MMI_LINE_START_CR);

    if (message->phase == MMI_PHASE_CLOSE ||
        message->phase == MMI_PHASE_EPILOGUE) {
        message->phase = MMI_PHASE_DONE;
    }
    if (message->phase < MMI_PHASE_DONE) {
        mmi_message_refuse(message, cut(message));
    }
    message->fate = MM_MESSAGE_CLOSED;
    return begun ? status_of(message) : MM_CLOSED;
}

void mm_message_result(const struct mm_message *message,
                       struct mm_message_result *result_out)
{
    enum mm_message_reason reason = (enum mm_message_reason)message->reason;
    bool is_length = message->framing == MM_MESSAGE_LENGTH;

    *result_out = (struct mm_message_result){
        .framing = (enum mm_message_framing)message->framing,
        .fate = (enum mm_message_fate)message->fate,
        .reason = reason,
        .code = message->kind == MM_MESSAGE_REQUEST
                    ? mmi_message_reason_code(reason)
                    : 0,
        .status_code = message->status_code,
        .head_complete = message->framing != MM_MESSAGE_UNKNOWN,
        .complete = message->phase == MMI_PHASE_DONE ||
                    message->phase == MMI_PHASE_EPILOGUE,
        .end = message->end,
        .body_octets = message->body,
        .length = is_length ? message->length : 0,
        .clause = mmi_message_framing_clause(message),
    };
    if (reason != MM_MESSAGE_FINE) {
        result_out->clause = mmi_message_reason_clause(
            reason, (enum mm_message_mode)message->mode);
    }
}
