/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <mapmark/once.h>
#include <mapmark/view.h>

#include "once.h"

/* What the caller wants done, and to what. */
struct job {
    mm_once_initialise *initialise;
    void *context;
    struct mm_view view;
};

static enum mm_status check(const struct mm_mapping_options *options,
                            mm_once_initialise *initialise)
{
    if (options == NULL || options->name == NULL || initialise == NULL) {
        return MM_INVALID;
    }
    return (options->flags & ~(unsigned)MM_MAPPING_INHERIT) != 0 ? MM_INVALID
                                                                 : MM_OK;
}

/* The mark is set before the first octet, so a death in between is seen. */
static enum mm_status build(struct mmi_once *once, const struct job *job)
{
    enum mm_status status = mmi_once_set(once, MMI_ONCE_BEGUN);

    if (status != MM_OK) {
        return status;
    }
    status = job->initialise(job->view.address, job->view.size, job->context);
    if (!mm_status_failed(status)) {
        return mmi_once_set(once, MMI_ONCE_READY);
    }
    memset(job->view.address, 0, job->view.size);
    mmi_once_set(once, MMI_ONCE_RAW);
    return status;
}

static enum mm_status build_from(struct mmi_once *once,
                                 enum mmi_once_state state,
                                 struct mm_mapping *mapping, struct job *job)
{
    enum mm_status status =
        mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, &job->view);

    if (status != MM_OK) {
        return status;
    }
    if (state == MMI_ONCE_BEGUN) {
        memset(job->view.address, 0, job->view.size);
    }
    status = build(once, job);
    mm_view_unmap(&job->view);
    return status;
}

static enum mm_status open_initialised(const struct mm_mapping_options *options,
                                       const struct mmi_name *name,
                                       struct job *job,
                                       struct mm_mapping **mapping_out)
{
    enum mmi_once_state state = MMI_ONCE_RAW;
    struct mmi_once once;
    enum mm_status status = mmi_once_begin(name, &once);

    if (status == MM_OK) {
        status = mmi_mapping_create_marked(options, mapping_out);
    }
    if (!mm_status_failed(status)) {
        status = mmi_once_look(&once, *mapping_out, &state);
    }
    if (status == MM_OK) {
        status = state == MMI_ONCE_READY
                     ? MM_ALREADY_EXISTS
                     : build_from(&once, state, *mapping_out, job);
    }
    mmi_once_end(&once);
    if (mm_status_failed(status)) {
        mm_mapping_close(*mapping_out);
        *mapping_out = NULL;
    }
    return status;
}

/* It had to be made for writing; the caller may have asked for less. */
static enum mm_status narrow(const struct mm_mapping_options *options,
                             struct mm_mapping **mapping_in_out)
{
    struct mm_mapping *mapping = *mapping_in_out;
    enum mm_status status;

    if (options->protection == MM_READ_WRITE && options->flags == 0) {
        return MM_OK;
    }
    status = mm_mapping_duplicate(mapping, options->protection, options->flags,
                                  mapping_in_out);
    mm_mapping_close(mapping);
    return status;
}

enum mm_status mm_once_open(const struct mm_mapping_options *options,
                            mm_once_initialise *initialise, void *context,
                            struct mm_mapping **mapping_out)
{
    enum mm_status status = check(options, initialise);
    struct job job = {.initialise = initialise, .context = context};
    struct mmi_name name;

    *mapping_out = NULL;
    if (status == MM_OK) {
        status = mmi_name_parse(options->name, &name);
    }
    if (status == MM_OK) {
        status = open_initialised(options, &name, &job, mapping_out);
    }
    if (!mm_status_failed(status)) {
        enum mm_status narrowed = narrow(options, mapping_out);

        status = narrowed != MM_OK ? narrowed : status;
    }
    return status;
}
