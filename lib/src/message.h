/* SPDX-License-Identifier: MIT */
/* What the parts of the message-length engine share. Never installed. */
#ifndef MMI_MESSAGE_H
#define MMI_MESSAGE_H

#include <mapmark/message.h>

/* The order matters: those before MMI_PHASE_DONE take octets. */
enum mmi_phase {
    MMI_PHASE_HEAD,
    MMI_PHASE_CHUNK_LINE,
    MMI_PHASE_CHUNK_END, /* the line end behind chunk data */
    MMI_PHASE_TRAILER,
    MMI_PHASE_CHUNK_DATA, /* from here on octets are body */
    MMI_PHASE_LENGTH,
    MMI_PHASE_CLOSE,
    MMI_PHASE_BYTERANGES,
    MMI_PHASE_EPILOGUE, /* complete, but for a line end that may come */
    MMI_PHASE_DONE,
    MMI_PHASE_REFUSED,
};

enum mmi_answers { MMI_ANSWERS_OTHER, MMI_ANSWERS_HEAD, MMI_ANSWERS_CONNECT };

/* What the header fields said, in mm_message.facts. */
enum mmi_fact {
    MMI_LENGTH_SEEN = 1 << 0,
    MMI_LENGTH_BAD = 1 << 1,
    MMI_LENGTH_CONFLICT = 1 << 2,
    MMI_LENGTH_HUGE = 1 << 3,
    MMI_LENGTH_KNOWN = 1 << 4, /* one member at least was a number */
    MMI_CODING_SEEN = 1 << 5,
    MMI_CODING_BAD = 1 << 6,
    MMI_CODING_IDENTITY = 1 << 7,
    MMI_CODING_CHUNKED = 1 << 8,
    MMI_CODING_REPEATED = 1 << 9, /* chunked, more than once */
    MMI_CODING_FINAL = 1 << 10,   /* chunked is the last one so far */
    MMI_CONNECTION_CLOSE = 1 << 11,
    MMI_CONNECTION_KEEP = 1 << 12,
    MMI_MEDIA_SEEN = 1 << 13,
    MMI_MEDIA_BYTERANGES = 1 << 14,
    MMI_MEDIA_AGAIN = 1 << 15,  /* a second type or boundary */
    MMI_NAMES_LENGTH = 1 << 16, /* Connection names that field */
    MMI_NAMES_CODING = 1 << 17,
    MMI_NAMES_MEDIA = 1 << 18,
    MMI_BOUNDARY_SEEN = 1 << 19,
    MMI_BOUNDARY_AGAIN = 1 << 20,
};

/* Fields that say where a message ends, or what follows it. */
enum mmi_field {
    MMI_FIELD_LENGTH,
    MMI_FIELD_CODING,
    MMI_FIELD_CONNECTION,
    MMI_FIELD_MEDIA,
    MMI_FIELD_OTHER,
};

/* Classes of octets, RFC 9110 5.6.2 and 5.5; see mmi_octets. */
enum mmi_octet_class {
    MMI_OCTET_TOKEN = 1,
    MMI_OCTET_VALUE = 2, /* of a field value, white space too */
    MMI_OCTET_TARGET = 4,
};

extern const unsigned char mmi_octets[256];

static inline bool mmi_octet_is(unsigned char octet, enum mmi_octet_class class)
{
    return (mmi_octets[octet] & class) != 0;
}

static inline bool mmi_octet_is_space(unsigned char octet)
{
    return octet == ' ' || octet == '\t';
}

/* Only for letters and what else stands in tokens. */
static inline unsigned char mmi_octet_lower(unsigned char octet)
{
    return octet | 0x20;
}

static inline bool mmi_has(const struct mm_message *message, unsigned facts)
{
    return (message->facts & facts) != 0;
}

static inline void mmi_note(struct mm_message *message, unsigned facts)
{
    message->facts |= facts;
}

static inline bool mmi_is_2616(const struct mm_message *message)
{
    return message->mode == MM_MESSAGE_RFC2616;
}

/* End the reading of a message that cannot be read on. */
void mmi_message_refuse(struct mm_message *message,
                        enum mm_message_reason reason);

/*
 * Take octets of the head or the trailer section, one at least, until there
 * are no more or the section ends. As all that follow, gives how many.
 */
size_t mmi_message_lines(struct mm_message *message,
                         const unsigned char *octets, size_t size);

/* Rules 1 to 5, once the head is complete: what delimits the message. */
void mmi_message_frame(struct mm_message *message);

/* Sections that say so, of a message that is framed and not refused. */
const char *mmi_message_framing_clause(const struct mm_message *message);

/* Be ready for the value of a field, take its octets, and its end. */
void mmi_field_begin(struct mm_message *message, enum mmi_field field);
void mmi_field_octets(struct mm_message *message, const unsigned char *octets,
                      size_t size);
void mmi_field_end(struct mm_message *message);

/* The same for each field. A begin that does nothing is left out. */
void mmi_length_octet(struct mm_message *message, unsigned char octet);
void mmi_length_end(struct mm_message *message);
void mmi_coding_octet(struct mm_message *message, unsigned char octet);
void mmi_coding_end(struct mm_message *message);
void mmi_connection_octet(struct mm_message *message, unsigned char octet);
void mmi_connection_end(struct mm_message *message);
void mmi_media_begin(struct mm_message *message);
void mmi_media_octets(struct mm_message *message, const unsigned char *octets,
                      size_t size);
void mmi_media_end(struct mm_message *message);

/*
 * Words that a token may be, octet by octet: `value_words` has a bit for each
 * word that it is so far, `value_count` its length. An end gives the index of
 * the word, or -1.
 */
void mmi_words_octet(struct mm_message *message, const char *const *words,
                     int word_count, unsigned char octet);
int mmi_words_end(const struct mm_message *message, const char *const *words,
                  int word_count);

/* Be ready for the first, or next, size line of a chunked body. */
void mmi_chunk_begin(struct mm_message *message);

/* Take octets of a size line; and of the line end behind data. */
size_t mmi_chunk_line(struct mm_message *message, const unsigned char *octets,
                      size_t size);
size_t mmi_chunk_end(struct mm_message *message, const unsigned char *octets,
                     size_t size);

/* Be ready for the first octet of a multipart/byteranges; take octets. */
void mmi_byteranges_begin(struct mm_message *message);
size_t mmi_byteranges(struct mm_message *message, const unsigned char *octets,
                      size_t size);

/* Take what may follow the closing boundary; perhaps nothing. */
size_t mmi_byteranges_epilogue(struct mm_message *message,
                               const unsigned char *octets, size_t size);

#endif /* MMI_MESSAGE_H */
