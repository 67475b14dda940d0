/* SPDX-License-Identifier: MIT */
#include "message.h"

void mmi_field_begin(struct mm_message *message, enum mmi_field field)
{
    static const unsigned seen[] = {
        [MMI_FIELD_LENGTH] = MMI_LENGTH_SEEN,
        [MMI_FIELD_CODING] = MMI_CODING_SEEN,
        [MMI_FIELD_CONNECTION] = 0,
        [MMI_FIELD_MEDIA] = 0,
        [MMI_FIELD_OTHER] = 0,
    };

    if (field == MMI_FIELD_MEDIA && !mmi_is_2616(message)) {
        field = MMI_FIELD_OTHER; /* it delimits nothing any more */
    }
    message->field = (uint8_t)field;
    message->value_state = 0;
    if (field == MMI_FIELD_MEDIA) {
        mmi_media_begin(message);
    }
    mmi_note(message, seen[field]);
}

void mmi_field_octets(struct mm_message *message, const unsigned char *octets,
                      size_t size)
{
    switch (message->field) {
    case MMI_FIELD_LENGTH:
        for (size_t at = 0; at < size; at++) {
            mmi_length_octet(message, octets[at]);
        }
        break;
    case MMI_FIELD_CODING:
        for (size_t at = 0; at < size; at++) {
            mmi_coding_octet(message, octets[at]);
        }
        break;
    case MMI_FIELD_CONNECTION:
        for (size_t at = 0; at < size; at++) {
            mmi_connection_octet(message, octets[at]);
        }
        break;
    case MMI_FIELD_MEDIA:
        mmi_media_octets(message, octets, size);
        break;
    default:
        break;
    }
}

void mmi_field_end(struct mm_message *message)
{
    switch (message->field) {
    case MMI_FIELD_LENGTH:
        mmi_length_end(message);
        break;
    case MMI_FIELD_CODING:
        mmi_coding_end(message);
        break;
    case MMI_FIELD_CONNECTION:
        mmi_connection_end(message);
        break;
    case MMI_FIELD_MEDIA:
        mmi_media_end(message);
        break;
    default:
        break;
    }
    message->field = MMI_FIELD_OTHER;
}

void mmi_words_octet(struct mm_message *message, const char *const *words,
                     int word_count, unsigned char octet)
{
    unsigned char lower = mmi_octet_lower(octet);
    unsigned left = message->value_words;

    /* A word keeps its bit only while it has octets left, so the count of a
     * longer token need not go on. */
    for (int i = 0; i < word_count && left != 0; i++) {
        if ((left & 1u << i) != 0 &&
            (unsigned char)words[i][message->value_count] != lower) {
            left &= ~(1u << i);
        }
    }
    message->value_words = (uint8_t)left;
    message->value_count = (uint8_t)(message->value_count + (left != 0));
}

int mmi_words_end(const struct mm_message *message, const char *const *words,
                  int word_count)
{
    for (int i = 0; i < word_count; i++) {
        if ((message->value_words & 1u << i) != 0 &&
            words[i][message->value_count] == '\0') {
            return i;
        }
    }
    return -1;
}
