/* SPDX-License-Identifier: MIT */
/* A lock within the process, and a bell for who waits inside of it. */
#ifndef MMI_LOCK_H
#define MMI_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct mmi_lock {
    uint64_t opaque[12]; /* a pthread mutex and condition, or SRW ones */
};

bool mmi_lock_open(struct mmi_lock *lock);
void mmi_lock_close(struct mmi_lock *lock);
void mmi_lock_take(struct mmi_lock *lock);
void mmi_lock_give(struct mmi_lock *lock);

/* Give it, sleep until somebody rings, take it again; may wake without. */
void mmi_lock_wait(struct mmi_lock *lock);
void mmi_lock_ring(struct mmi_lock *lock);

#endif /* MMI_LOCK_H */
