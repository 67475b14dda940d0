/* SPDX-License-Identifier: MIT */
/*
 * A way for two processes to wake each other, by one interface for all that a
 * user could pick: our own objects, the system's, and those of libraries.
 *
 * Side 0 measures and side 1 is its partner. Every way moves a number from one
 * side to the other in each wake-up, so that all do equal work: what carries
 * octets moves it in them, the others leave it in shared memory (talk.h).
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CHANNEL_SIDES = 2,
    /* Room for what a kind shares, a few cache lines for each side. */
    CHANNEL_MEMORY = 1024,
    CHANNEL_HANDLES = 4,
    CHANNEL_LINE = 64, /* octets of a cache line */
};

/** What a waiting side does with its CPU; in the order of channel_policies. */
enum channel_policy {
    CHANNEL_PARK,     /* gives it to others at once */
    CHANNEL_SPIN,     /* keeps it until it is woken */
    CHANNEL_ADAPTIVE, /* keeps it for a while, where that can help */
    CHANNEL_POLICIES
};

/** Their words, NULL at the end. */
extern const char *const channel_policies[];

struct channel_kind;

/** One side's end. */
struct channel {
    const struct channel_kind *kind;
    enum channel_policy policy;
    unsigned me;
    void *memory;                      /* CHANNEL_MEMORY octets, shared */
    intptr_t handles[CHANNEL_HANDLES]; /* the kind's own */
    void *own;                         /* the kind's own */
};

struct channel_kind {
    const char *why_not; /* what to say where it cannot be; else NULL */
    unsigned policies;   /* a bit for each that it has */
    bool carries;        /* octets, as many as one wants */
    /** As side 0, before the partner starts; what that needs to know goes
     * into the shared memory. */
    enum mm_status (*make)(struct channel *channel);
    /** As side 0, when the partner has inherited what it needs; or NULL. */
    void (*started)(struct channel *channel);
    /** As side 1. */
    enum mm_status (*join)(struct channel *channel);
    /** Wake side `to`, with octets where the kind carries them. Waking
     * oneself is allowed where it carries none. */
    enum mm_status (*wake)(struct channel *channel, unsigned to,
                           const void *octets, size_t size);
    /** Wait to be woken. MM_CLOSED when the other side has gone, where the
     * kind can see that. */
    enum mm_status (*wait)(struct channel *channel, void *octets, size_t size);
    /** From another thread of side 0: the partner has gone, end the wait. NULL
     * where waking oneself does so, or the wait sees it by itself. */
    void (*gone)(struct channel *channel);
    /** Also after a `make` or `join` that has failed. */
    void (*close)(struct channel *channel);
};

/** Every kind, with the word that rows name it by: X(name, word). */
#define CHANNEL_LIST(X)                     \
    X(event, "event")                       \
    X(semaphore, "semaphore")               \
    X(mutex, "mutex")                       \
    X(timer, "timer")                       \
    X(word, "word")                         \
    X(sem, "sem_t")                         \
    X(condition, "condition")               \
    X(futex, "futex")                       \
    X(eventfd, "eventfd")                   \
    X(pipe, "pipe")                         \
    X(unix_socket, "unix")                  \
    X(tcp, "tcp")                           \
    X(interprocess, "interprocess")         \
    X(kernel_event, "kernel-event")         \
    X(kernel_semaphore, "kernel-semaphore") \
    X(named_pipe, "named-pipe")

#define CHANNEL_DECLARE(name, word) \
    extern const struct channel_kind channel_##name;
CHANNEL_LIST(CHANNEL_DECLARE)
#undef CHANNEL_DECLARE

enum channel_place {
#define CHANNEL_PLACE(name, word) CHANNEL_AT_##name,
    CHANNEL_LIST(CHANNEL_PLACE)
#undef CHANNEL_PLACE
        CHANNEL_COUNT
};

/** Words and kinds, in the order of the list; the words end with NULL. */
extern const char *const channel_words[];
extern const struct channel_kind *const channel_kinds[];

static inline unsigned channel_bit(enum channel_policy policy)
{
    return 1U << (unsigned)policy;
}

#ifdef __cplusplus
}
#endif

#endif /* CHANNEL_H */
