/* SPDX-License-Identifier: MIT */
/* The part of mappings that needs no system call. */
#include <stdlib.h>

#include <mapmark/mapping.h>

#include "core.h"
#include "inject.h"
#include "internal.h"

void mmi_core_end(struct mmi_core *core)
{
    mmi_core_close(core);
    free(core);
}

static struct mm_mapping *new_mapping(enum mm_protection protection)
{
    struct mm_mapping *mapping = calloc(1, sizeof(*mapping));
    struct mmi_core *core = calloc(1, sizeof(*core));

    if (mapping == NULL || core == NULL) {
        free(mapping);
        free(core);
        return NULL;
    }
    mmi_view_make_secret();
    atomic_init(&core->references, 1);
    core->page_mask = mm_page_size() - 1;
    core->protection = protection;
    core->data = MMI_NO_HANDLE;
    core->file = MMI_NO_HANDLE;
    mapping->ticket = MMI_NO_HANDLE;
    mapping->core = core;
    return mapping;
}

static enum mm_status check(enum mm_protection protection, unsigned flags,
                            unsigned known_flags)
{
    if ((flags & ~known_flags) != 0) {
        return MM_INVALID;
    }
    switch (protection) {
    case MM_READ_ONLY:
    case MM_READ_WRITE:
    case MM_WRITE_COPY:
        return MM_OK;
    default:
        return MM_INVALID;
    }
}

static enum mm_status check_options(const struct mm_file *file,
                                    const struct mm_mapping_options *options)
{
    if (options == NULL || (file == NULL && options->size == 0)) {
        return MM_INVALID;
    }
    return check(options->protection, options->flags,
                 MM_MAPPING_RESERVE | MM_MAPPING_INHERIT);
}

/* Whole pages for the paging store; sizes that no system has stay too large. */
static uint64_t whole_size(const struct mm_file *file, uint64_t size)
{
    uint64_t page = mm_page_size();
    uint64_t rest = size % page;

    if (file != NULL || rest == 0 || size > UINT64_MAX - page) {
        return size;
    }
    return size - rest + page;
}

static enum mm_status make_inheritable(struct mm_mapping *mapping)
{
    enum mm_status status = mmi_mapping_bequeath(mapping);

    if (status == MM_OK) {
        mmi_heirloom_add(&mapping->heirloom);
    }
    return status;
}

/* Hand a filled mapping to the caller, or clear it away. */
static enum mm_status finish(struct mm_mapping *mapping, unsigned flags,
                             enum mm_status status,
                             struct mm_mapping **mapping_out)
{
    if (!mm_status_failed(status) && (flags & MM_MAPPING_INHERIT) != 0) {
        enum mm_status made = make_inheritable(mapping);

        status = made != MM_OK ? made : status;
    }
    if (mm_status_failed(status)) {
        mm_mapping_close(mapping);
        return status;
    }
    *mapping_out = mapping;
    return status;
}

static enum mm_status build(const struct mmi_request *request,
                            struct mm_mapping **mapping_out)
{
    struct mm_mapping *mapping = new_mapping(request->protection);

    if (mapping == NULL) {
        return MM_NO_MEMORY;
    }
    return finish(mapping, request->flags, mmi_mapping_build(mapping, request),
                  mapping_out);
}

static enum mm_status create(struct mm_file *file,
                             const struct mm_mapping_options *options,
                             bool marked, struct mm_mapping **mapping_out)
{
    enum mm_status status = check_options(file, options);
    struct mmi_request request = {.file = file, .marked = marked};
    struct mmi_name name;

    *mapping_out = NULL;
    if (status != MM_OK) {
        return status;
    }
    request.size = whole_size(file, options->size);
    request.protection = options->protection;
    request.flags = options->flags;
    if (file != NULL) {
        request.flags &= ~(unsigned)MM_MAPPING_RESERVE;
    }
    if (options->name != NULL) {
        status = mmi_name_parse(options->name, &name);
        if (status != MM_OK) {
            return status;
        }
        request.name = &name;
    }
    return build(&request, mapping_out);
}

enum mm_status mm_mapping_create(struct mm_file *file,
                                 const struct mm_mapping_options *options,
                                 struct mm_mapping **mapping_out)
{
    mmi_inject();
    return create(file, options, false, mapping_out);
}

enum mm_status
mmi_mapping_create_marked(const struct mm_mapping_options *options,
                          struct mm_mapping **mapping_out)
{
    struct mm_mapping_options writable = *options;
    enum mm_status status =
        check(options->protection, options->flags, MM_MAPPING_INHERIT);

    *mapping_out = NULL;
    if (status != MM_OK) {
        return status;
    }
    writable.protection = MM_READ_WRITE;
    writable.flags = 0;
    return create(NULL, &writable, true, mapping_out);
}

enum mm_status mm_mapping_open(const char *name, enum mm_protection protection,
                               unsigned flags, struct mm_mapping **mapping_out)
{
    struct mmi_name parsed;
    struct mmi_request request = {
        .name = &parsed,
        .protection = protection,
        .flags = flags,
        .must_exist = true,
    };
    enum mm_status status = check(protection, flags, MM_MAPPING_INHERIT);

    mmi_inject();
    *mapping_out = NULL;
    if (status == MM_OK) {
        status = name == NULL ? MM_INVALID : mmi_name_parse(name, &parsed);
    }
    if (status == MM_OK) {
        status = build(&request, mapping_out);
    }
    return status == MM_ALREADY_EXISTS ? MM_OK : status;
}

enum mm_status mm_mapping_duplicate(const struct mm_mapping *mapping,
                                    enum mm_protection protection,
                                    unsigned flags,
                                    struct mm_mapping **mapping_out)
{
    enum mm_status status = check(protection, flags, MM_MAPPING_INHERIT);
    struct mm_mapping *copy;

    *mapping_out = NULL;
    if (status != MM_OK || mapping == NULL) {
        return MM_INVALID;
    }
    if (protection == MM_READ_WRITE &&
        mapping->core->protection != MM_READ_WRITE) {
        return MM_DENIED;
    }
    copy = new_mapping(protection);
    if (copy == NULL) {
        return MM_NO_MEMORY;
    }
    return finish(copy, flags, mmi_mapping_copy(mapping, copy), mapping_out);
}

uint64_t mm_mapping_handle(const struct mm_mapping *mapping)
{
    return mapping->heirloom.count != 0 ? mmi_mapping_value(mapping) : 0;
}

enum mm_status mm_mapping_adopt(uint64_t handle, enum mm_protection protection,
                                unsigned flags, struct mm_mapping **mapping_out)
{
    enum mm_status status = check(protection, flags, MM_MAPPING_INHERIT);
    struct mm_mapping *mapping;

    *mapping_out = NULL;
    if (status != MM_OK || handle == 0) {
        return MM_INVALID;
    }
    mapping = new_mapping(protection);
    if (mapping == NULL) {
        return MM_NO_MEMORY;
    }
    return finish(mapping, flags, mmi_mapping_adopt(mapping, handle),
                  mapping_out);
}

void mm_mapping_close(struct mm_mapping *mapping)
{
    if (mapping == NULL) {
        return;
    }
    mmi_heirloom_remove(&mapping->heirloom);
    mmi_mapping_leave(mapping);
    mmi_core_release(mapping->core);
    free(mapping);
}

uint64_t mm_mapping_size(const struct mm_mapping *mapping)
{
    return mapping->core->size;
}

size_t mm_granularity(void)
{
    return MMI_GRANULARITY;
}
