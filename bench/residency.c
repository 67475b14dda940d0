/* SPDX-License-Identifier: MIT */
#include "residency.h"

#include <string.h>

#include <mapmark/guard.h>

struct watch {
    const struct sampler *sampler;
    struct view_pool_plan plan;
    struct view_pool pool;
    enum mm_status status;
    uint64_t checksum; /* so that touching is no dead code */
};

/* One view of the whole file is a pool whose only view never moves. */
static struct view_pool_plan plan_of(const struct sampler *sampler)
{
    uint64_t size = sampler->work->trace->file_size;
    uint64_t granule = mm_granularity();
    struct view_pool_plan plan = sampler->window;

    if (sampler->job->way != WAY_MAPPED_WINDOW) {
        plan.view_bytes = (size + granule - 1) / granule * granule;
        plan.start_bytes = plan.view_bytes;
        plan.views = 1;
    }
    plan.flushed = false;
    return plan;
}

static void touch_all(void *context)
{
    struct watch *watch = context;
    const struct trace *trace = watch->sampler->work->trace;

    watch->pool.last = NULL; /* this guard watches no view yet */
    for (size_t i = 0; watch->status == MM_OK && i < trace->count; i++) {
        uint64_t offset = trace_offset(trace, i);
        size_t size = trace_size(trace, offset);
        unsigned char *octets = NULL;

        watch->status = view_pool_reach(&watch->pool, offset, size, &octets);
        if (watch->status == MM_OK) {
            watch->checksum = consumer_chain(
                watch->checksum, consumer_eat(CONSUMER_TOUCH, octets, size,
                                              watch->sampler->page_size));
        }
    }
}

static enum mm_status count_views(const struct watch *watch,
                                  uint64_t *mapped_out, uint64_t *resident_out)
{
    enum mm_status status = MM_OK;

    *mapped_out = 0;
    *resident_out = 0;
    for (unsigned i = 0; status == MM_OK && i < watch->plan.views; i++) {
        const struct mm_view *view = &watch->pool.slots[i].view;
        uint64_t resident = 0;

        if (view->address != NULL) {
            status = mm_view_in_working_set(view, 0, 0, &resident);
            *mapped_out += view->size;
            *resident_out += resident;
        }
    }
    return status;
}

enum mm_status residency_watch(const struct sampler *sampler,
                               struct residency *residency_out)
{
    struct watch watch = {.sampler = sampler, .plan = plan_of(sampler)};
    const struct trace *trace = sampler->work->trace;
    uint64_t first = trace_offset(trace, 0), mapped;
    unsigned char *octets;
    enum mm_status status, closed;

    memset(residency_out, 0, sizeof(*residency_out));
    view_pool_open(&watch.pool, &watch.plan, sampler->mapping,
                   trace->file_size);
    status =
        view_pool_reach(&watch.pool, first, trace_size(trace, first), &octets);
    if (status == MM_OK) {
        status = count_views(&watch, &mapped, &residency_out->before);
    }
    if (status == MM_OK) {
        status = mm_guard_run(NULL, 0, touch_all, &watch);
    }
    if (status == MM_OK) {
        status = watch.status;
    }
    if (status == MM_OK) {
        status =
            count_views(&watch, &residency_out->mapped, &residency_out->after);
    }
    closed = view_pool_close(&watch.pool);
    return status != MM_OK ? status : closed;
}
