/* SPDX-License-Identifier: MIT */
/* The contract of a subject under test; subjects/<word>.c fulfils it. */
#ifndef MM_SUBJECT_H
#define MM_SUBJECT_H

#include "case.h"

/*
 * One message to read: what the subject is told, and the octets, which come in
 * segments. A subject sees each segment in a call (or write) of its own.
 */
struct mm_feed {
    enum mm_direction direction;
    const char *answers; /* method a response answers; NULL in a request */
    const char *octets;
    size_t size;
    size_t step;        /* octets in each segment, or 0: see cuts */
    const size_t *cuts; /* ascending offsets at which a segment starts */
    size_t cut_count;
    bool peer_closes; /* behind the last octet */
};

enum { MM_DETAIL_MAX = 256 };

/*
 * What the subject made of the first message of a feed. The outcome's fate is
 * what becomes of the connection afterwards: MM_FATE_KEEP when the subject
 * would read on and, if octets follow, does not choke on them; MM_FATE_CLOSE
 * when it would not; MM_FATE_ANY when it cannot say.
 */
struct mm_answer {
    struct mm_outcome outcome;
    char *body; /* `body_room` octets of the runner */
    size_t body_room;
    size_t body_size;           /* decoded octets, even those without room */
    char detail[MM_DETAIL_MAX]; /* in the subject's words, ASCII, or "" */
};

/*
 * `start`, `run` and `stop` return MM_EXIT_OK, or MM_EXIT_INTERNAL when the
 * adapter itself is broken, which says nothing about the subject. `run` gets
 * an answer without outcome, body and detail, and sees octets behind the first
 * message too. A subject that wants more octets answers MM_OUTCOME_WAIT, and
 * MM_OUTCOME_INCOMPLETE when the peer has closed.
 */
struct mm_subject {
    const char *name;
    unsigned roles; /* of enum mm_role */
    void (*version)(char *text_out, size_t size);
    enum mm_exit (*start)(void **session_out, struct mm_problem *problem);
    enum mm_exit (*run)(void *session, const struct mm_feed *feed,
                        struct mm_answer *answer);
    void (*stop)(void *session);
};

/* Ascending by name, NULL behind the last; written by the build. */
extern const struct mm_subject *const mm_subjects[];

/* Names of the subjects whose library this build lacks; NULL at the end. */
extern const char *const mm_subjects_left_out[];

/* Give the offset behind the segment that starts at `start` < size. */
size_t mm_feed_end(const struct mm_feed *feed, size_t start);

/* Note decoded octets of the message. */
void mm_answer_body(struct mm_answer *answer, const char *octets, size_t size);

#endif /* MM_SUBJECT_H */
