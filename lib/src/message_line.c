/* SPDX-License-Identifier: MIT */
/* Field lines, of the head and of the trailer section. */
#include "message_line.h"
#include "message_scan.h"

struct name {
    const char *text;
    unsigned char size;
};

static const struct name names[] = {
    [MMI_FIELD_LENGTH] = {"content-length", 14},
    [MMI_FIELD_CODING] = {"transfer-encoding", 17},
    [MMI_FIELD_CONNECTION] = {"connection", 10},
    [MMI_FIELD_MEDIA] = {"content-type", 12},
};

enum { NAME_COUNT = MMI_FIELD_OTHER };

static void go(struct mm_message *message, enum mmi_line_state state)
{
    message->state = (uint8_t)state;
}

void mmi_message_bare_lf(struct mm_message *message, enum mmi_line_state state)
{
    if (mmi_is_2616(message)) {
        message->state = (uint8_t)state; /* RFC 2616 19.3 */
    } else {
        mmi_message_refuse(message, MM_MESSAGE_BARE_LF);
    }
}

/* RFC 9112 5.2: a client reads a folded line, a server need not. */
static bool reads_folds(const struct mm_message *message)
{
    return mmi_is_2616(message) || message->kind == MM_MESSAGE_RESPONSE;
}

/* RFC 9112 5.1: a server refuses it, and who reads a response removes it. */
static bool reads_name_space(const struct mm_message *message)
{
    return mmi_is_2616(message) || message->kind == MM_MESSAGE_RESPONSE;
}

static void section_end(struct mm_message *message)
{
    if (message->phase == MMI_PHASE_TRAILER) {
        message->phase = MMI_PHASE_DONE;
    } else {
        mmi_message_frame(message);
    }
}

/* Fields of a trailer come too late to say anything of the framing. */
static unsigned possible_names(const struct mm_message *message,
                               unsigned char first)
{
    char lower = (char)mmi_octet_lower(first);
    unsigned possible = 0;

    if (message->phase == MMI_PHASE_TRAILER) {
        return 0;
    }
    for (int i = 0; i < NAME_COUNT; i++) {
        possible |= (unsigned)(names[i].text[0] == lower) << i;
    }
    return possible;
}

static void name_octet(struct mm_message *message, unsigned char octet)
{
    unsigned left = message->names;

    for (int i = 0; i < NAME_COUNT; i++) {
        if ((left & 1u << i) != 0 &&
            (unsigned char)names[i].text[message->count] !=
                mmi_octet_lower(octet)) {
            left &= ~(1u << i);
        }
    }
    message->names = (uint8_t)left;
    message->count = (uint8_t)(message->count + (left != 0));
}

static enum mmi_field name_end(const struct mm_message *message)
{
    for (int i = 0; i < NAME_COUNT; i++) {
        if ((message->names & 1u << i) != 0 &&
            message->count == names[i].size) {
            return (enum mmi_field)i;
        }
    }
    return MMI_FIELD_OTHER;
}

static void fold_octet(struct mm_message *message, unsigned char octet)
{
    if (message->state == MMI_LINE_FIELD_FIRST) {
        mmi_message_refuse(message, MM_MESSAGE_LEADING_SPACE);
    } else if (!reads_folds(message)) {
        mmi_message_refuse(message, MM_MESSAGE_FOLD);
    } else {
        go(message, MMI_LINE_VALUE);
        mmi_field_octets(message, &octet, 1);
    }
}

static void field_start_octet(struct mm_message *message, unsigned char octet)
{
    if (mmi_octet_is_space(octet)) {
        fold_octet(message, octet);
        return;
    }
    mmi_field_end(message);
    if (octet == '\r') {
        go(message, MMI_LINE_END_CR);
    } else if (octet == '\n') {
        mmi_message_bare_lf(message, MMI_LINE_FIELD_START);
        if (message->phase != MMI_PHASE_REFUSED) {
            section_end(message);
        }
    } else if (mmi_octet_is(octet, MMI_OCTET_TOKEN)) {
        message->names = (uint8_t)possible_names(message, octet);
        message->count = 1;
        go(message, MMI_LINE_NAME);
    } else {
        mmi_message_refuse(message, MM_MESSAGE_FIELD_NAME);
    }
}

static void behind_name_octet(struct mm_message *message, unsigned char octet)
{
    if (octet == ':') {
        mmi_field_begin(message, name_end(message));
        go(message, MMI_LINE_VALUE);
    } else if (!mmi_octet_is_space(octet)) {
        mmi_message_refuse(message, MM_MESSAGE_FIELD_NAME);
    } else if (!reads_name_space(message)) {
        mmi_message_refuse(message, MM_MESSAGE_NAME_SPACE);
    } else {
        go(message, MMI_LINE_BEHIND_NAME);
    }
}

static size_t name_octets(struct mm_message *message,
                          const unsigned char *octets, size_t size)
{
    size_t at = 0;

    while (at < size && mmi_octet_is(octets[at], MMI_OCTET_TOKEN)) {
        if (message->names != 0) {
            name_octet(message, octets[at]);
        }
        at++;
    }
    if (at < size) {
        behind_name_octet(message, octets[at++]);
    }
    return at;
}

static bool is_named(const unsigned char *octets, const struct name *name)
{
    for (size_t i = 0; i < name->size; i++) {
        if (mmi_octet_lower(octets[i]) != (unsigned char)name->text[i]) {
            return false;
        }
    }
    return true;
}

/* What name_octets() comes to, for a name that is there as a whole and has its
 * colon right behind it, as nearly all do. Else takes nothing.
 */
static size_t whole_name(struct mm_message *message,
                         const unsigned char *octets, size_t size)
{
    size_t name = mmi_scan_plain(octets, size, MMI_OCTET_TOKEN);
    int field = message->phase == MMI_PHASE_TRAILER ? NAME_COUNT : 0;

    if (name == 0 || name == size || octets[name] != ':') {
        return 0;
    }
    while (field < NAME_COUNT &&
           (name != names[field].size || !is_named(octets, &names[field]))) {
        field++;
    }
    mmi_field_end(message);
    mmi_field_begin(message, (enum mmi_field)field);
    go(message, MMI_LINE_VALUE);
    return name + 1;
}

static size_t field_start_octets(struct mm_message *message,
                                 const unsigned char *octets, size_t size)
{
    size_t name = whole_name(message, octets, size);

    if (name == 0) {
        field_start_octet(message, octets[0]);
        return 1;
    }
    return name;
}

static void value_end_octet(struct mm_message *message, unsigned char octet)
{
    if (octet == '\r') {
        go(message, MMI_LINE_VALUE_CR);
    } else if (octet == '\n') {
        mmi_message_bare_lf(message, MMI_LINE_FIELD_START);
    } else {
        mmi_message_refuse(message, MM_MESSAGE_FIELD_VALUE);
    }
}

static size_t value_octets(struct mm_message *message,
                           const unsigned char *octets, size_t size)
{
    size_t value = mmi_scan_value(octets, size);

    mmi_field_octets(message, octets, value);
    if (value == size) {
        return size;
    }
    if (size - value >= 2 && octets[value] == '\r' &&
        octets[value + 1] == '\n') {
        go(message, MMI_LINE_FIELD_START);
        return value + 2;
    }
    value_end_octet(message, octets[value]);
    return value + 1;
}

static void line_feed_octet(struct mm_message *message, unsigned char octet)
{
    if (octet != '\n') {
        mmi_message_refuse(message, MM_MESSAGE_BARE_CR);
    } else if (message->state == MMI_LINE_END_CR) {
        section_end(message);
    } else {
        go(message, MMI_LINE_FIELD_START);
    }
}

static size_t line_octets(struct mm_message *message,
                          const unsigned char *octets, size_t size)
{
    switch (message->state) {
    case MMI_LINE_FIELD_FIRST:
    case MMI_LINE_FIELD_START:
        return field_start_octets(message, octets, size);
    case MMI_LINE_NAME:
        return name_octets(message, octets, size);
    case MMI_LINE_BEHIND_NAME:
        behind_name_octet(message, octets[0]);
        return 1;
    case MMI_LINE_VALUE:
        return value_octets(message, octets, size);
    case MMI_LINE_VALUE_CR:
    case MMI_LINE_END_CR:
        line_feed_octet(message, octets[0]);
        return 1;
    default:
        return mmi_message_start_line(message, octets, size);
    }
}

size_t mmi_message_lines(struct mm_message *message,
                         const unsigned char *octets, size_t size)
{
    uint8_t phase = message->phase;
    size_t at = 0;

    while (at < size && message->phase == phase) {
        at += line_octets(message, octets + at, size - at);
    }
    return at;
}
