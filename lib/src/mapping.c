/* SPDX-License-Identifier: MIT */
/* The part of mappings that needs no system call. */
#include <stdlib.h>

#include <mapmark/mapping.h>

#include "core.h"
#include "internal.h"

void mmi_core_end(struct mmi_core *core)
{
    mmi_core_close(core);
    free(core);
}

static struct mm_mapping *new_mapping(void)
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
    core->data = MMI_NO_HANDLE;
    core->file = MMI_NO_HANDLE;
    mapping->core = core;
    return mapping;
}

static enum mm_status check(const struct mm_file *file,
                            const struct mm_mapping_options *options)
{
    if (options == NULL || options->flags != 0) {
        return MM_INVALID;
    }
    switch (options->protection) {
    case MM_READ_ONLY:
    case MM_READ_WRITE:
    case MM_WRITE_COPY:
        break;
    default:
        return MM_INVALID;
    }
    return file == NULL && options->size == 0 ? MM_INVALID : MM_OK;
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

enum mm_status mm_mapping_create(struct mm_file *file,
                                 const struct mm_mapping_options *options,
                                 struct mm_mapping **mapping_out)
{
    enum mm_status status = check(file, options);
    struct mmi_request request = {.file = file};
    struct mm_mapping *mapping;
    struct mmi_name name;

    *mapping_out = NULL;
    if (status != MM_OK) {
        return status;
    }
    request.size = whole_size(file, options->size);
    request.protection = options->protection;
    if (options->name != NULL) {
        status = mmi_name_parse(options->name, &name);
        if (status != MM_OK) {
            return status;
        }
        request.name = &name;
    }
    mapping = new_mapping();
    if (mapping == NULL) {
        return MM_NO_MEMORY;
    }
    status = mmi_mapping_build(mapping, &request);
    if (mm_status_failed(status)) {
        mm_mapping_close(mapping);
        return status;
    }
    *mapping_out = mapping;
    return status;
}

void mm_mapping_close(struct mm_mapping *mapping)
{
    if (mapping == NULL) {
        return;
    }
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
