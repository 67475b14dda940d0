/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <mapmark/event.h>

#include "rally.h"
#include "support.h"

enum {
    SIDES = 2,
    /* Octets: each number has a line of the cache for itself. */
    LINE = 64,
    SIZE = SIDES * LINE,
    CPUS_MAX = 1024,
};

/* What a side sees of the other. The numbers are plain memory: only the events
 * order them (S29). */
struct side {
    struct mm_event *own; /* set by the other side */
    struct mm_event *others;
    struct mm_event *never;
    struct mm_mapping *mapping;
    struct mm_view view;
    uint64_t *sent;
    const uint64_t *received;
    uint32_t random;
};

static bool open_event(const char *name, int number, struct mm_event **event)
{
    char full[SUPPORT_NAME_ROOM + 8];
    struct mm_event_options options = {.name = full};

    snprintf(full, sizeof(full), "%s.%d", name, number);
    return !mm_status_failed(mm_event_create(&options, event));
}

static bool open_numbers(const char *name, struct side *side)
{
    struct mm_mapping_options options = {
        .size = SIZE,
        .protection = MM_READ_WRITE,
        .name = name,
    };

    return !mm_status_failed(
               mm_mapping_create(NULL, &options, &side->mapping)) &&
           mm_view_map(side->mapping, 0, 0, MM_VIEW_WRITE, NULL, &side->view) ==
               MM_OK;
}

/* That this process may use. */
static unsigned first_cpu(void)
{
    unsigned cpu = 0;

    while (cpu < CPUS_MAX && mm_process_pin(cpu) != MM_OK) {
        cpu++;
    }
    return cpu;
}

static bool open_side(const struct rally_plan *plan, struct side *side)
{
    struct {
        _Alignas(LINE) uint64_t number;
    } * lines;

    memset(side, 0, sizeof(*side));
    side->random = plan->seed | 1;
    if (plan->pinned && mm_process_pin(first_cpu()) != MM_OK) {
        return false;
    }
    if (!open_event(plan->name, plan->side, &side->own) ||
        !open_event(plan->name, 1 - plan->side, &side->others) ||
        !open_event(plan->name, SIDES + plan->side, &side->never) ||
        !open_numbers(plan->name, side)) {
        return false;
    }
    lines = side->view.address;
    side->sent = &lines[plan->side].number;
    side->received = &lines[1 - plan->side].number;
    return true;
}

static void close_side(struct side *side)
{
    mm_view_unmap(&side->view);
    mm_mapping_close(side->mapping);
    mm_event_close(side->own);
    mm_event_close(side->others);
    mm_event_close(side->never);
}

/* Half of the time none, else short ones more often than long ones. */
static void delay(struct side *side, uint32_t bits)
{
    uint32_t random = support_random(&side->random);
    uint32_t turns = 0;

    if ((random & 1) != 0) {
        turns = (random >> 8) & ((1U << ((random >> 1) % (bits + 1))) - 1);
    }
    for (volatile uint32_t i = 0; i < turns; i++) {
    }
}

static bool serve(struct side *side, const struct rally_plan *plan,
                  uint64_t number)
{
    delay(side, plan->delay_bits);
    *side->sent = number;
    return mm_event_set(side->others) == MM_OK;
}

static enum mm_status wait_for_turn(const struct side *side,
                                    const struct rally_plan *plan)
{
    struct mm_waitable *both[] = {mm_event_waitable(side->never),
                                  mm_event_waitable(side->own)};
    size_t index;

    return plan->any ? mm_wait_any(both, 2, &plan->policy, SUPPORT_PATIENCE_NS,
                                   &index)
                     : mm_wait(both[1], &plan->policy, SUPPORT_PATIENCE_NS);
}

static bool receive(struct side *side, const struct rally_plan *plan,
                    uint64_t number)
{
    return wait_for_turn(side, plan) == MM_OK && *side->received == number;
}

uint64_t rally_play(const struct rally_plan *plan)
{
    bool begins = plan->side == 0;
    uint64_t number = 0;
    struct side side;

    if (open_side(plan, &side)) {
        bool fine = true;

        while (fine && number < plan->rounds) {
            uint64_t next = number + 1;

            fine = begins
                       ? serve(&side, plan, next) && receive(&side, plan, next)
                       : receive(&side, plan, next) && serve(&side, plan, next);
            number += fine;
        }
    }
    close_side(&side);
    return number;
}
