/* SPDX-License-Identifier: MIT */
/* The part of views that needs no system call; mapping a view is hot. */
#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/guard.h>
#include <mapmark/view.h>

#include "core.h"
#include "inject.h"
#include "internal.h"

/* What the opaque words of a view hold. */
enum word {
    WORD_CORE,   /* address of the core, and the bits below */
    WORD_OFFSET, /* of the view within the mapping */
    WORD_SEAL,   /* follows from everything else in the view */
};

/* A core is allocated, so the lowest bits of its address are free. A view for
 * writing has none of them. */
static const uint64_t private_bit = 1;
static const uint64_t read_only_bit = 2;
static const uint64_t access_mask = 3;

static atomic_uint_least64_t secret;

void mmi_view_make_secret(void)
{
    uint64_t expected = 0;

    if (atomic_load_explicit(&secret, memory_order_relaxed) == 0) {
        uint64_t value = (mm_clock_ns() ^ (uint64_t)(uintptr_t)&secret) | 1;

        atomic_compare_exchange_strong(&secret, &expected, value);
    }
}

/* Every call on a view computes this, so it is cheap: a polynomial whose
 * factors are odd, so that no change of a single word goes unseen. */
static uint64_t seal_of(const struct mm_view *view)
{
    /* 2^64 divided by the golden ratio, odd: spreads every bit upwards. */
    const uint64_t factor = 0x9E3779B97F4A7C15;
    uint64_t sum = (uint64_t)(uintptr_t)view->address;

    sum = sum * factor + view->size;
    sum = sum * factor + view->opaque[WORD_CORE];
    sum = sum * factor + view->opaque[WORD_OFFSET];
    return sum ^ atomic_load_explicit(&secret, memory_order_relaxed);
}

/* Only sealed words are trusted: a made-up core must never be looked at. What
 * is all zero has no core. */
static struct mmi_core *core_of(const struct mm_view *view)
{
    if (view == NULL || view->opaque[WORD_SEAL] != seal_of(view)) {
        return NULL;
    }
    return (struct mmi_core *)(uintptr_t)(view->opaque[WORD_CORE] &
                                          ~access_mask);
}

static bool is_private(const struct mm_view *view)
{
    return (view->opaque[WORD_CORE] & private_bit) != 0;
}

static enum mm_status check_access(const struct mmi_core *core,
                                   enum mm_access access)
{
    if (access == MM_VIEW_READ) {
        return MM_OK; /* to every mapping, and mostly */
    }
    switch (access) {
    case MM_VIEW_WRITE:
        return core->protection == MM_READ_WRITE ? MM_OK : MM_DENIED;
    case MM_VIEW_COPY:
        return core->protection != MM_READ_ONLY ? MM_OK : MM_DENIED;
    default:
        return MM_INVALID;
    }
}

static enum mm_status check_place(const struct mmi_core *core, uint64_t offset,
                                  size_t *size, const void *wanted)
{
    const size_t mask = MMI_GRANULARITY - 1;

    if ((offset & mask) != 0 || ((uintptr_t)wanted & mask) != 0) {
        return MM_MISALIGNED;
    }
    if (offset >= core->size || *size > core->size - offset) {
        return MM_OUT_OF_RANGE;
    }
    if (*size == 0) {
        if (core->size - offset > SIZE_MAX) {
            return MM_NO_MEMORY; /* of a machine with small addresses */
        }
        *size = (size_t)(core->size - offset);
    }
    return MM_OK;
}

static uint64_t access_bits(enum mm_access access)
{
    switch (access) {
    case MM_VIEW_READ:
        return read_only_bit;
    case MM_VIEW_COPY:
        return private_bit;
    default:
        return 0;
    }
}

static void seal(struct mm_view *view, struct mmi_core *core)
{
    mmi_core_keep(core);
    view->opaque[WORD_SEAL] = seal_of(view);
}

/* At an address that the caller wants. That is rare, and a function of its own,
 * which nothing is merged into, so that the other way stays short. */
MMI_APART static enum mm_status place_at(struct mmi_core *core,
                                         enum mm_access access, void *wanted,
                                         struct mm_view *view)
{
    enum mm_status status = mmi_view_place_at(core, view->opaque[WORD_OFFSET],
                                              view->size, access, wanted);

    view->address = wanted;
    if (status == MM_OK) {
        seal(view, core);
    }
    return status;
}

/* Everything but the address is written first, so that little has to be kept
 * in registers over the system call. */
static enum mm_status place(struct mmi_core *core, uint64_t offset, size_t size,
                            enum mm_access access, void *wanted,
                            struct mm_view *view_out)
{
    enum mm_status status;

    view_out->size = size;
    view_out->opaque[WORD_CORE] =
        (uint64_t)(uintptr_t)core | access_bits(access);
    view_out->opaque[WORD_OFFSET] = offset;
    if (wanted != NULL) {
        return place_at(core, access, wanted, view_out);
    }
    status = mmi_view_place(core, offset, size, access, &view_out->address);
    if (status == MM_OK) {
        seal(view_out, core);
    }
    return status;
}

MMI_APART static enum mm_status no_view(struct mm_view *view_out,
                                        enum mm_status status)
{
    memset(view_out, 0, sizeof(*view_out));
    return status;
}

enum mm_status mm_view_map(struct mm_mapping *mapping, uint64_t offset,
                           size_t size, enum mm_access access, void *wanted,
                           struct mm_view *view_out)
{
    enum mm_status status = MM_INVALID;

    mmi_inject();
    if (mapping != NULL) {
        status = check_access(mapping->core, access);
    }
    if (status == MM_OK) {
        status = check_place(mapping->core, offset, &size, wanted);
    }
    if (status == MM_OK) {
        status = place(mapping->core, offset, size, access, wanted, view_out);
    }
    return status == MM_OK ? MM_OK : no_view(view_out, status);
}

enum mm_status mm_view_unmap(struct mm_view *view)
{
    struct mmi_core *core = core_of(view);
    enum mm_status status;

    if (core == NULL) {
        return MM_INVALID;
    }
    status = mmi_view_remove(view->address, view->size);
    if (status == MM_OK) {
        memset(view, 0, sizeof(*view));
        mmi_core_release(core);
    }
    return status;
}

/* That a range lies within the view. On failure the core is NULL. */
static enum mm_status check_range(const struct mm_view *view, size_t offset,
                                  size_t size, const struct mmi_core **core_out)
{
    *core_out = core_of(view);
    if (*core_out == NULL) {
        return MM_INVALID;
    }
    if (offset > view->size || size > view->size - offset) {
        *core_out = NULL;
        return MM_OUT_OF_RANGE;
    }
    return MM_OK;
}

/* A range that a call on the view names: `*size` 0 means to the view's end, and
 * may still be 0 then. On failure the core is NULL. */
static enum mm_status find_octets(const struct mm_view *view, size_t offset,
                                  size_t *size,
                                  const struct mmi_core **core_out)
{
    enum mm_status status = check_range(view, offset, *size, core_out);

    if (*core_out != NULL && *size == 0) {
        *size = view->size - offset;
    }
    return status;
}

/* As find_octets(), with the whole pages around them, as the system wants them
 * unless it only counts. */
static enum mm_status find_range(const struct mm_view *view, size_t *offset,
                                 size_t *size, const struct mmi_core **core_out)
{
    enum mm_status status = find_octets(view, *offset, size, core_out);
    const struct mmi_core *core = *core_out;
    size_t before;

    if (core != NULL && *size != 0) {
        before = *offset & core->page_mask;
        *offset -= before;
        *size = (*size + before + core->page_mask) & ~core->page_mask;
    }
    return status;
}

enum mm_status mm_view_flush(const struct mm_view *view, size_t offset,
                             size_t size, enum mm_flush level)
{
    const struct mmi_core *core;
    enum mm_status status = find_range(view, &offset, &size, &core);
    char *address;

    mmi_inject();
    if (core == NULL) {
        return status;
    }
    if (level != MM_FLUSH_STARTED && level != MM_FLUSH_DURABLE) {
        return MM_INVALID;
    }
    if (size == 0 || !core->has_file || is_private(view)) {
        return MM_OK;
    }
    address = (char *)view->address + offset;
    if (level == MM_FLUSH_DURABLE) {
        return mmi_view_make_durable(core, address, size);
    }
    return mmi_view_start_writing(core, address,
                                  view->opaque[WORD_OFFSET] + offset, size);
}

enum mm_status mm_view_commit(const struct mm_view *view, size_t offset,
                              size_t size)
{
    const struct mmi_core *core;
    enum mm_status status = find_range(view, &offset, &size, &core);

    mmi_inject();
    if (core == NULL) {
        return status;
    }
    if ((view->opaque[WORD_CORE] & access_mask) != 0) {
        return MM_DENIED;
    }
    if (size == 0 || !core->reserved) {
        return MM_OK;
    }
    return mmi_view_commit(core, (char *)view->address + offset,
                           view->opaque[WORD_OFFSET] + offset, size);
}

enum mm_status mm_view_prefetch(const struct mm_view *view, size_t offset,
                                size_t size)
{
    const struct mmi_core *core;
    enum mm_status status = find_range(view, &offset, &size, &core);

    mmi_inject();
    if (core == NULL || size == 0) {
        return status;
    }
    return mmi_view_fetch((char *)view->address + offset, size);
}

enum mm_status mm_view_advise(const struct mm_view *view, size_t offset,
                              size_t size, enum mm_advice advice)
{
    const struct mmi_core *core;
    enum mm_status status = find_range(view, &offset, &size, &core);

    mmi_inject();
    if (core == NULL) {
        return status;
    }
    if (advice < MM_ADVICE_NORMAL || advice > MM_ADVICE_HUGE_PAGES) {
        return MM_INVALID;
    }
    if (size == 0) {
        return MM_OK;
    }
    return mmi_view_hint((char *)view->address + offset, size, advice);
}

struct copy {
    void *to;
    const void *from;
    size_t size;
};

static void copy_octets(void *context)
{
    const struct copy *copy = context;

    memcpy(copy->to, copy->from, copy->size);
}

/* Copying no octets is a success, where the range is one. */
static enum mm_status copy_guarded(const struct mm_view *view, size_t offset,
                                   const struct copy *copy)
{
    if (copy->size == 0) {
        return MM_OK;
    }
    return mm_guard_run((const char *)view->address + offset, copy->size,
                        copy_octets, (void *)(uintptr_t)copy);
}

enum mm_status mm_view_read(const struct mm_view *view, size_t offset,
                            void *buffer, size_t size)
{
    const struct mmi_core *core;
    enum mm_status status = check_range(view, offset, size, &core);
    struct copy copy = {buffer, NULL, size};

    mmi_inject();
    if (core == NULL) {
        return status;
    }
    copy.from = (const char *)view->address + offset;
    return copy_guarded(view, offset, &copy);
}

enum mm_status mm_view_write(const struct mm_view *view, size_t offset,
                             const void *buffer, size_t size)
{
    const struct mmi_core *core;
    enum mm_status status = check_range(view, offset, size, &core);
    struct copy copy = {NULL, buffer, size};

    mmi_inject();
    if (core == NULL) {
        return status;
    }
    if ((view->opaque[WORD_CORE] & read_only_bit) != 0) {
        return MM_DENIED;
    }
    copy.to = (char *)view->address + offset;
    return copy_guarded(view, offset, &copy);
}

enum mm_status mm_view_cached(const struct mm_view *view, size_t offset,
                              size_t size, uint64_t *cached_out)
{
    const struct mmi_core *core;
    enum mm_status status = find_octets(view, offset, &size, &core);

    *cached_out = 0;
    if (core == NULL || size == 0) {
        return status;
    }
    return mmi_view_cached(core, view->opaque[WORD_OFFSET] + offset, size,
                           cached_out);
}

enum mm_status mm_view_in_working_set(const struct mm_view *view, size_t offset,
                                      size_t size, uint64_t *present_out)
{
    const struct mmi_core *core;
    enum mm_status status = find_octets(view, offset, &size, &core);

    *present_out = 0;
    if (core == NULL || size == 0) {
        return status;
    }
    return mmi_view_in_working_set((const char *)view->address + offset, size,
                                   present_out);
}
