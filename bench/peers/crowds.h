/* SPDX-License-Identifier: MIT */
/* Several things that one waits for at once, each of which is reset by that. */
#ifndef CROWDS_H
#define CROWDS_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As many as one call can wait for. */
enum { CROWD_MAX = 64 };

struct crowd_kind;

struct crowd {
    const struct crowd_kind *kind;
    size_t count;
    intptr_t handles[CROWD_MAX]; /* the kind's own */
    void *own;                   /* the same */
};

struct crowd_kind {
    const char *why_not; /* what to say where it cannot be; else NULL */
    enum mm_status (*open)(struct crowd *crowd);
    enum mm_status (*set)(struct crowd *crowd, size_t index);
    enum mm_status (*wait_for_any)(struct crowd *crowd, size_t *index_out);
    enum mm_status (*wait_for_all)(struct crowd *crowd);
    /** Also after an `open` that has failed. */
    void (*close)(struct crowd *crowd);
};

extern const struct crowd_kind crowd_eventfd, crowd_kernel_event;

#ifdef __cplusplus
}
#endif

#endif /* CROWDS_H */
