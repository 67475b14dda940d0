/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "partner.h"
#include "shim.h"

const char *const talk_placements[] = {"cross", "same", NULL};

enum {
    /* Round trips before anything is counted: both sides have then run, and
     * touched what they touch. */
    WARM_UP = 64,
    /* How often a side looks where it is, in round trips. */
    LOOK_EVERY = 64,
};

/* What the partner is to do beside answering. */
enum order {
    ORDER_NOTHING,
    ORDER_ACCOUNT, /* begin to count what it uses, then answer */
    ORDER_LEAVE,   /* tell what it has used, then answer for the last time */
};

/* What one side says to the other. */
struct line {
    _Alignas(CHANNEL_LINE) _Atomic uint64_t said;
};

/* What both processes see. */
struct page {
    struct line lines[CHANNEL_SIDES];
    unsigned char memory[CHANNEL_MEMORY]; /* begins with a cache line */
    /* Read in every round trip, and written a few times: with what side 0 has
     * written before the partner starts. */
    atomic_int order;
    unsigned cpu;
    uint64_t place;
    uint64_t policy;
    uint64_t octets;
    /* Of side 1, before its last word. */
    _Alignas(CHANNEL_LINE) struct mm_process_usage used;
    uint64_t heard;
    uint64_t wrong;
    enum mm_status usage_known;
    bool moved;
};

_Static_assert(offsetof(struct page, memory) % CHANNEL_LINE == 0 &&
                   CHANNEL_MEMORY % CHANNEL_LINE == 0,
               "parts that two CPUs write share no cache line");

/* One side of it. */
struct side {
    struct page *page;
    struct channel channel;
    unsigned char *buffer; /* of a message, where the kind carries any */
    size_t octets;
    uint64_t heard;
    uint64_t wrong; /* of those */
    unsigned cpu;   /* where it is to run */
    bool moved;     /* it was seen elsewhere */
};

struct talk {
    struct side side;
    struct partner_stage stage;
    struct mm_process *partner;
    struct shim_watch *watch;
    atomic_bool gone; /* the partner, before it was told to leave */
    uint64_t said;    /* last */
    uint64_t asked;   /* round trips */
    bool ended;
};

/* ---- saying and hearing -------------------------------------------------- */

/* Octets of a number that a message has room for: the low ones come first. */
static size_t number_size(const struct side *side)
{
    return side->octets < sizeof(uint64_t) ? side->octets : sizeof(uint64_t);
}

static enum mm_status say(struct side *side, uint64_t number)
{
    unsigned to = 1 - side->channel.me;

    if (side->buffer != NULL) {
        memcpy(side->buffer, &number, number_size(side));
    } else {
        atomic_store_explicit(&side->page->lines[to].said, number,
                              memory_order_relaxed);
    }
    return side->channel.kind->wake(&side->channel, to, side->buffer,
                                    side->octets);
}

static enum mm_status hear(struct side *side, uint64_t expected)
{
    enum mm_status status =
        side->channel.kind->wait(&side->channel, side->buffer, side->octets);
    bool right;

    if (side->buffer != NULL) {
        right = memcmp(side->buffer, &expected, number_size(side)) == 0;
    } else {
        right = atomic_load_explicit(&side->page->lines[side->channel.me].said,
                                     memory_order_relaxed) == expected;
    }
    side->wrong += right ? 0 : 1;
    side->heard++;
    if (side->heard % LOOK_EVERY == 0 && mm_process_cpu() != side->cpu) {
        side->moved = true;
    }
    return status;
}

/* A side without a kind has nothing of it to close. */
static enum mm_status open_side(struct side *side, unsigned me,
                                const struct channel_kind *kind)
{
    side->octets = side->page->octets;
    side->cpu = side->page->cpu;
    if (kind->carries) {
        side->buffer = calloc(1, side->octets);
        if (side->buffer == NULL) {
            return MM_NO_MEMORY;
        }
    }
    side->channel.kind = kind;
    side->channel.me = me;
    side->channel.policy = (enum channel_policy)side->page->policy;
    side->channel.memory = side->page->memory;
    return MM_OK;
}

static void close_side(struct side *side)
{
    if (side->channel.kind != NULL) {
        side->channel.kind->close(&side->channel);
    }
    free(side->buffer);
}

/* ---- the partner --------------------------------------------------------- */

static void report(struct side *side, const struct mm_process_usage *before)
{
    struct page *page = side->page;
    struct mm_process_usage now;

    page->heard = side->heard;
    page->wrong = side->wrong;
    page->moved = side->moved;
    if (page->usage_known == MM_OK) {
        page->usage_known = mm_process_get_usage(NULL, &now);
    }
    if (page->usage_known != MM_OK) {
        return;
    }
    page->used = partner_used(before, &now);
}

/* Answer until told to leave. */
static enum mm_status answer(struct side *side)
{
    struct mm_process_usage before = {0};
    int order = ORDER_NOTHING;
    enum mm_status status = say(side, 0);
    uint64_t number = 1;

    while (status == MM_OK && order != ORDER_LEAVE) {
        status = hear(side, number);
        order = atomic_load_explicit(&side->page->order, memory_order_relaxed);
        if (order == ORDER_LEAVE) {
            report(side, &before);
        } else if (order == ORDER_ACCOUNT) {
            side->page->usage_known = mm_process_get_usage(NULL, &before);
        }
        if (status == MM_OK) {
            status = say(side, number + 1);
        }
        number += 2;
    }
    return status;
}

int talk_play(void *memory, unsigned index, const void *context)
{
    const struct talk_kinds *kinds = context;
    struct side side = {.page = memory};
    enum mm_status status =
        side.page->place < kinds->count ? MM_OK : MM_INVALID;

    (void)index;
    if (status == MM_OK) {
        status = open_side(&side, 1, kinds->list[side.page->place]);
    }
    if (status == MM_OK) {
        status = side.channel.kind->join(&side.channel);
    }
    if (status == MM_OK) {
        status = mm_process_pin(side.cpu);
    }
    if (status == MM_OK) {
        status = answer(&side);
    }
    close_side(&side);
    return (int)status;
}

/* ---- the side that measures ---------------------------------------------- */

/* Put this side on the first CPU, and choose the partner's. */
static enum mm_status place(struct talk *talk, enum talk_placement placement)
{
    unsigned mine, other;
    enum mm_status status = partner_take_cpu(0, &mine);

    if (status == MM_OK && placement == TALK_CROSS) {
        status = partner_take_cpu(mine + 1, &other);
        if (status == MM_OK) {
            status = mm_process_pin(mine);
        }
    } else {
        other = mine;
    }
    if (status == MM_OK) {
        talk->side.cpu = mine;
        talk->side.page->cpu = other;
    }
    return status;
}

static enum mm_status share_page(struct talk *talk,
                                 const struct talk_options *options)
{
    enum mm_status status =
        partner_stage_make(sizeof(struct page), &talk->stage);
    struct page *page = talk->stage.memory;

    if (status == MM_OK) {
        talk->side.page = page;
        page->place = options->place;
        page->policy = options->policy;
        page->octets = options->octets;
    }
    return status;
}

static void partner_gone(void *context)
{
    struct talk *talk = context;
    struct channel *channel = &talk->side.channel;

    atomic_store(&talk->gone, true);
    if (channel->kind->gone != NULL) {
        channel->kind->gone(channel);
    } else if (!channel->kind->carries) {
        (void)channel->kind->wake(channel, channel->me, NULL, 0);
    }
}

static enum mm_status start_partner(struct talk *talk)
{
    struct channel *channel = &talk->side.channel;
    enum mm_status status =
        partner_start(&talk->stage, PARTNER_TALKS, 1, &talk->partner);

    if (channel->kind->started != NULL) {
        channel->kind->started(channel);
    }
    if (status == MM_OK) {
        status =
            shim_watch_start(talk->partner, partner_gone, talk, &talk->watch);
    }
    return status;
}

static enum mm_status begin(struct talk *talk,
                            const struct talk_options *options,
                            const char **tried_out)
{
    enum mm_status status;

    *tried_out = "share memory with a partner";
    status = share_page(talk, options);
    if (status == MM_OK) {
        status = open_side(&talk->side, 0, options->kind);
    }
    if (status == MM_OK) {
        *tried_out = "make what is measured";
        status = options->kind->make(&talk->side.channel);
    }
    if (status == MM_OK) {
        *tried_out = "find a CPU for each side";
        status = place(talk, options->placement);
    }
    if (status == MM_OK) {
        *tried_out = "start a partner";
        status = start_partner(talk);
    }
    if (status == MM_OK) {
        *tried_out = "hear from the partner";
        status = hear(&talk->side, 0);
    }
    return status == MM_OK ? talk_round_trips(talk, WARM_UP) : status;
}

enum mm_status talk_open(const struct talk_options *options,
                         struct talk **talk_out, struct bench_reason *reason)
{
    struct talk *talk = calloc(1, sizeof(*talk));
    const char *tried;
    enum mm_status status;

    *talk_out = NULL;
    if (talk == NULL) {
        return MM_NO_MEMORY;
    }
    status = begin(talk, options, &tried);
    if (status == MM_OK && atomic_load(&talk->gone)) {
        status = MM_CLOSED;
    }
    if (status != MM_OK) {
        bench_explain(reason, "%s: %s", tried, mm_status_text(status));
        talk_close(talk);
        return status;
    }
    *talk_out = talk;
    return MM_OK;
}

enum mm_status talk_round_trips(struct talk *talk, uint64_t count)
{
    struct side *side = &talk->side;
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < count; i++) {
        uint64_t wrong = side->wrong;

        talk->said += 2;
        status = say(side, talk->said - 1);
        if (status == MM_OK) {
            status = hear(side, talk->said);
        }
        if (side->wrong != wrong && atomic_load(&talk->gone)) {
            status = MM_CLOSED;
        }
    }
    talk->asked += count;
    return status;
}

enum mm_status talk_account(struct talk *talk)
{
    struct page *page = talk->side.page;
    enum mm_status status;

    atomic_store(&page->order, ORDER_ACCOUNT);
    status = talk_round_trips(talk, 1);
    atomic_store(&page->order, ORDER_NOTHING);
    return status;
}

/* Unless it has gone, or would not understand. */
static enum mm_status dismiss(struct talk *talk)
{
    struct side *side = &talk->side;
    enum mm_status status;

    if (talk->ended || side->wrong > 0 || atomic_load(&talk->gone)) {
        return MM_CLOSED;
    }
    talk->ended = true;
    atomic_store(&side->page->order, ORDER_LEAVE);
    talk->said += 2;
    status = say(side, talk->said - 1);
    return status == MM_OK ? hear(side, talk->said) : status;
}

void talk_end(struct talk *talk, struct bench_run *run)
{
    const struct side *side = &talk->side;
    const struct page *page = side->page;

    if (side->wrong > 0) {
        bench_judge(run, BENCH_VOID,
                    "%" PRIu64 " of %" PRIu64
                    " answers were not the partner's: this process talked to "
                    "itself, or an answer was lost",
                    side->wrong, side->heard);
        return;
    }
    if (!bench_check(run, dismiss(talk), "hear the partner's last word")) {
        return;
    }
    if (page->usage_known == MM_OK) {
        partner_count(run, &page->used);
    }
    /* What told it to leave was no round trip. */
    if (page->wrong > 0 || page->heard != talk->asked + 1 || side->wrong > 0) {
        bench_judge(run, BENCH_VOID,
                    "the partner heard %" PRIu64 " of %" PRIu64
                    " round trips, %" PRIu64 " of them wrong",
                    page->heard - 1, talk->asked, page->wrong);
    }
    if (side->moved || page->moved) {
        bench_judge(run, BENCH_VOID,
                    "%s was seen on another CPU than it was put on",
                    side->moved ? "this side" : "the partner");
    }
}

void talk_close(struct talk *talk)
{
    if (talk == NULL) {
        return;
    }
    if (talk->watch != NULL) {
        (void)dismiss(talk);
        if (!talk->ended || talk->side.wrong > 0) {
            shim_watch_kill(talk->watch);
        }
        shim_watch_end(talk->watch);
        mm_process_close(talk->partner);
    } else {
        partner_kill(talk->partner);
    }
    close_side(&talk->side);
    partner_stage_free(&talk->stage);
    free(talk);
}
