/* SPDX-License-Identifier: MIT */
/*
 * Handles that a child process gets. Those of this library are in a
 * list of their own and go to children that ask for them, and to no others:
 * what the system itself passes on, it passes on to every child.
 */
#ifndef MMI_INHERIT_H
#define MMI_INHERIT_H

#include <stddef.h>
#include <stdint.h>

struct mm_mapping;

enum {
    MMI_HEIRLOOM_ROOM = 5,
};

/* What goes to a child for one handle of the caller. All zero is none. */
struct mmi_heirloom {
    struct mmi_heirloom *next;
    struct mmi_heirloom **link; /* what points here; NULL: not in the list */
    size_t count;
    intptr_t handles[MMI_HEIRLOOM_ROOM];
};

/* src/inherit.c; `heirloom` may be in no list when it is removed. */
void mmi_heirloom_add(struct mmi_heirloom *heirloom);
void mmi_heirloom_remove(struct mmi_heirloom *heirloom);

/* All of them; none comes or goes until mmi_heirlooms_leave(). */
const struct mmi_heirloom *mmi_heirlooms_enter(void);
void mmi_heirlooms_leave(void);

/* src/<os>/inherit.c: the lock of the list, one in the process. */
void mmi_heirlooms_lock(void);
void mmi_heirlooms_unlock(void);

#endif /* MMI_INHERIT_H */
