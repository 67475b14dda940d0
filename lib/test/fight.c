/* SPDX-License-Identifier: MIT */
#include "fight.h"

#include <stdio.h>

static const uint64_t millisecond_ns = 1000000;

/* ---- what all have ------------------------------------------------------- */

enum { NAME_ROOM = SUPPORT_NAME_ROOM + 8 };

static const char *name_of(char *room, const char *name, const char *part)
{
    snprintf(room, NAME_ROOM, "%s.%s", name, part);
    return room;
}

static bool open_semaphore(const char *name, const char *part, uint32_t count,
                           struct mm_semaphore **semaphore)
{
    char room[NAME_ROOM];
    const struct mm_semaphore_options options = {
        .initial = count,
        .maximum = count,
        .name = name_of(room, name, part),
    };

    return !mm_status_failed(mm_semaphore_create(&options, semaphore));
}

static bool open_others(struct fight *fight, const char *name)
{
    char room[NAME_ROOM];
    const struct mm_mutex_options mutex = {.name = name_of(room, name, "m")};
    bool opened = !mm_status_failed(mm_mutex_create(&mutex, &fight->mutex));
    const struct mm_event_options event = {.set = true,
                                           .name = name_of(room, name, "e")};

    opened =
        opened && !mm_status_failed(mm_event_create(&event, &fight->event));
    if (opened) {
        const struct mm_timer_options timer = {.name =
                                                   name_of(room, name, "t")};

        opened = !mm_status_failed(mm_timer_create(&timer, &fight->timer));
    }
    return opened;
}

bool fight_open(struct fight *fight, const char *name)
{
    *fight = (struct fight){.mutex = NULL};
    return talk_open(&fight->talk, name) && open_others(fight, name) &&
           open_semaphore(name, "p", FIGHT_TOKENS, &fight->pool) &&
           open_semaphore(name, "l", 1, &fight->left) &&
           open_semaphore(name, "r", 1, &fight->right);
}

void fight_close(struct fight *fight)
{
    mm_mutex_close(fight->mutex);
    mm_event_close(fight->event);
    mm_semaphore_close(fight->pool);
    mm_semaphore_close(fight->left);
    mm_semaphore_close(fight->right);
    mm_timer_close(fight->timer);
    talk_close(&fight->talk);
}

/* ---- what a peer does ---------------------------------------------------- */

struct fighter {
    struct fight *fight;
    _Atomic uint32_t *words;
    uint32_t slot; /* counted from 1 */
    struct mm_wait_policy policy;
};

static void say_doing(struct fighter *fighter, enum fight_doing doing)
{
    atomic_store(&fighter->words[FIGHT_DOING + fighter->slot - 1],
                 (uint32_t)doing);
}

static void check(struct fighter *fighter, bool right, uint32_t line)
{
    uint32_t none = 0;

    if (!right) {
        atomic_compare_exchange_strong(&fighter->words[FIGHT_WRONG], &none,
                                       line);
    }
}

/* Write down who has it; nobody had it, but for one who died with it. */
static void have(struct fighter *fighter, enum fight_word word, bool orphaned)
{
    uint32_t before = atomic_exchange(&fighter->words[word], fighter->slot);

    check(fighter, before == 0 || orphaned, __LINE__);
}

static void have_no_more(struct fighter *fighter, enum fight_word word)
{
    check(fighter, atomic_exchange(&fighter->words[word], 0) == fighter->slot,
          __LINE__);
}

static enum mm_status use_mutex(struct fighter *fighter)
{
    enum mm_status status;

    say_doing(fighter, FIGHT_MUTEX);
    status = mm_wait(mm_mutex_waitable(fighter->fight->mutex), &fighter->policy,
                     SUPPORT_PATIENCE_NS);
    if (status != MM_OK && status != MM_ABANDONED) {
        return status;
    }
    have(fighter, FIGHT_OWNER, status == MM_ABANDONED);
    have_no_more(fighter, FIGHT_OWNER);
    return mm_mutex_release(fighter->fight->mutex);
}

/* It is gone for all if somebody died with it, so the wait ends. */
static enum mm_status use_event(struct fighter *fighter)
{
    enum mm_status status;

    say_doing(fighter, FIGHT_EVENT);
    status = mm_wait(mm_event_waitable(fighter->fight->event), &fighter->policy,
                     millisecond_ns);
    if (status != MM_OK) {
        return status;
    }
    have(fighter, FIGHT_HOLDER, false);
    have_no_more(fighter, FIGHT_HOLDER);
    return mm_event_set(fighter->fight->event);
}

/* Or a tick of the timer, whichever comes first. */
static enum mm_status use_token(struct fighter *fighter)
{
    struct mm_waitable *either[] = {
        mm_timer_waitable(fighter->fight->timer),
        mm_semaphore_waitable(fighter->fight->pool),
    };
    enum mm_status status;
    size_t index;

    say_doing(fighter, FIGHT_TOKEN);
    status =
        mm_wait_any(either, 2, &fighter->policy, SUPPORT_PATIENCE_NS, &index);
    if (status != MM_OK || index == 0) {
        return status;
    }
    return mm_semaphore_release(fighter->fight->pool, 1, NULL);
}

static enum mm_status use_pair(struct fighter *fighter)
{
    struct mm_waitable *both[] = {
        mm_semaphore_waitable(fighter->fight->left),
        mm_semaphore_waitable(fighter->fight->right),
    };
    enum mm_status status;

    say_doing(fighter, FIGHT_PAIR);
    status = mm_wait_all(both, 2, &fighter->policy, millisecond_ns);
    if (status != MM_OK) {
        return status;
    }
    have(fighter, FIGHT_PAIR_OWNER, false);
    have_no_more(fighter, FIGHT_PAIR_OWNER);
    say_doing(fighter, FIGHT_PAIR_APART);
    status = mm_semaphore_release(fighter->fight->left, 1, NULL);
    return status == MM_OK
               ? mm_semaphore_release(fighter->fight->right, 1, NULL)
               : status;
}

void fight_on(struct fight *fight, unsigned slot)
{
    static enum mm_status (*const uses[])(struct fighter *) = {
        use_mutex, use_event, use_token, use_pair};
    struct fighter fighter = {
        .fight = fight,
        .words = fight->talk.words,
        .slot = slot + 1,
        .policy.way = slot == 0 ? MM_WAIT_PARK : MM_WAIT_ADAPTIVE,
    };
    uint32_t random = (uint32_t)mm_process_id(NULL) | 1;
    enum mm_status status;

    do {
        status = uses[support_random(&random) % 4](&fighter);
        say_doing(&fighter, FIGHT_NOTHING);
        atomic_fetch_add(&fighter.words[FIGHT_TURNS], 1);
    } while (!mm_status_failed(status));
    check(&fighter, false, __LINE__);
}
