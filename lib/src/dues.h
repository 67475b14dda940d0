/* SPDX-License-Identifier: MIT */
/* Timers in the order of their times, without a thread or an allocation: a
 * pairing heap. Of equal times the one that was added first comes first. */
#ifndef MMI_DUES_H
#define MMI_DUES_H

#include <stddef.h>
#include <stdint.h>

/* All zero is in no heap. */
struct mmi_due {
    struct mmi_due *child;
    struct mmi_due *next;     /* the next sibling */
    struct mmi_due *previous; /* the one before, or the parent */
    uint64_t time;
    uint64_t number; /* of its adding */
};

/* All zero is empty. */
struct mmi_dues {
    struct mmi_due *first; /* the earliest; NULL: none */
    uint64_t added;
};

/* Add one that is in no heap. */
void mmi_dues_add(struct mmi_dues *dues, struct mmi_due *due, uint64_t time);

/* Take one out that is in. */
void mmi_dues_remove(struct mmi_dues *dues, struct mmi_due *due);

#endif /* MMI_DUES_H */
