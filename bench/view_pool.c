/* SPDX-License-Identifier: MIT */
#include "view_pool.h"

#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/guard.h>

enum {
    /* A move takes a few microseconds, and three readings of the clock would
     * be several percent of that. So the first moves are timed, and later one
     * of each eight, by chance, which then stands for them. Were each timed by
     * a chance of its own, they would stand for more or fewer than there are,
     * and might take longer than the walk. */
    MOVES_TIMED = 256,
    MOVES_PER_TIMED = 8,
};

/* One move: how much its times count, 0 when it is not timed. */
struct stopwatch {
    struct bench_phases *phases;
    uint64_t weight;
    uint64_t clock;
};

static struct stopwatch start_move(struct view_pool *pool)
{
    struct stopwatch watch = {.phases = &pool->phases};
    uint64_t place = pool->moves++ % MOVES_PER_TIMED;

    if (place == 0) {
        pool->chance = pool->chance * UINT64_C(6364136223846793005) + 1;
    }
    if (pool->moves <= MOVES_TIMED) {
        watch.weight = 1;
    } else if (pool->chance >> 61 == place) { /* 61: a number below eight */
        watch.weight = MOVES_PER_TIMED;
    }
    if (watch.weight > 0) {
        watch.clock = mm_clock_ns();
        pool->phases.readings++;
    }
    return watch;
}

static void tick(struct stopwatch *watch, enum bench_phase phase)
{
    uint64_t now;

    if (watch->weight == 0) {
        return;
    }
    now = mm_clock_ns();
    watch->phases->ns[phase] += watch->weight * (now - watch->clock);
    watch->phases->readings++;
    watch->clock = now;
}

void view_pool_open(struct view_pool *pool, const struct view_pool_plan *plan,
                    struct mm_mapping *mapping, uint64_t file_bytes)
{
    memset(pool, 0, sizeof(*pool));
    pool->plan = plan;
    pool->mapping = mapping;
    pool->file_bytes = file_bytes;
    pool->tried = "";
}

static enum mm_status empty_slot(struct view_pool *pool,
                                 struct view_pool_slot *slot,
                                 struct stopwatch *watch)
{
    enum mm_status status = MM_OK, unmapped;

    if (slot->view.address == NULL) {
        return MM_OK;
    }
    if (pool->plan->flushed) {
        pool->tried = "flush a view";
        status = mm_view_flush(&slot->view, 0, 0, MM_FLUSH_STARTED);
        tick(watch, BENCH_PHASE_FLUSH);
    }
    unmapped = mm_view_unmap(&slot->view);
    tick(watch, BENCH_PHASE_UNMAP);
    return status != MM_OK ? status : unmapped;
}

static enum mm_status fill_slot(struct view_pool *pool,
                                struct view_pool_slot *slot, uint64_t offset,
                                struct stopwatch *watch)
{
    const struct view_pool_plan *plan = pool->plan;
    uint64_t left;
    enum mm_status status;

    slot->start = offset / plan->start_bytes * plan->start_bytes;
    left = pool->file_bytes - slot->start;
    pool->tried = "map a view";
    status =
        mm_view_map(pool->mapping, slot->start,
                    (size_t)(left < plan->view_bytes ? left : plan->view_bytes),
                    plan->access, NULL, &slot->view);
    tick(watch, BENCH_PHASE_MAP);
    pool->maps++;
    return status;
}

static bool holds(const struct view_pool_slot *slot, uint64_t offset,
                  size_t size)
{
    return slot->view.address != NULL && offset >= slot->start &&
           offset + size <= slot->start + slot->view.size;
}

/* The slot that holds the octets; else the one that was used least recently,
 * and so an empty one first. */
static struct view_pool_slot *choose_slot(struct view_pool *pool,
                                          uint64_t offset, size_t size)
{
    struct view_pool_slot *oldest = &pool->slots[0];

    for (unsigned i = 0; i < pool->plan->views; i++) {
        struct view_pool_slot *slot = &pool->slots[i];

        if (holds(slot, offset, size)) {
            return slot;
        }
        oldest = slot->used < oldest->used ? slot : oldest;
    }
    return oldest;
}

enum mm_status view_pool_move(struct view_pool *pool, uint64_t offset,
                              size_t size, unsigned char **octets_out)
{
    struct view_pool_slot *slot = choose_slot(pool, offset, size);
    enum mm_status status = MM_OK;

    if (!holds(slot, offset, size)) {
        struct stopwatch watch = start_move(pool);

        status = empty_slot(pool, slot, &watch);
        if (status == MM_OK) {
            status = fill_slot(pool, slot, offset, &watch);
        }
    }
    if (status != MM_OK) {
        pool->last = NULL;
        *octets_out = NULL;
        return status;
    }
    slot->used = ++pool->uses;
    pool->last = slot;
    mm_guard_move(slot->view.address, slot->view.size);
    *octets_out = (unsigned char *)slot->view.address + (offset - slot->start);
    return MM_OK;
}

enum mm_status view_pool_drop(struct view_pool *pool)
{
    struct view_pool_slot *slot = pool->last;
    struct stopwatch watch;

    pool->last = NULL;
    if (slot == NULL) {
        return MM_OK;
    }
    watch = start_move(pool);
    slot->used = 0;
    return empty_slot(pool, slot, &watch);
}

enum mm_status view_pool_close(struct view_pool *pool)
{
    enum mm_status status = MM_OK;

    for (unsigned i = 0; i < pool->plan->views; i++) {
        pool->last = &pool->slots[i];
        if (status == MM_OK) {
            status = view_pool_drop(pool);
        } else {
            mm_view_unmap(&pool->slots[i].view);
        }
    }
    pool->last = NULL;
    return status;
}
