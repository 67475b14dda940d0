/* SPDX-License-Identifier: MIT */
/*
 * Named objects of every kind on a system whose kernel has none.
 *
 * An object is a file in a folder that only its user can enter. The file is
 * called by the name's key and begins with a page that says what it is; the
 * object's own octets, its body, follow. Each handle has an open description
 * of its own that holds a shared flock(2), so the kernel forgets a handle
 * when its process dies in whatever way. A file that nobody locks is what a
 * killed process left: it is removed, at the latest when some other process
 * makes its first object, and never used again, since views of the old object
 * may still exist. The folder's lock is held while a name is
 * looked up, made or given up, so nobody sees an object half made.
 */
#ifndef MMI_NAMESPACE_H
#define MMI_NAMESPACE_H

#include <stddef.h>
#include <stdint.h>

#include "name.h"

enum {
    /* Octets that a kind may store beside the body. */
    MMI_OBJECT_FACTS_MAX = 8192,
    /* Where the body starts: views of it begin at any system's granularity. */
    MMI_OBJECT_BODY = 65536,
};

/* A handle of one. */
struct mmi_object {
    int folder;
    int live; /* its shared lock is what keeps the name */
    char key[MMI_NAME_KEY_ROOM];
};

/* The locked name space. */
struct mmi_namespace {
    int folder;
    int lock;
};

/* What an object is made of; later openers are told the same facts. */
struct mmi_object_plan {
    enum mmi_kind kind;
    uint64_t body_size; /* reserved now, zero at first */
    const void *facts;
    size_t facts_size;
};

/*
 * Wait for the name space and lock it.
 *
 * Errors: MM_DENIED (the folder is not safe to use), MM_NOT_FOUND (no place
 *         for it), MM_TOO_MANY, MM_OS.
 */
enum mm_status mmi_namespace_enter(struct mmi_namespace *space_out);

/* Unlock; an all -1 space is allowed. */
void mmi_namespace_leave(struct mmi_namespace *space);

/*
 * Open an object that is alive and copy its facts, `facts_size` octets.
 *
 * Errors: MM_NOT_FOUND, MM_WRONG_TYPE, MM_BAD_NAME (the name has the key of
 *         another one that is alive), MM_TOO_MANY, MM_NO_MEMORY, MM_OS.
 */
enum mm_status mmi_object_find(const struct mmi_namespace *space,
                               const struct mmi_name *name, enum mmi_kind kind,
                               void *facts, size_t facts_size,
                               struct mmi_object **object_out);

/* Make an object whose name mmi_object_find() has just not found. */
enum mm_status mmi_object_make(const struct mmi_namespace *space,
                               const struct mmi_name *name,
                               const struct mmi_object_plan *plan,
                               struct mmi_object **object_out);

/*
 * Open the object's file once more for mapping its body: that description has
 * no part in keeping the name. The caller owns `*fd_out`.
 */
enum mm_status mmi_object_open_body(const struct mmi_object *object,
                                    int *fd_out);

/* Make a handle of parts that were inherited; it owns them from now on. */
enum mm_status mmi_object_adopt(const struct mmi_object *parts,
                                struct mmi_object **object_out);

/* Make a second handle, which keeps the name as the first one does. */
enum mm_status mmi_object_duplicate(const struct mmi_object *object,
                                    struct mmi_object **object_out);

/* Give up one handle of the name, the last one with its file; NULL is allowed.
 * The name space must not be locked by the calling thread. */
void mmi_object_close(struct mmi_object *object);

#endif /* MMI_NAMESPACE_H */
