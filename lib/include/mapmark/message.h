/* SPDX-License-Identifier: MIT */
/* Where an HTTP/1.x message ends, and which of its octets are its body. */
#ifndef MAPMARK_MESSAGE_H
#define MAPMARK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whose rules are read by. */
enum mm_message_mode {
    /** RFC 2616 (1999): identity, multipart/byteranges, bare LF and folds. */
    MM_MESSAGE_RFC2616,
    /** RFC 9112 (2022), and strict wherever it leaves the choice. */
    MM_MESSAGE_RFC9112,
};

enum mm_message_kind {
    MM_MESSAGE_REQUEST,
    MM_MESSAGE_RESPONSE,
};

/** What delimits a message. */
enum mm_message_framing {
    /** Not known yet, or refused before it was. */
    MM_MESSAGE_UNKNOWN,
    /** No body: it ends with the empty line. */
    MM_MESSAGE_NONE,
    /** Content-Length. */
    MM_MESSAGE_LENGTH,
    /** The chunked transfer coding. */
    MM_MESSAGE_CHUNKED,
    /** The closing boundary of multipart/byteranges; RFC 2616 only. */
    MM_MESSAGE_BYTERANGES,
    /** The close of the connection; responses only. */
    MM_MESSAGE_CLOSE,
    /** It ends with the empty line, and what follows is no HTTP (CONNECT). */
    MM_MESSAGE_TUNNEL,
};

/** What becomes of the connection behind the message. */
enum mm_message_fate {
    MM_MESSAGE_KEPT,
    MM_MESSAGE_CLOSED,
    /** What follows is another protocol: a tunnel, or 101. */
    MM_MESSAGE_SWITCHED,
};

/*
 * Append only. Name, number, the status code that a server answers with, the
 * sections of RFC 2616 and of RFC 9112 by commas, and what is wrong.
 */
#define MM_MESSAGE_REASON_LIST(X)                                             \
    X(FINE, 0, 0, "", "", "nothing is wrong")                                 \
    X(START_LINE, 1, 400, "5.1, 6.1", "3, 4",                                 \
      "the first line is neither a request line nor a status line")           \
    X(VERSION, 2, 505, "3.1", "2.3, RFC9110 2.5",                             \
      "the version is not HTTP/1.x")                                          \
    X(BARE_CR, 3, 400, "2.2", "2.2", "a carriage return without a line feed") \
    X(BARE_LF, 4, 400, "2.2", "2.2", "a line feed without a carriage return") \
    X(FIELD_NAME, 5, 400, "4.2", "5",                                         \
      "a header line does not start with a name and a colon")                 \
    X(NAME_SPACE, 6, 400, "4.2", "5.1",                                       \
      "white space between a field name and its colon")                       \
    X(LEADING_SPACE, 7, 400, "4.2", "2.2",                                    \
      "white space in front of the first header line")                        \
    X(FOLD, 8, 400, "4.2", "5.2", "a header line that goes on in the next")   \
    X(FIELD_VALUE, 9, 400, "4.2, 2.2", "RFC9110 5.5",                         \
      "a control character in a field value")                                 \
    X(LENGTH_INVALID, 10, 400, "14.13", "6.3(5), RFC9110 8.6",                \
      "a Content-Length that is not digits")                                  \
    X(LENGTH_CONFLICT, 11, 400, "4.4(3), 14.13", "6.3(5)",                    \
      "several lengths that differ")                                          \
    X(LENGTH_OVERFLOW, 12, 413, "14.13", "6.3(5), RFC9110 8.6",               \
      "a Content-Length beyond 64 bits")                                      \
    X(CODING_INVALID, 13, 400, "3.6, 14.41", "6.1",                           \
      "a Transfer-Encoding that is no list of codings")                       \
    X(CODING_REPEATED, 14, 400, "3.6", "6.1, 7", "chunked more than once")    \
    X(CODING_NOT_FINAL, 15, 400, "3.6, 4.4", "6.3(4)",                        \
      "a request whose last coding is not chunked")                           \
    X(MEDIA_AMBIGUOUS, 16, 400, "4.4(4)", "8.3",                              \
      "several media types or boundaries")                                    \
    X(CHUNK_SIZE, 17, 400, "3.6.1", "7.1", "a chunk size that is not hex")    \
    X(CHUNK_OVERFLOW, 18, 413, "3.6.1", "7.1", "a chunk size beyond 64 bits") \
    X(CHUNK_EXTENSION, 19, 400, "3.6.1", "7.1.1",                             \
      "a chunk extension that is not ;name or ;name=value")                   \
    X(CHUNK_LINE_END, 20, 400, "3.6.1, 2.2", "7.1",                           \
      "a chunk size line that does not end with CR LF")                       \
    X(CHUNK_DATA_END, 21, 400, "3.6.1", "7.1",                                \
      "chunk data that does not end with CR LF")                              \
    X(HEAD_LIMIT, 22, 431, "10.4", "3, 5", "a head larger than the limit")    \
    X(CHUNK_LINE_LIMIT, 23, 413, "3.6.1", "7.1.1",                            \
      "a chunk size line longer than the limit")                              \
    X(TRAILER_LIMIT, 24, 431, "3.6.1", "7.1.2",                               \
      "a trailer section larger than the limit")                              \
    X(OVERHEAD_LIMIT, 25, 413, "3.6.1", "7.1.1",                              \
      "much more framing than data in the chunks")                            \
    X(CUT_HEAD, 26, 400, "4.1", "8", "the connection ended inside the head")  \
    X(CUT_LENGTH, 27, 400, "4.4(3)", "6.3(6), 8",                             \
      "fewer octets than Content-Length promised")                            \
    X(CUT_CHUNKED, 28, 400, "3.6.1", "8",                                     \
      "the connection ended before the chunked body did")                     \
    X(CUT_BYTERANGES, 29, 400, "4.4(4), 3.7.2", "",                           \
      "the connection ended before the closing boundary")                     \
    X(TARGET_LIMIT, 30, 414, "3.2.1", "3, RFC9110 15.5.15",                   \
      "a request target larger than the limit of a head")

/** Why a message was refused, or is incomplete. */
enum mm_message_reason {
#define MM_MESSAGE_REASON_ENUM(name, number, code, old, now, text) \
    MM_MESSAGE_##name = (number),
    MM_MESSAGE_REASON_LIST(MM_MESSAGE_REASON_ENUM)
#undef MM_MESSAGE_REASON_ENUM
};

/** What bounds the octets that are not body. 0 stands for the default. */
struct mm_message_limits {
    /** Octets up to the empty line, both included; default 65536. */
    uint64_t head_octets;
    /** Octets of one chunk size line; default 4096. */
    uint64_t chunk_line_octets;
    /** Octets of the trailer section; default 65536. */
    uint64_t trailer_octets;
    /** Framing octets for each octet of data in chunks, beyond the first
     * 65536 of them; default 16. One octet a chunk is 5. */
    uint64_t overhead_ratio;
};

/** What must be known before the first octet. All zero is a valid choice. */
struct mm_message_rules {
    enum mm_message_mode mode;
    enum mm_message_kind kind;
    /** Method of the request that a response answers; NULL is GET. It decides
     * only where it is HEAD or CONNECT, in capital letters. */
    const char *answers;
    struct mm_message_limits limits;
};

/** Octets of the body within the octets that were fed. */
struct mm_message_span {
    size_t offset;
    size_t size;
};

/** What is known of a message so far. */
struct mm_message_result {
    enum mm_message_framing framing;
    enum mm_message_fate fate;
    enum mm_message_reason reason;
    /** What a server answers with when it refuses; else 0. */
    unsigned code;
    /** Status code of a response; 0 in a request. */
    unsigned status_code;
    /** The header section has ended; framing and status_code are final. */
    bool head_complete;
    /** The message has ended, though an end of line may still belong to it
     * (behind a closing boundary): do not wait for more. */
    bool complete;
    /** Octets that the message has taken, from its first one. */
    uint64_t end;
    /** Octets of the body up to there, after the transfer coding. */
    uint64_t body_octets;
    /** What Content-Length says; 0 where it does not delimit the message. */
    uint64_t length;
    /** Sections of the mode's RFC that this follows from, by commas. */
    const char *clause;
};

/**
 * Reads one message; the caller's, so that reading allocates nothing.
 *
 * It keeps no octet that it was fed but a boundary, and points nowhere: it may
 * be moved and copied. Write nothing in it, and read it by
 * mm_message_result().
 */
struct mm_message {
    struct mm_message_limits limits;
    uint64_t end;
    uint64_t body;
    uint64_t left;     /* of a length or a chunk */
    uint64_t section;  /* octets of the head, a chunk line or the trailer */
    uint64_t overhead; /* octets of the chunks that are not data */
    uint64_t length;
    uint32_t facts; /* of the header fields */
    uint16_t status_code;
    uint8_t mode;
    uint8_t kind;
    uint8_t answers;
    uint8_t phase;
    uint8_t state; /* within the phase */
    uint8_t count; /* of what the state counts */
    uint8_t minor; /* version */
    uint8_t framing;
    uint8_t fate;
    uint8_t reason;
    uint8_t names;       /* fields that the name so far may be */
    uint8_t field;       /* whose value is read */
    uint8_t value_state; /* within that value */
    uint8_t value_count;
    uint8_t value_words; /* that the value so far may be */
    uint8_t parameter;   /* state of a parameter list */
    uint8_t codings;
    uint8_t boundary_size;
    char boundary[70]; /* RFC 2046 5.1.1 allows no longer one */
};

/**
 * Make ready for the first octet of a message.
 *
 * Units:     limits are octets.
 * Errors:    MM_INVALID (a mode or kind that is not in its list).
 * Ownership: keeps nothing of `rules`.
 * Threads:   safe from any thread; one message belongs to one thread a time.
 * Source:    R-70; RFC 2616 4.4, RFC 9112 6.3.
 */
MM_API enum mm_status mm_message_start(struct mm_message *message,
                                       const struct mm_message_rules *rules);

/**
 * Read octets that arrived, however they were cut.
 *
 * Takes octets until the message has ended, until all `room` spans are used,
 * or until there are no more, and says how many it took. With MM_PENDING and
 * octets left, call it again with the rest. What is behind the end is not
 * looked at. The time it takes is proportional to the octets.
 *
 * Units:     octets; `room` and `*count_out` are spans, whose offsets count
 *            from `octets`.
 * Errors:    MM_PENDING (more octets are needed), MM_OK (the message has
 *            ended), MM_BAD_DATA (refused: see mm_message_result(); no call
 *            takes another octet), MM_INVALID (no room for a span).
 * Ownership: the octets stay the caller's, and spans mean them.
 * Threads:   one message belongs to one thread at a time.
 * Source:   .
 */
MM_API enum mm_status mm_message_feed(struct mm_message *message,
                                      const void *octets, size_t size,
                                      struct mm_message_span *spans,
                                      size_t room, size_t *count_out,
                                      size_t *taken_out);

/**
 * Say that the sender has closed the connection behind what was fed.
 *
 * Units:     none.
 * Errors:    MM_OK (the message has ended, perhaps by this), MM_CLOSED (not
 *            one octet of a message came), MM_BAD_DATA (it is incomplete, or
 *            was refused before).
 * Ownership: none.
 * Threads:   one message belongs to one thread at a time.
 * Source:   ; RFC 9112 8.
 */
MM_API enum mm_status mm_message_close(struct mm_message *message);

/**
 * Tell what is known of the message so far.
 *
 * Units:     octets.
 * Errors:    none.
 * Ownership: `clause` is static text.
 * Threads:   one message belongs to one thread at a time.
 * Source:   .
 */
MM_API void mm_message_result(const struct mm_message *message,
                              struct mm_message_result *result_out);

/**
 * Say in a few words what is wrong.
 *
 * Units:     none.
 * Errors:    none; "unknown reason" for a number outside the list.
 * Ownership: static text.
 * Threads:   safe from any thread.
 */
MM_API const char *mm_message_reason_text(enum mm_message_reason reason);

/** What a sender knows of who will read its message. */
struct mm_message_recipient {
    /** It is known to read HTTP/1.1 messages. */
    bool reads_http11;
    /** It is known to parse multipart/byteranges: a client of HTTP/1.1 that
     * asked for several ranges, with no HTTP/1.0 proxy between. */
    bool reads_byteranges;
};

/**
 * Tell whether a sender may delimit a message so.
 *
 * Units:     none.
 * Errors:    none; false for what is in no list.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:   ; RFC 2616 4.4, RFC 9112 6.1.
 */
MM_API bool mm_message_may_send(enum mm_message_mode mode,
                                enum mm_message_kind kind,
                                enum mm_message_framing framing,
                                const struct mm_message_recipient *recipient);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_MESSAGE_H */
