/* SPDX-License-Identifier: MIT */
/*
 * Waiting: look, spin if that pays, and park. The protocol between those who
 * park and those who signal is in waitable.h.
 */
#include <mapmark/wait.h>

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/futex.h>

#include <mapmark/clock.h>
#include <mapmark/process.h>

#include "internal.h"
#include "waitable.h"

static const uint64_t second_ns = 1000000000;

/* Parked threads look again that often, for the sake of wake-ups that died with
 * those who owed them. */
static const uint64_t look_again_ns = 1000000000;

/* The kernel tells the death of a mutex's owner at its word only. */
static const uint64_t look_for_dead_ns = 20000000;

/* One wait, for one object or several. */
struct wait {
    struct mm_waitable *const *list;
    size_t count;
    uint64_t deadline;
    bool slept;
    size_t taken; /* which it was */
    /* Words when the wait began. A manual event of another version has been
     * reset since then, so it was set in between, which lets all go that wait,
     * even if they look too late. */
    uint64_t words[MM_WAIT_MAX];
};

/* Where to park, and until when at most. */
struct place {
    uint32_t *address;
    uint32_t value;
    uint64_t due;
};

static struct timespec timespec_of(uint64_t time_ns)
{
    struct timespec time = {
        .tv_sec = (time_t)(time_ns / second_ns),
        .tv_nsec = (long)(time_ns % second_ns),
    };

    return time;
}

/* Take what the object gives, or MM_TIMED_OUT. */
static inline enum mm_status take(struct mm_waitable *waitable, bool slept)
{
    switch (waitable->kind) {
    case MMI_KIND_EVENT:
    case MMI_KIND_SEMAPHORE:
        return mmi_signal_take(waitable, slept);
    case MMI_KIND_MUTEX:
        return slept ? mmi_mutex_take_slept(waitable)
                     : mmi_mutex_take(waitable);
    case MMI_KIND_TIMER:
        return mmi_timer_take(waitable);
    case MMI_KIND_MAPPING:
    default:
        return MM_INVALID;
    }
}

/* Cheaper than to take it, and it changes nothing. */
static bool looks_signalled(struct mm_waitable *waitable, uint64_t version)
{
    struct mmi_state *state = waitable->state;
    uint64_t word;

    switch (waitable->kind) {
    case MMI_KIND_MUTEX:
        return (atomic_load_explicit(mmi_mutex_word(state),
                                     memory_order_relaxed) &
                FUTEX_TID_MASK) == 0 ||
               mmi_mutex_is_mine(state);
    case MMI_KIND_TIMER:
        word = mmi_timer_due(state) & ~MMI_DUE_BITS;
        return word != MMI_DUE_NEVER && word <= mm_clock_ns();
    case MMI_KIND_EVENT:
    case MMI_KIND_SEMAPHORE:
    case MMI_KIND_MAPPING:
    default:
        word = atomic_load_explicit(&state->word, memory_order_relaxed);
        return mmi_is_signalled(word) ||
               (waitable->manual && mmi_versions_differ(word, version));
    }
}

/* Take the first one that is signalled; `context` is a struct wait. */
static enum mm_status take_any(void *context)
{
    struct wait *wait = context;

    for (size_t i = 0; i < wait->count; i++) {
        struct mm_waitable *waitable = wait->list[i];
        enum mm_status status = MM_TIMED_OUT;

        if (looks_signalled(waitable, wait->words[i])) {
            status = take(waitable, wait->slept);
        }
        if (status == MM_TIMED_OUT && waitable->kind == MMI_KIND_EVENT &&
            waitable->manual &&
            mmi_versions_differ(atomic_load(&waitable->state->word),
                                wait->words[i])) {
            status = MM_OK;
        }
        if (status != MM_TIMED_OUT) {
            wait->taken = i;
            return status;
        }
    }
    return MM_TIMED_OUT;
}

/* The time is over, so the answer counts. */
static enum mm_status take_last(void *context)
{
    struct wait *wait = context;

    for (size_t i = 0; i < wait->count; i++) {
        struct mm_waitable *waitable = wait->list[i];
        enum mm_status status = waitable->kind == MMI_KIND_MUTEX
                                    ? mmi_mutex_take_last(waitable, wait->slept)
                                    : take(waitable, wait->slept);

        if (status != MM_TIMED_OUT) {
            wait->taken = i;
            return status;
        }
    }
    return MM_TIMED_OUT;
}

static enum mm_status claim_all(void *context)
{
    const struct wait *wait = context;
    const struct mmi_group group = {wait->list, wait->count};

    return mmi_claim_all(&group);
}

/* Claims are made one after the other, so only of what may be there. */
static enum mm_status look_at_all(void *context)
{
    const struct wait *wait = context;

    for (size_t i = 0; i < wait->count; i++) {
        if (!looks_signalled(wait->list[i], wait->words[i])) {
            return MM_TIMED_OUT;
        }
    }
    return claim_all(context);
}

/* The word of who parks at it. To take a timer leaves its word alone, so it
 * gets another one here: otherwise who has set it, and not got round to
 * clearing MMI_PARKED yet, would take it for the one that its signal has left.
 */
static uint64_t parked_word(const struct mm_waitable *waitable, uint64_t word,
                            uint64_t bit)
{
    bool same = (word & bit) != 0 && waitable->kind == MMI_KIND_TIMER;

    return (word | bit) + (same ? MMI_VERSION : 0);
}

/* Set `bit` in the word of anything but a mutex, unless it is signalled. */
static bool prepare_word(struct mm_waitable *waitable, uint64_t version,
                         uint64_t bit, struct place *place)
{
    struct mmi_state *state = waitable->state;
    uint64_t word = atomic_load(&state->word), after;

    do {
        if (waitable->kind != MMI_KIND_TIMER &&
            (mmi_is_signalled(word) ||
             (waitable->manual && mmi_versions_differ(word, version)))) {
            return false;
        }
        after = parked_word(waitable, word, bit);
    } while (after != word &&
             !atomic_compare_exchange_weak(&state->word, &word, after));
    place->address = mmi_futex_of(state);
    place->value = (uint32_t)(after >> 32);
    return true;
}

/*
 * Prepare to park for one object; false where it is to be looked at once more.
 * The due time of a timer is read after its word: whoever sets it writes them
 * in the other order.
 */
static bool prepare(struct wait *wait, size_t i, uint64_t bit,
                    struct place *place)
{
    struct mm_waitable *waitable = wait->list[i];

    place->due = MM_INFINITE;
    if (waitable->kind == MMI_KIND_MUTEX) {
        place->address = (uint32_t *)mmi_mutex_word(waitable->state);
        return mmi_mutex_announce(waitable->state, &place->value);
    }
    if (!prepare_word(waitable, wait->words[i], bit, place)) {
        return false;
    }
    if (waitable->kind == MMI_KIND_TIMER) {
        uint64_t due = mmi_timer_due(waitable->state) & ~MMI_DUE_BITS;

        place->due = due == MMI_DUE_NEVER ? MM_INFINITE : due;
    }
    return true;
}

/* How long to park: to the next time that anything can happen by itself. */
static uint64_t park_limit(const struct wait *wait, uint64_t due, uint64_t most)
{
    uint64_t until = wait->deadline < due ? wait->deadline : due;
    uint64_t left = mmi_time_left(until);

    return left < most ? left : most;
}

/* Nobody but a signaller of the event can owe it anything: see waitable.h. The
 * word has been read before. */
static bool is_alone(const struct mm_waitable *waitable)
{
    return waitable->kind == MMI_KIND_EVENT &&
           (waitable->manual || atomic_load(&waitable->state->waiters) == 1);
}

static void park_one(struct wait *wait, size_t i)
{
    const struct mm_waitable *waitable = wait->list[i];
    uint64_t most_ns = look_again_ns;
    struct timespec limit;
    struct place place;

    if (!prepare(wait, i, MMI_PARKED, &place)) {
        return;
    }
    if (is_alone(waitable)) {
        most_ns = wait->deadline == MM_INFINITE ? 0 : MM_INFINITE;
    }
    if (most_ns != 0) {
        limit = timespec_of(park_limit(wait, place.due, most_ns));
    }
    mmi_futex(place.address, FUTEX_WAIT, place.value,
              most_ns != 0 ? &limit : NULL);
    wait->slept = true;
}

/* At all words at once. False where the system cannot do that. */
static bool park_at_all(struct wait *wait)
{
    struct futex_waitv places[MM_WAIT_MAX];
    uint64_t due = MM_INFINITE;
    struct timespec until;
    struct place place;

    for (size_t i = 0; i < wait->count; i++) {
        if (!prepare(wait, i, MMI_PARKED, &place)) {
            return true;
        }
        due = place.due < due ? place.due : due;
        places[i] = (struct futex_waitv){
            .val = place.value,
            .uaddr = (uintptr_t)place.address,
            .flags = FUTEX_32,
        };
    }
    until = timespec_of(mm_clock_ns() + park_limit(wait, due, look_again_ns));
    wait->slept = true;
    if (syscall(SYS_futex_waitv, places, (unsigned)wait->count, 0, &until,
                CLOCK_MONOTONIC) >= 0) {
        return true;
    }
    /* ENOSYS, or what a container says that does not know the call. */
    return errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT;
}

/* Leave word at each object that its signaller shall tell the name space. */
static bool prepare_pool(struct wait *wait, uint64_t *due_out,
                         uint64_t *most_out)
{
    *due_out = MM_INFINITE;
    *most_out = look_again_ns;
    for (size_t i = 0; i < wait->count; i++) {
        struct mm_waitable *waitable = wait->list[i];
        struct place place;

        if (waitable->kind == MMI_KIND_MUTEX) {
            *most_out = look_for_dead_ns;
            atomic_store(&waitable->state->pooled, 1);
            if (!mmi_mutex_announce(waitable->state, &place.value)) {
                return false;
            }
        } else if (!prepare(wait, i, MMI_POOLED, &place)) {
            return false;
        } else if (place.due < *due_out) {
            *due_out = place.due;
        }
    }
    return true;
}

/*
 * At the word of the name space. It is read before the objects are, and each
 * signaller of one with MMI_POOLED changes it.
 */
static enum mm_status park_in_pool(struct wait *wait)
{
    struct mmi_commons *commons;
    enum mm_status status = mmi_commons_open(&commons);
    struct timespec limit;
    uint64_t due;
    uint64_t most;
    uint32_t value;

    if (status != MM_OK) {
        return status;
    }
    value = atomic_load(&commons->pool);
    if (prepare_pool(wait, &due, &most)) {
        limit = timespec_of(park_limit(wait, due, most));
        mmi_futex((uint32_t *)&commons->pool, FUTEX_WAIT, value, &limit);
        wait->slept = true;
    }
    return MM_OK;
}

/* Whether the system parks at one word at a time, or is told to. */
static bool parks_at_one(bool found_out)
{
    static atomic_int known; /* 1 at all words, 2 at one */
    int answer = atomic_load_explicit(&known, memory_order_relaxed);

    if (answer == 0) {
        const char *wanted = secure_getenv("MAPMARK_WAIT");

        answer = wanted != NULL && strcmp(wanted, "one") == 0 ? 2 : 1;
    }
    answer = found_out ? 2 : answer;
    atomic_store_explicit(&known, answer, memory_order_relaxed);
    return answer == 2;
}

static enum mm_status park_any(struct wait *wait)
{
    if (wait->count == 1) {
        park_one(wait, 0);
        return MM_OK;
    }
    if (!parks_at_one(false) && park_at_all(wait)) {
        return MM_OK;
    }
    parks_at_one(true);
    return park_in_pool(wait);
}

/* The first one that is missing; all of them may be there by now. */
static enum mm_status park_all(struct wait *wait)
{
    for (size_t i = 0; i < wait->count; i++) {
        if (!looks_signalled(wait->list[i], wait->words[i])) {
            park_one(wait, i);
            break;
        }
    }
    return MM_OK;
}

/* Who has slept may have been given a wake-up by an object that it does not
 * take: somebody else is to have it. */
static void pass_on(struct mm_waitable *waitable)
{
    struct mmi_state *state = waitable->state;
    uint64_t word = atomic_load(&state->word);

    if (waitable->kind == MMI_KIND_MUTEX) {
        mmi_mutex_pass_on(state);
    } else if ((word & MMI_PARKED) != 0 && mmi_is_signalled(word)) {
        mmi_futex(mmi_futex_of(state), FUTEX_WAKE, 1, NULL);
    }
}

static void pass_on_all(const struct wait *wait, size_t but)
{
    for (size_t i = 0; i < wait->count; i++) {
        if (i != but) {
            pass_on(wait->list[i]);
        }
    }
}

static void begin(struct wait *wait)
{
    for (size_t i = 0; i < wait->count; i++) {
        wait->words[i] = atomic_load(&wait->list[i]->state->word);
    }
}

/* Whoever was alone has to look again from now on. */
static void disturb(struct mm_waitable *waitable)
{
    struct mmi_state *state = waitable->state;

    if (waitable->kind == MMI_KIND_EVENT && !waitable->manual) {
        atomic_fetch_add(&state->word, MMI_VERSION);
        mmi_futex(mmi_futex_of(state), FUTEX_WAKE, INT_MAX, NULL);
    }
}

static void enter(const struct wait *wait)
{
    for (size_t i = 0; i < wait->count; i++) {
        if (atomic_fetch_add(&wait->list[i]->state->waiters, 1) == 1) {
            disturb(wait->list[i]);
        }
    }
}

static void leave(const struct wait *wait)
{
    for (size_t i = 0; i < wait->count; i++) {
        atomic_fetch_sub(&wait->list[i]->state->waiters, 1);
    }
}

/* How one kind of wait looks, and parks. */
struct way {
    mmi_look *look;
    mmi_look *look_last; /* when the time is over */
    enum mm_status (*park)(struct wait *);
};

static enum mm_status wait_parked(struct wait *wait, const struct way *way)
{
    enum mm_status status;

    wait->taken = wait->count;
    enter(wait);
    for (;;) {
        status = way->look(wait);
        if (status != MM_TIMED_OUT) {
            break;
        }
        if (mmi_time_left(wait->deadline) == 0) {
            status = way->look_last(wait);
            break;
        }
        status = way->park(wait);
        if (status != MM_OK) {
            break;
        }
    }
    leave(wait);
    if (wait->slept) {
        pass_on_all(wait, wait->taken);
    }
    return status;
}

static enum mm_status wait_slowly(struct wait *wait, const struct way *way,
                                  const struct mm_wait_policy *policy,
                                  uint64_t timeout_ns)
{
    struct mm_waitable *first = wait->list[0];
    enum mm_status status;
    uint32_t waker;

    begin(wait);
    if (timeout_ns == 0) {
        return way->look_last(wait);
    }
    wait->deadline =
        timeout_ns == MM_INFINITE ? MM_INFINITE : mmi_deadline(timeout_ns);
    waker = atomic_load_explicit(&first->state->waker, memory_order_relaxed);
    status =
        mmi_spin(policy, &first->lesson, waker == 0 ? MMI_NO_CPU : waker - 1,
                 wait->deadline, way->look, wait);
    return status == MM_TIMED_OUT ? wait_parked(wait, way) : status;
}

static const struct way any_way = {take_any, take_last, park_any};
static const struct way all_way = {look_at_all, claim_all, park_all};

static MMI_APART enum mm_status
wait_for_one(struct mm_waitable *waitable, const struct mm_wait_policy *policy,
             uint64_t timeout_ns)
{
    struct wait wait;

    wait.list = &waitable;
    wait.count = 1;
    wait.slept = false;
    return wait_slowly(&wait, &any_way, policy, timeout_ns);
}

/* What is signalled, and nobody else is after, costs no more than this. */
static inline bool take_at_once(const struct mm_waitable *waitable)
{
    struct mmi_state *state = waitable->state;
    uint64_t word = atomic_load_explicit(&state->word, memory_order_acquire);

    return mmi_is_signalled(word) && (word & MMI_MARKED) == 0 &&
           (waitable->manual ||
            atomic_compare_exchange_strong_explicit(
                &state->word, &word, mmi_taken(word), memory_order_acquire,
                memory_order_relaxed));
}

/* Apart from the others, which then have less to save. */
static MMI_APART enum mm_status
wait_for_mutex(struct mm_waitable *waitable,
               const struct mm_wait_policy *policy, uint64_t timeout_ns)
{
    enum mm_status status = mmi_mutex_take(waitable);

    return status == MM_TIMED_OUT ? wait_for_one(waitable, policy, timeout_ns)
                                  : status;
}

enum mm_status mm_wait(struct mm_waitable *waitable,
                       const struct mm_wait_policy *policy, uint64_t timeout_ns)
{
    enum mm_status status = mmi_wait_check(&waitable, 1, policy);

    if (status != MM_OK) {
        return status;
    }
    if (waitable->kind == MMI_KIND_MUTEX) {
        return wait_for_mutex(waitable, policy, timeout_ns);
    }
    if (waitable->kind != MMI_KIND_TIMER && take_at_once(waitable)) {
        return MM_OK;
    }
    return wait_for_one(waitable, policy, timeout_ns);
}

enum mm_status mm_wait_any(struct mm_waitable *const *waitables, size_t count,
                           const struct mm_wait_policy *policy,
                           uint64_t timeout_ns, size_t *index_out)
{
    enum mm_status status = mmi_wait_check(waitables, count, policy);
    struct wait wait;

    *index_out = 0;
    if (status != MM_OK) {
        return status;
    }
    wait.list = waitables;
    wait.count = count;
    wait.slept = false;
    status = wait_slowly(&wait, &any_way, policy, timeout_ns);
    if (status == MM_OK || status == MM_ABANDONED) {
        *index_out = wait.taken;
    }
    return status;
}

enum mm_status mm_wait_all(struct mm_waitable *const *waitables, size_t count,
                           const struct mm_wait_policy *policy,
                           uint64_t timeout_ns)
{
    enum mm_status status = mmi_wait_check(waitables, count, policy);
    struct wait wait;

    if (status != MM_OK) {
        return status;
    }
    if (count == 1) {
        return mm_wait(waitables[0], policy, timeout_ns);
    }
    if (mmi_has_twice(waitables, count)) {
        return MM_INVALID;
    }
    wait.list = waitables;
    wait.count = count;
    wait.slept = false;
    return wait_slowly(&wait, &all_way, policy, timeout_ns);
}
