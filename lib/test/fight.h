/* SPDX-License-Identifier: MIT */
/* What the killers and the killed of test_wait_fight share. */
#ifndef FIGHT_H
#define FIGHT_H

#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>

#include "support.h"

enum {
    FIGHT_PEERS = 3,
    /* Of the pool: one more than may get lost in a round of kills, so that
     * whoever lives finds one. */
    FIGHT_TOKENS = FIGHT_PEERS + 1,
};

/* Words of the talk. */
enum fight_word {
    FIGHT_TURNS = 1, /* all peers together */
    FIGHT_WRONG,     /* a line of the source: of what was not as it should be */
    FIGHT_OWNER,     /* of the mutex: a peer's slot, counted from 1 */
    FIGHT_HOLDER,    /* of the event, likewise */
    FIGHT_PAIR_OWNER, /* of the pair, likewise */
    FIGHT_DOING,      /* of each peer: what it may have in its hands */
};

/* Said before it can be so. */
enum fight_doing {
    FIGHT_NOTHING,
    FIGHT_MUTEX,
    FIGHT_EVENT,
    FIGHT_TOKEN,
    FIGHT_PAIR,       /* both or none */
    FIGHT_PAIR_APART, /* right it has for certain, left it may have given */
};

/* Opened by the same names on both sides. */
struct fight {
    struct talk talk;
    struct mm_mutex *mutex;
    struct mm_event *event; /* set: nobody has it */
    struct mm_semaphore *pool;
    struct mm_semaphore *left; /* these two are only taken together */
    struct mm_semaphore *right;
    struct mm_timer *timer; /* ticks */
};

bool fight_open(struct fight *fight, const char *name);
void fight_close(struct fight *fight);

/* Take one thing after the other, and give it back, until killed; returns only
 * when a call fails. `slot` is counted from 0. */
void fight_on(struct fight *fight, unsigned slot);

#endif /* FIGHT_H */
