/* SPDX-License-Identifier: MIT */
/* The library's own objects, seen alike: what processes inherit, and wait for
 * by a policy. */
#ifndef OWN_OBJECT_H
#define OWN_OBJECT_H

#include "channel.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    OWN_POLICIES =
        1 << CHANNEL_PARK | 1 << CHANNEL_SPIN | 1 << CHANNEL_ADAPTIVE,
};

struct own_type;

/* Nothing is signalled at first, and no mutex owned. */
extern const struct own_type own_event, own_manual_event, own_mutex,
    own_semaphore, own_timer;

/** Zero, or one that is open. */
struct own_object {
    const struct own_type *type;
    void *handle; /* struct mm_event * and its like */
    struct mm_waitable *waitable;
};

/** Create one; by the number, processes that are started later adopt it. */
enum mm_status own_object_make(const struct own_type *type,
                               struct own_object *object_out,
                               uint64_t *number_out);
enum mm_status own_object_adopt(const struct own_type *type, uint64_t number,
                                struct own_object *object_out);

/** As the policy has it, and for as long as it takes. */
enum mm_status own_object_wait(const struct own_object *object,
                               enum channel_policy policy);

/** Also of one that is not open. */
void own_object_close(struct own_object *object);

#ifdef __cplusplus
}
#endif

#endif /* OWN_OBJECT_H */
