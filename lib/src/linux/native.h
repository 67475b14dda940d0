/* SPDX-License-Identifier: MIT */
/* What the units of this system share. */
#ifndef MMI_NATIVE_H
#define MMI_NATIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <mapmark/file.h>
#include <mapmark/process.h>

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

/* The paging store has no other way to be short of space than memory. */
enum mm_status mmi_store_status(enum mm_status status);

#endif /* MMI_NATIVE_H */
