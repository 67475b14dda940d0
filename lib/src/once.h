/* SPDX-License-Identifier: MIT */
/* How far a mapping has been initialised, and who may do it. */
#ifndef MMI_ONCE_H
#define MMI_ONCE_H

#include <stdint.h>

#include "core.h"

/* Kept beside the octets of the mapping, for as long as there are handles. */
enum mmi_once_state {
    MMI_ONCE_RAW, /* and zero */
    MMI_ONCE_BEGUN,
    MMI_ONCE_READY,
};

/* One process at a time; the system ends it for a process that dies. */
struct mmi_once {
    intptr_t lock;
    void *view; /* of the state, where it is in the mapping's own memory */
    volatile long *state;
};

/*
 * src/<os>/once.c. Wait to be the only one with this name, then open or make
 * the mapping, then look at it: either of the two first calls may be the one
 * that waits.
 */
enum mm_status mmi_once_begin(const struct mmi_name *name,
                              struct mmi_once *once_out);
enum mm_status mmi_once_look(struct mmi_once *once,
                             const struct mm_mapping *mapping,
                             enum mmi_once_state *state_out);
enum mm_status mmi_once_set(struct mmi_once *once, enum mmi_once_state state);
void mmi_once_end(struct mmi_once *once);

#endif /* MMI_ONCE_H */
