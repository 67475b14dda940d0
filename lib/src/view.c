/* SPDX-License-Identifier: MIT */
/* The part of views that needs no system call; mapping a view is hot. */
#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/view.h>

#include "core.h"
#include "internal.h"

/* What the opaque words of a view hold. */
enum word {
    WORD_CORE,   /* address of the core; its lowest bits are the two below */
    WORD_OFFSET, /* of the view within the mapping */
    WORD_SEAL,   /* follows from everything else in the view */
};

static const uint64_t private_bit = 1;
static const uint64_t read_only_bit = 2;

static atomic_uint_least64_t secret;

/* Mixed from what the addresses and the clock of this process are: a guard
 * against mistakes, not against an attacker, who could read it anyway. */
static uint64_t get_secret(void)
{
    uint64_t value = atomic_load_explicit(&secret, memory_order_relaxed);
    uint64_t expected = 0;

    if (value != 0) {
        return value;
    }
    value = (mm_clock_ns() ^ (uint64_t)(uintptr_t)&secret) | 1;
    if (!atomic_compare_exchange_strong(&secret, &expected, value)) {
        return expected;
    }
    return value;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    /* 2^64 divided by the golden ratio, odd: spreads every bit upwards. */
    hash = (hash ^ word) * 0x9E3779B97F4A7C15;
    return hash ^ (hash >> 32);
}

static uint64_t seal_of(const struct mm_view *view)
{
    uint64_t hash = mix(get_secret(), (uint64_t)(uintptr_t)view->address);

    hash = mix(hash, view->size);
    hash = mix(hash, view->opaque[WORD_CORE]);
    return mix(hash, view->opaque[WORD_OFFSET]) | 1;
}

/* Only sealed words are trusted: a made-up core must never be looked at. */
static struct mmi_core *core_of(const struct mm_view *view)
{
    if (view == NULL || view->opaque[WORD_SEAL] == 0 ||
        view->opaque[WORD_SEAL] != seal_of(view)) {
        return NULL;
    }
    return (struct mmi_core *)(uintptr_t)(view->opaque[WORD_CORE] &
                                          ~(private_bit | read_only_bit));
}

static bool is_private(const struct mm_view *view)
{
    return (view->opaque[WORD_CORE] & private_bit) != 0;
}

static uint64_t access_bit(enum mm_access access)
{
    switch (access) {
    case MM_VIEW_READ:
        return read_only_bit;
    case MM_VIEW_COPY:
        return private_bit;
    case MM_VIEW_WRITE:
    default:
        return 0;
    }
}

static enum mm_status check_access(const struct mmi_core *core,
                                   enum mm_access access)
{
    switch (access) {
    case MM_VIEW_READ:
        return MM_OK;
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
    const size_t mask = mm_granularity() - 1;

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

enum mm_status mm_view_map(struct mm_mapping *mapping, uint64_t offset,
                           size_t size, enum mm_access access, void *wanted,
                           struct mm_view *view_out)
{
    struct mm_view view = {0};
    enum mm_status status;
    struct mmi_core *core;

    memset(view_out, 0, sizeof(*view_out));
    if (mapping == NULL) {
        return MM_INVALID;
    }
    core = mapping->core;
    status = check_access(core, access);
    if (status == MM_OK) {
        status = check_place(core, offset, &size, wanted);
    }
    if (status == MM_OK) {
        status =
            mmi_view_place(core, offset, size, access, wanted, &view.address);
    }
    if (status != MM_OK) {
        return status;
    }
    mmi_core_keep(core);
    view.size = size;
    view.opaque[WORD_CORE] = (uint64_t)(uintptr_t)core | access_bit(access);
    view.opaque[WORD_OFFSET] = offset;
    view.opaque[WORD_SEAL] = seal_of(&view);
    *view_out = view;
    return MM_OK;
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

/* Cut a range to the view; `*size` 0 means to its end. */
static enum mm_status check_range(const struct mm_view *view, size_t offset,
                                  size_t *size)
{
    if (offset > view->size || *size > view->size - offset) {
        return MM_OUT_OF_RANGE;
    }
    if (*size == 0) {
        *size = view->size - offset;
    }
    return MM_OK;
}

enum mm_status mm_view_flush(const struct mm_view *view, size_t offset,
                             size_t size, enum mm_flush level)
{
    const struct mmi_core *core = core_of(view);
    enum mm_status status;
    char *address;

    if (core == NULL ||
        (level != MM_FLUSH_STARTED && level != MM_FLUSH_DURABLE)) {
        return MM_INVALID;
    }
    status = check_range(view, offset, &size);
    if (status != MM_OK || size == 0 || !core->has_file || is_private(view)) {
        return status;
    }
    address = (char *)view->address + offset;
    if (level == MM_FLUSH_DURABLE) {
        return mmi_view_make_durable(core, address, size);
    }
    return mmi_view_start_writing(core, address,
                                  view->opaque[WORD_OFFSET] + offset, size);
}

/* The address of a range that a call on the view names, NULL for none. */
static enum mm_status find_range(const struct mm_view *view, size_t offset,
                                 size_t *size, void **address_out)
{
    enum mm_status status;

    *address_out = NULL;
    if (core_of(view) == NULL) {
        return MM_INVALID;
    }
    status = check_range(view, offset, size);
    if (status == MM_OK && *size != 0) {
        *address_out = (char *)view->address + offset;
    }
    return status;
}

enum mm_status mm_view_commit(const struct mm_view *view, size_t offset,
                              size_t size)
{
    const struct mmi_core *core;
    void *address;
    enum mm_status status = find_range(view, offset, &size, &address);

    if (status != MM_OK) {
        return status;
    }
    if ((view->opaque[WORD_CORE] & (private_bit | read_only_bit)) != 0) {
        return MM_DENIED;
    }
    core = core_of(view);
    if (address == NULL || !core->reserved) {
        return MM_OK;
    }
    return mmi_view_commit(core, address, view->opaque[WORD_OFFSET] + offset,
                           size);
}

enum mm_status mm_view_prefetch(const struct mm_view *view, size_t offset,
                                size_t size)
{
    void *address;
    enum mm_status status = find_range(view, offset, &size, &address);

    return address == NULL ? status : mmi_view_fetch(address, size);
}

enum mm_status mm_view_advise(const struct mm_view *view, size_t offset,
                              size_t size, enum mm_advice advice)
{
    void *address;
    enum mm_status status;

    if (advice < MM_ADVICE_NORMAL || advice > MM_ADVICE_HUGE_PAGES) {
        return MM_INVALID;
    }
    status = find_range(view, offset, &size, &address);
    return address == NULL ? status : mmi_view_hint(address, size, advice);
}

enum mm_status mm_view_cached(const struct mm_view *view, size_t offset,
                              size_t size, uint64_t *cached_out)
{
    void *address;
    enum mm_status status = find_range(view, offset, &size, &address);

    *cached_out = 0;
    return address == NULL ? status
                           : mmi_view_cached(core_of(view),
                                             view->opaque[WORD_OFFSET] + offset,
                                             size, cached_out);
}

enum mm_status mm_view_in_working_set(const struct mm_view *view, size_t offset,
                                      size_t size, uint64_t *present_out)
{
    void *address;
    enum mm_status status = find_range(view, offset, &size, &address);

    *present_out = 0;
    return address == NULL
               ? status
               : mmi_view_in_working_set(address, size, present_out);
}
