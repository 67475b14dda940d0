/* SPDX-License-Identifier: MIT */
/* Fredman, Sedgewick, Sleator, Tarjan: The pairing heap, Algorithmica 1 (1986);
 * removal by merging the children in pairs, from left to right and back. */
#include "dues.h"

#include <stdbool.h>

static bool is_before(const struct mmi_due *one, const struct mmi_due *other)
{
    return one->time != other->time ? one->time < other->time
                                    : one->number < other->number;
}

/* Both are roots; either may be NULL. */
static struct mmi_due *meld(struct mmi_due *one, struct mmi_due *other)
{
    if (one == NULL || other == NULL) {
        return one != NULL ? one : other;
    }
    if (is_before(other, one)) {
        struct mmi_due *later = one;

        one = other;
        other = later;
    }
    other->previous = one;
    other->next = one->child;
    if (one->child != NULL) {
        one->child->previous = other;
    }
    one->child = other;
    return one;
}

static struct mmi_due *cut(struct mmi_due *due)
{
    due->next = NULL;
    due->previous = NULL;
    return due;
}

/* Siblings become one heap. */
static struct mmi_due *meld_all(struct mmi_due *first)
{
    struct mmi_due *pairs = NULL, *all = NULL;

    while (first != NULL) {
        struct mmi_due *one = first, *other = first->next;

        first = other != NULL ? other->next : NULL;
        cut(one);
        one = meld(one, other != NULL ? cut(other) : NULL);
        one->next = pairs;
        pairs = one;
    }
    while (pairs != NULL) {
        struct mmi_due *one = pairs;

        pairs = one->next;
        all = meld(all, cut(one));
    }
    return all;
}

void mmi_dues_add(struct mmi_dues *dues, struct mmi_due *due, uint64_t time)
{
    *due = (struct mmi_due){.time = time, .number = dues->added++};
    dues->first = meld(dues->first, due);
}

void mmi_dues_remove(struct mmi_dues *dues, struct mmi_due *due)
{
    struct mmi_due *below = meld_all(due->child);

    if (dues->first == due) {
        dues->first = below;
    } else {
        if (due->previous->child == due) {
            due->previous->child = due->next;
        } else {
            due->previous->next = due->next;
        }
        if (due->next != NULL) {
            due->next->previous = due->previous;
        }
        dues->first = meld(dues->first, below);
    }
    due->child = NULL;
    cut(due);
}
