/* SPDX-License-Identifier: MIT */
/* What the units of this system share. */
#ifndef MMI_NATIVE_H
#define MMI_NATIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <mapmark/file.h>
#include <mapmark/process.h>

#include "inherit.h"
#include "namespace.h"

struct mm_file {
    int fd;
    unsigned flags;
};

struct mm_process {
    pid_t id;
    int watch; /* readable when the process has ended; -1 on old kernels */
    bool ended;
    int exit_code;
};

enum {
    /* Files of proc(5) that are read here are smaller. */
    MMI_PROC_ROOM = 8192,
};

/* Read a file of proc(5) and end it with zero. */
enum mm_status mmi_proc_read(const char *path, char text[MMI_PROC_ROOM]);

/* The number after `label`, which stands at the beginning of a line;
 * MM_UNKNOWN where there is none. */
uint64_t mmi_proc_number(const char *text, const char *label);

/*
 * Open the file behind `fd` a second time, so that locks and read-ahead state
 * are not shared; `*fd_out` is -1 on failure. `flags` are those of open(2).
 */
enum mm_status mmi_reopen(int fd, int flags, int *fd_out);

/* Pass the read-ahead hints among `flags` on: they belong to a description. */
enum mm_status mmi_file_hint(int fd, unsigned flags);

/*
 * Hold off shrinking for as long as the description of `fd`, or a mapping
 * made through it, lives. Does nothing where the file system has no locks.
 */
enum mm_status mmi_file_hold_size(int fd);

/* Wait to be the only description of the file that initialises it. */
enum mm_status mmi_file_lock_once(int fd);
void mmi_file_unlock_once(int fd);

/* Grow to `size` with reserved zeros; a smaller `size` does nothing. */
enum mm_status mmi_file_grow(int fd, uint64_t size);

/* Reserve and zero a range; falls back to writing where it must. */
enum mm_status mmi_file_reserve(int fd, uint64_t offset, uint64_t size);

/* mmap(2); `wanted` is NULL or the only address that will do, else MM_BUSY. */
enum mm_status mmi_map(void *wanted, size_t size, int protection, int flags,
                       int fd, uint64_t offset, void **address_out);

/*
 * Refuse what the paging store cannot give: reserving takes real pages, and a
 * system that runs out of them kills processes instead of refusing.
 */
enum mm_status mmi_store_check(uint64_t size);

enum {
    /* Octets that a kind of object may write on a ticket. */
    MMI_TICKET_FACTS_MAX = 64,
};

/*
 * What a child has to know about an inherited handle, which is told one
 * number: that of a sealed file in memory that holds this. Descriptors keep
 * their numbers on the way into a child.
 */
struct mmi_ticket {
    char magic[16];
    uint32_t kind; /* of enum mmi_kind */
    uint32_t is_named;
    int64_t data; /* descriptors, or MMI_NO_HANDLE */
    int64_t file;
    struct mmi_object object; /* of the name */
    unsigned char facts[MMI_TICKET_FACTS_MAX];
};

/* Begin one for an object that may have no name: `object` may be NULL. */
struct mmi_ticket mmi_ticket_begin(enum mmi_kind kind,
                                   const struct mmi_object *object);

/* Write it down; the descriptor is the caller's, also on failure. */
enum mm_status mmi_ticket_write(const struct mmi_ticket *ticket,
                                intptr_t *descriptor_out,
                                struct mmi_heirloom *heirloom_out);

/* MM_INVALID: no descriptor; MM_WRONG_TYPE: not a ticket of that kind. */
enum mm_status mmi_ticket_read(uint64_t value, enum mmi_kind kind,
                               struct mmi_ticket *ticket_out);

/* Take what is listed, for this process only; the ticket is used up. */
enum mm_status mmi_ticket_take(uint64_t value, const struct mmi_ticket *ticket);

/* The paging store has no other way to be short of space than memory. */
enum mm_status mmi_store_status(enum mm_status status);

#endif /* MMI_NATIVE_H */
