/* SPDX-License-Identifier: MIT */
/* Ways for one process to let all others go that wait for the next round. */
#ifndef BROADCAST_H
#define BROADCAST_H

#include "own_object.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /* Octets that a way may share, from a cache line on, zero at first. */
    BROADCAST_MEMORY = 512,
    /* Most ways have two of what they wake by, for rounds in turn: all have
     * left the one before when it is used again. */
    BROADCAST_TURNS = 2,
};

struct broadcast_kind;

struct broadcast {
    const struct broadcast_kind *kind;
    enum channel_policy policy;
    bool makes; /* and shouts; else it joins, in another process, and hears */
    unsigned members;
    void *memory;
    intptr_t handles[BROADCAST_TURNS];          /* the kind's own */
    struct own_object objects[BROADCAST_TURNS]; /* the same */
};

/** Rounds are counted from 1, and nobody shouts before all have heard the one
 * before. */
struct broadcast_kind {
    const char *why_not; /* what to say where it cannot be; else NULL */
    unsigned policies;   /* a bit for each that it has */
    const struct channel_kind *answer; /* how one of them wakes the first */
    enum mm_status (*open)(struct broadcast *broadcast);
    enum mm_status (*shout)(struct broadcast *broadcast, uint64_t round);
    enum mm_status (*hear)(struct broadcast *broadcast, uint64_t round);
    /** Also after an `open` that has failed. */
    void (*close)(struct broadcast *broadcast);
};

/** Every kind, with the word that rows name it by: X(name, word). */
#define BROADCAST_LIST(X)     \
    X(event, "event")         \
    X(semaphore, "semaphore") \
    X(word, "word")           \
    X(sem, "sem_t")           \
    X(condition, "condition") \
    X(futex, "futex")         \
    X(kernel_event, "kernel-event")

#define BROADCAST_DECLARE(name, word) \
    extern const struct broadcast_kind broadcast_##name;
BROADCAST_LIST(BROADCAST_DECLARE)
#undef BROADCAST_DECLARE

enum broadcast_place {
#define BROADCAST_PLACE(name, word) BROADCAST_AT_##name,
    BROADCAST_LIST(BROADCAST_PLACE)
#undef BROADCAST_PLACE
        BROADCAST_COUNT
};

/** Words and kinds, in the order of the list; the words end with NULL. */
extern const char *const broadcast_words[];
extern const void *const broadcast_kinds[];

#ifdef __cplusplus
}
#endif

#endif /* BROADCAST_H */
