/* SPDX-License-Identifier: MIT */
#include "channel.h"

#include <stdatomic.h>

const char *const channel_policies[] = {"park", "spin", "adaptive", NULL};

const char *const channel_words[] = {
#define CHANNEL_WORD(name, word) word,
    CHANNEL_LIST(CHANNEL_WORD)
#undef CHANNEL_WORD
        NULL};

const struct channel_kind *const channel_kinds[] = {
#define CHANNEL_KIND(name, word) &channel_##name,
    CHANNEL_LIST(CHANNEL_KIND)
#undef CHANNEL_KIND
};

/* ---- a shared word, the least that two processes need ------------------- */

struct word {
    _Alignas(CHANNEL_LINE) atomic_uint rung;
};

static enum mm_status word_begin(struct channel *channel)
{
    (void)channel; /* shared memory starts as zero */
    return MM_OK;
}

static enum mm_status word_wake(struct channel *channel, unsigned to,
                                const void *octets, size_t size)
{
    struct word *words = channel->memory;

    (void)octets;
    (void)size;
    atomic_store_explicit(&words[to].rung, 1, memory_order_release);
    return MM_OK;
}

static enum mm_status word_wait(struct channel *channel, void *octets,
                                size_t size)
{
    struct word *word = (struct word *)channel->memory + channel->me;

    (void)octets;
    (void)size;
    while (atomic_load_explicit(&word->rung, memory_order_acquire) == 0) {
    }
    atomic_store_explicit(&word->rung, 0, memory_order_relaxed);
    return MM_OK;
}

static void word_close(struct channel *channel)
{
    (void)channel;
}

const struct channel_kind channel_word = {
    .policies = 1U << CHANNEL_SPIN,
    .make = word_begin,
    .join = word_begin,
    .wake = word_wake,
    .wait = word_wait,
    .close = word_close,
};
