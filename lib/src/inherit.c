/* SPDX-License-Identifier: MIT */
#include "inherit.h"

static struct mmi_heirloom *first;

void mmi_heirloom_add(struct mmi_heirloom *heirloom)
{
    mmi_heirlooms_lock();
    heirloom->next = first;
    heirloom->link = &first;
    if (first != NULL) {
        first->link = &heirloom->next;
    }
    first = heirloom;
    mmi_heirlooms_unlock();
}

void mmi_heirloom_remove(struct mmi_heirloom *heirloom)
{
    if (heirloom->count == 0) {
        return; /* never added, so this needs no lock */
    }
    mmi_heirlooms_lock();
    if (heirloom->link != NULL) {
        *heirloom->link = heirloom->next;
        if (heirloom->next != NULL) {
            heirloom->next->link = heirloom->link;
        }
        heirloom->link = NULL;
    }
    mmi_heirlooms_unlock();
}

const struct mmi_heirloom *mmi_heirlooms_enter(void)
{
    mmi_heirlooms_lock();
    return first;
}

void mmi_heirlooms_leave(void)
{
    mmi_heirlooms_unlock();
}
