/* SPDX-License-Identifier: MIT */
/* What a mapping and its views share, and what each system does for them. */
#ifndef MMI_CORE_H
#define MMI_CORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/view.h>

#include "inherit.h"
#include "name.h"

/* A handle of a name, where the kernel keeps no names: linux/namespace.h. */
struct mmi_object;

enum {
    /* No descriptor and no HANDLE has this value. */
    MMI_NO_HANDLE = -1,
    /* The contract on every system; Windows is the one that needs it. */
    MMI_GRANULARITY = 65536,
};

/*
 * The object that is mapped. Handle and views hold one reference each, so a
 * view outlives its handle. Nothing that a view reads changes after the
 * mapping has been created, so any thread may read it.
 */
struct mmi_core {
    atomic_uint references;
    enum mm_protection protection;
    uint64_t size;
    size_t page_mask;    /* the bits of an address within its page */
    intptr_t data;       /* descriptor or section that views are made of */
    uint64_t data_start; /* of the mapping within `data` */
    intptr_t file; /* of the data file, for durable flushes; may be none */
    bool has_file; /* as opposed to the paging store */
    bool reserved; /* of the paging store, and committed piece by piece */
    bool marked;   /* made by mm_once_open() */
};

struct mm_mapping {
    struct mmi_core *core;
    struct mmi_object *object; /* may be NULL */
    intptr_t ticket; /* where a child is told of more than one handle */
    struct mmi_heirloom heirloom;
};

/* What is left of mm_mapping_create() when its arguments have been checked. */
struct mmi_request {
    struct mm_file *file;
    const struct mmi_name *name; /* NULL: nobody else can open it */
    uint64_t size;
    enum mm_protection protection;
    unsigned flags; /* of enum mm_mapping_flag */
    bool must_exist;
    bool marked;
};

/* src/mapping.c */
void mmi_core_end(struct mmi_core *core);

/* As mm_mapping_create() for the paging store, whatever the protection and
 * the flags, with room for the mark of src/once.h. */
enum mm_status
mmi_mapping_create_marked(const struct mm_mapping_options *options,
                          struct mm_mapping **mapping_out);

/* src/view.c: before the first view; what follows from the addresses and the
 * clock of this process, a guard against mistakes and not against an attacker,
 * who could read it anyway. */
void mmi_view_make_secret(void);

/*
 * src/<os>/mapping.c: fill an empty mapping, or leave behind what
 * mm_mapping_close() clears away.
 */
enum mm_status mmi_mapping_build(struct mm_mapping *mapping,
                                 const struct mmi_request *request);

/* Fill an empty mapping from another one; `to->core->protection` is set. */
enum mm_status mmi_mapping_copy(const struct mm_mapping *from,
                                struct mm_mapping *to);

/* Fill an empty mapping from a handle that this process has inherited. */
enum mm_status mmi_mapping_adopt(struct mm_mapping *mapping, uint64_t value);

/* src/<os>/inherit.c: make its heirloom, and tell the number for a child. */
enum mm_status mmi_mapping_bequeath(struct mm_mapping *mapping);
uint64_t mmi_mapping_value(const struct mm_mapping *mapping);

/* Give up the name, and what else only the handle needs; half-built too. */
void mmi_mapping_leave(struct mm_mapping *mapping);

/* Close the handles of a core whose last reference has gone. */
void mmi_core_close(struct mmi_core *core);

/* src/<os>/view.c: the arguments have been checked, and ranges are of whole
 * pages. */
enum mm_status mmi_view_place(const struct mmi_core *core, uint64_t offset,
                              size_t size, enum mm_access access,
                              void **address_out);
enum mm_status mmi_view_place_at(const struct mmi_core *core, uint64_t offset,
                                 size_t size, enum mm_access access,
                                 void *wanted);
enum mm_status mmi_view_commit(const struct mmi_core *core, void *address,
                               uint64_t offset, size_t size);
enum mm_status mmi_view_remove(void *address, size_t size);

/* `offset` is where `address` is in the file. */
enum mm_status mmi_view_start_writing(const struct mmi_core *core,
                                      void *address, uint64_t offset,
                                      size_t size);
enum mm_status mmi_view_make_durable(const struct mmi_core *core, void *address,
                                     size_t size);
enum mm_status mmi_view_fetch(void *address, size_t size);
enum mm_status mmi_view_hint(void *address, size_t size, enum mm_advice advice);

/* src/<os>/cache.c: count octets of a range that is not empty. */
enum mm_status mmi_view_cached(const struct mmi_core *core, uint64_t offset,
                               size_t size, uint64_t *cached_out);
enum mm_status mmi_view_in_working_set(const void *address, size_t size,
                                       uint64_t *present_out);

static inline void mmi_core_keep(struct mmi_core *core)
{
    /* Who adds a reference has one, so nothing needs to be ordered. */
    atomic_fetch_add_explicit(&core->references, 1, memory_order_relaxed);
}

static inline void mmi_core_release(struct mmi_core *core)
{
    /* What others did with the core comes before its end. */
    if (atomic_fetch_sub_explicit(&core->references, 1, memory_order_acq_rel) ==
        1) {
        mmi_core_end(core);
    }
}

#endif /* MMI_CORE_H */
