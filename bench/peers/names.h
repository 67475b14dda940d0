/* SPDX-License-Identifier: MIT */
/* Objects that processes find by name. */
#ifndef NAMES_H
#define NAMES_H

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct name_kind {
    const char *why_not; /* what to say where it cannot be; else NULL */
    /** MM_ALREADY_EXISTS, a failure here, when somebody has the name. */
    enum mm_status (*create)(const char *name, void **object_out);
    /** MM_NOT_FOUND when nobody has it. */
    enum mm_status (*open)(const char *name, void **object_out);
    void (*close)(void *object);
    /** The name outlives those who have it: make it go. Or NULL. */
    void (*remove)(const char *name);
};

extern const struct name_kind name_sem, name_shm, name_kernel_event,
    name_kernel_section;

#ifdef __cplusplus
}
#endif

#endif /* NAMES_H */
