/* SPDX-License-Identifier: MIT */
/* The one grammar of object names, the same on every system. */
#ifndef MMI_NAME_H
#define MMI_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

enum {
    /* Octets of a name as the caller writes it, its prefix included. */
    MMI_NAME_MAX = 260,
    /* `Local\` may be added; and the final zero. */
    MMI_NAME_ROOM = MMI_NAME_MAX + 8,
    /* 128 bits in hexadecimal, and the final zero. */
    MMI_NAME_KEY_ROOM = 33,
};

/* What a name can stand for. The numbers are in files: append only. */
enum mmi_kind {
    MMI_KIND_MAPPING = 1,
    MMI_KIND_EVENT = 2,
    MMI_KIND_MUTEX = 3,
    MMI_KIND_SEMAPHORE = 4,
    MMI_KIND_TIMER = 5,
};

/* A valid name, with its prefix written out. */
struct mmi_name {
    char full[MMI_NAME_ROOM];
    size_t size; /* octets of `full` without the final zero */
};

/* Errors: MM_BAD_NAME; `*name_out` is then empty. */
enum mm_status mmi_name_parse(const char *text, struct mmi_name *name_out);

/* A short stand-in for the name that is made of letters and digits only. */
void mmi_name_key(const struct mmi_name *name, char key_out[MMI_NAME_KEY_ROOM]);

#endif /* MMI_NAME_H */
