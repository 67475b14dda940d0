/* SPDX-License-Identifier: MIT */
/*
 * What processes take and give back while others want it as well: locks, which
 * one of them has at a time, and counters of what there is to be had.
 */
#ifndef GATE_H
#define GATE_H

#include "own_object.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Octets that a gate may share, from a cache line on, zero at first. */
enum { GATE_MEMORY = 256 };

struct gate_kind;

struct gate {
    const struct gate_kind *kind;
    enum channel_policy policy;
    bool makes; /* else what has been made is joined, in another process */
    unsigned initial;
    void *memory;
    intptr_t handle;          /* the kind's own */
    struct own_object object; /* the same */
};

struct gate_kind {
    const char *why_not; /* what to say where it cannot be; else NULL */
    unsigned policies;   /* a bit for each that it has */
    /** Whoever likes gives, as often as they like; else it is a lock, which
     * its owner gives back, and starts with 1. */
    bool counts;
    enum mm_status (*open)(struct gate *gate);
    enum mm_status (*take)(struct gate *gate);
    enum mm_status (*give)(struct gate *gate);
    /** Also after an `open` that has failed. */
    void (*close)(struct gate *gate);
};

/** Every kind, with the word that rows name it by: X(name, word). */
#define GATE_LIST(X)                  \
    X(mutex, "mutex")                 \
    X(event, "event")                 \
    X(semaphore, "semaphore")         \
    X(pthread_mutex, "pthread-mutex") \
    X(robust_mutex, "robust-mutex")   \
    X(sem, "sem_t")                   \
    X(eventfd, "eventfd")             \
    X(kernel_mutex, "kernel-mutex")   \
    X(kernel_event, "kernel-event")   \
    X(kernel_semaphore, "kernel-semaphore")

#define GATE_DECLARE(name, word) extern const struct gate_kind gate_##name;
GATE_LIST(GATE_DECLARE)
#undef GATE_DECLARE

enum gate_place {
#define GATE_PLACE(name, word) GATE_AT_##name,
    GATE_LIST(GATE_PLACE)
#undef GATE_PLACE
        GATE_COUNT
};

/** Words and kinds, in the order of the list; the words end with NULL. */
extern const char *const gate_words[];
extern const void *const gate_kinds[];

/** A gate that is not open yet; NULL when out of memory. */
struct gate *gate_new(const struct gate_kind *kind, enum channel_policy policy,
                      void *memory, bool makes, unsigned initial);

/** Close it, if it is open; NULL is allowed. */
void gate_free(struct gate *gate);

#ifdef __cplusplus
}
#endif

#endif /* GATE_H */
