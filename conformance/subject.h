/* SPDX-License-Identifier: MIT */
/* The contract of a subject under test; subjects/<word>.c fulfils it. */
#ifndef CONFORM_SUBJECT_H
#define CONFORM_SUBJECT_H

#include "case.h"

/*
 * One message to read: what the subject is told, and the octets, which come in
 * segments. A subject sees each segment in a call (or write) of its own.
 */
struct conform_feed {
    enum conform_direction direction;
    const char *answers; /* method a response answers; NULL in a request */
    const char *octets;
    size_t size;
    size_t step;        /* octets in each segment, or 0: see cuts */
    const size_t *cuts; /* ascending offsets at which a segment starts */
    size_t cut_count;
    bool peer_closes; /* behind the last octet */
};

enum { CONFORM_DETAIL_MAX = 256 };

/*
 * What the subject made of the first message of a feed. The outcome's fate is
 * what becomes of the connection afterwards: CONFORM_FATE_KEEP when the subject
 * would read on and, if octets follow, does not choke on them;
 * CONFORM_FATE_CLOSE when it would not; CONFORM_FATE_ANY when it cannot say.
 */
struct conform_answer {
    struct conform_outcome outcome;
    char *body; /* `body_room` octets of the runner */
    size_t body_room;
    size_t body_size; /* decoded octets, even those without room */
    char detail[CONFORM_DETAIL_MAX]; /* in the subject's words, ASCII, or "" */
};

/*
 * `start` and `run` return EXIT_OK, or EXIT_INTERNAL when the
 * adapter itself is broken, which says nothing about the subject. `run` gets
 * an answer without outcome, body and detail, and sees octets behind the first
 * message too. A subject that wants more octets answers CONFORM_OUTCOME_WAIT,
 * and CONFORM_OUTCOME_INCOMPLETE when the peer has closed.
 */
struct conform_subject {
    const char *name;
    unsigned roles; /* of enum conform_role */
    /* Bits of enum conform_direction: what it can read, 0 for both. */
    unsigned directions;
    /* Bits of enum conform_epoch: the RFCs that it means to follow, 0 for all.
     * What it does by another one is recorded and not held against it. */
    unsigned follows;
    void (*version)(char *text_out, size_t size);
    enum exit_code (*start)(void **session_out,
                            struct conform_problem *problem);
    /* NULL, or told of all the feeds of a case before run() gets each of them,
     * in this order: some answer faster in bulk. */
    void (*prepare)(void *session, const struct conform_feed *feeds,
                    size_t count);
    enum exit_code (*run)(void *session, const struct conform_feed *feed,
                          struct conform_answer *answer);
    void (*stop)(void *session);
};

/* Ascending by name, NULL behind the last; written by the build. */
extern const struct conform_subject *const conform_subjects[];

/* Names of the subjects whose library this build lacks; NULL at the end. */
extern const char *const conform_subjects_left_out[];

/* Tell whether the subject can be asked about the case. */
bool conform_subject_reads(const struct conform_subject *subject,
                           const struct conform_case *item);

/* Give the offset behind the segment that starts at `start` < size. */
size_t conform_feed_end(const struct conform_feed *feed, size_t start);

/* Note decoded octets of the message. */
void conform_answer_body(struct conform_answer *answer, const char *octets,
                         size_t size);

#endif /* CONFORM_SUBJECT_H */
