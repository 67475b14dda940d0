/* SPDX-License-Identifier: MIT */
/*
 * The shared state of what can be waited for, and the protocol of it.
 *
 * An event and a semaphore are one 64-bit word: the count of a semaphore is its
 * low half, and its high half is what a futex compares. Nobody is woken, and no
 * system call is made, unless PARKED, a bit of the same word, says that
 * somebody may be parked; so there are no two locations whose order could
 * matter between a signaller and a waiter:
 *
 *   signal:  CAS (SET, or count + n); if the old word had PARKED, wake
 *   wait:    look: if signalled, CAS (not SET, or count - 1), done
 *            CAS (PARKED), only where it is not signalled; futex waits for as
 *            long as the high half is what that CAS has left; look again
 *
 * Either the signaller's CAS comes first, and then the waiter's own CAS, or the
 * kernel's comparison, fails; or the waiter's does, and then the signaller sees
 * PARKED. The release of the signal's CAS and the acquire of the taker's order
 * what the signaller has written before what the taker reads after.
 *
 * The high half has a version. To take a signal, and to reset an event, changes
 * it; to release a semaphore, too, since the count is not in that half.
 *
 * PARKED goes away again in one of two ways. A signaller that has woken fewer
 * than it wanted knows that nobody was parked at that moment; it clears the bit
 * if the word is still the one that its signal has left. For then nobody has
 * taken a signal since, so it was signalled all the time, and nobody has
 * parked. And a taker that has slept clears it as it takes, if `waiters` says
 * that it is the only one: who comes later counts itself first, and then finds
 * either a word that is signalled or the one that the taker has left, and parks
 * on neither without a CAS of its own.
 *
 * A process may be killed anywhere.
 * - The signaller of an event sets it and wakes in one system call, where
 *   PARKED was seen (FUTEX_WAKE_OP): it does both or nothing.
 * - That of a semaphore, or of a timer, may be killed between the two; and who
 *   has been woken, before it takes anything, when others are parked. They look
 *   again by themselves, after a second. Only who is alone in waiting for one
 *   event need not, which saves it a timer; the second who comes, and finds one
 *   such waiter, changes the version and wakes it.
 * - What the dead leave in `waiters` costs a system call more where somebody
 *   parks.
 */
#ifndef MMI_LINUX_WAITABLE_H
#define MMI_LINUX_WAITABLE_H

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../waitable.h"

/* Of the high half of the word. */
#define MMI_PARKED (UINT64_C(1) << 32)
/* Some wait at the word of the name space instead: see struct mmi_commons. */
#define MMI_POOLED (UINT64_C(1) << 33)
/* A wait for several objects is taking it: see struct mmi_commons. */
#define MMI_MARKED (UINT64_C(1) << 34)
/* The event is set. */
#define MMI_SET (UINT64_C(1) << 35)
#define MMI_VERSION (UINT64_C(1) << 36)

/* Of the due time of a timer, which therefore is a multiple of 4 ns: which of
 * the two periods belongs to it, and the same mark. */
#define MMI_DUE_SLOT UINT64_C(1)
#define MMI_DUE_MARKED UINT64_C(2)
#define MMI_DUE_BITS (MMI_DUE_SLOT | MMI_DUE_MARKED)
/* Not due at any time. */
#define MMI_DUE_NEVER (UINT64_MAX & ~MMI_DUE_BITS)

/* Of the note of a mutex. A claim is grabbing it, or has; it had been abandoned
 * before it was grabbed, or looked like that. */
#define MMI_NOTE_CLAIM 1u
#define MMI_NOTE_ABANDONED 2u
#define MMI_NOTE_DIED 4u

/* In shared memory, alone in its page. */
struct mmi_state {
    _Atomic uint64_t word;
    atomic_uint waiters;   /* threads that may park, and what the dead left */
    atomic_uint note;      /* mutex: 0, but for what MMI_NOTE_... say */
    pthread_mutex_t mutex; /* timer: held by who sets it */
    atomic_uint pooled;    /* mutex: as MMI_POOLED */
    atomic_uint waker; /* 1 and the CPU of who has last woken somebody; or 0 */
    _Atomic uint64_t due; /* timer: of the next signal that is not taken */
    _Atomic uint64_t periods[2];
    _Atomic uint64_t claim; /* the last one that has marked or grabbed it */
    /* What it is; written before anybody else has it. */
    uint32_t magic;
    uint32_t kind;
    uint32_t manual;
    uint32_t maximum;
};

enum {
    /* What is kept of waits whose processes were killed in the middle of
     * taking; the oldest is forgotten. */
    MMI_DEAD_CLAIMS = 4096,
};

/*
 * Shared by all processes of a name space, and never unmapped.
 *
 * A wait for all of several objects takes them in a claim, one at a time in the
 * name space. With the lock held, it gives its number to each object, then the
 * mark, which only an object that is signalled can get; whoever wants to change
 * a marked object waits for the lock first. When all have the mark, and the
 * mutexes are its own, it writes its number to `committed`, and takes them;
 * otherwise it removes the marks. A mark on an object, seen by who has the
 * lock, is of a process that was killed meanwhile. If the claim of that number
 * had been committed, the object is taken for it, else the mark goes.
 *
 * A mutex has a note in place of the mark, and is grabbed by acquiring it.
 */
struct mmi_commons {
    uint32_t magic;
    atomic_uint pool; /* futex of all who wait for several on old systems */
    pthread_mutex_t lock;
    _Atomic uint64_t current; /* number of the last claim */
    _Atomic uint64_t committed;
    _Atomic uint64_t dead_count;
    _Atomic uint64_t dead[MMI_DEAD_CLAIMS]; /* killed, and had committed */
};

static inline long mmi_futex(const uint32_t *address, int operation,
                             uint32_t value, const struct timespec *limit)
{
    return syscall(SYS_futex, address, operation, value, limit, NULL, 0);
}

/* Of the word, as the kernel compares it. */
static inline uint32_t *mmi_futex_of(struct mmi_state *state)
{
    uint32_t *halves = (uint32_t *)&state->word;

    return &halves[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1 : 0];
}

static inline uint32_t mmi_count_of(uint64_t word)
{
    return (uint32_t)word;
}

/* The event is set, or the semaphore counts something. */
static inline bool mmi_is_signalled(uint64_t word)
{
    return (word & (MMI_SET | UINT32_MAX)) != 0;
}

/* What is left of a word that is signalled when that has been taken. */
static inline uint64_t mmi_taken(uint64_t word)
{
    return ((word & MMI_SET) != 0 ? word & ~MMI_SET : word - 1) + MMI_VERSION;
}

/* Of two words, whether a signal was taken, or the event reset, in between. */
static inline bool mmi_versions_differ(uint64_t word, uint64_t other)
{
    return (word ^ other) / MMI_VERSION != 0;
}

/* The word of a mutex: the owner's thread id, FUTEX_WAITERS, FUTEX_OWNER_DIED;
 * part of the kernel's interface. */
static inline atomic_uint *mmi_mutex_word(struct mmi_state *state)
{
    return (atomic_uint *)&state->mutex.__data.__lock;
}

/* src/linux/waitable.c: robust, process-shared and recursive; false when out of
 * memory. */
bool mmi_mutex_init(pthread_mutex_t *mutex);

/* Tell whether it is of that sort: anything else in its place would let the C
 * library do anything. */
bool mmi_mutex_is_ours(const pthread_mutex_t *mutex);

/* What one call waits for. */
struct mmi_group {
    struct mm_waitable *const *list;
    size_t count;
};

/* src/linux/claim.c: those of this process's name space. */
enum mm_status mmi_commons_open(struct mmi_commons **commons_out);

/* Take all of several different objects, or MM_TIMED_OUT and none. */
enum mm_status mmi_claim_all(const struct mmi_group *group);

/* Wait until no claim is in progress, and tell whether the one that had the
 * object last was committed, and its process then killed. */
enum mm_status mmi_claim_ask(struct mmi_state *state, bool *was_committed_out);

/* Wait until no claim is in progress, and tell how many there have been. */
enum mm_status mmi_claims_count(uint64_t *count_out);

/* Wait until no claim has the object any more. */
enum mm_status mmi_settle(struct mm_waitable *waitable);

/* src/linux/event.c: take a signal of an event or a semaphore, or MM_TIMED_OUT.
 * `slept`: the caller is counted in `waiters`, and has been parked. */
enum mm_status mmi_signal_take(struct mm_waitable *waitable, bool slept);

/*
 * Let `count` waiters go after the word of a semaphore or a timer was changed
 * from `before`, which has MMI_PARKED or MMI_POOLED, to `after`, which lacks
 * MMI_POOLED.
 */
void mmi_wake(struct mmi_state *state, uint64_t before, uint64_t after,
              int count);
void mmi_wake_pool(void);

/* src/linux/mutex.c: as mmi_signal_take(), in two functions. */
enum mm_status mmi_mutex_take(struct mm_waitable *waitable);
enum mm_status mmi_mutex_take_slept(struct mm_waitable *waitable);
bool mmi_mutex_is_mine(struct mmi_state *state);

/* When the time is over: what a claim has only grabbed is not taken yet. */
enum mm_status mmi_mutex_take_last(struct mm_waitable *waitable, bool slept);

/* Leave word that somebody will be parked at the mutex's word, as that then is;
 * false where it is free. */
bool mmi_mutex_announce(struct mmi_state *state, uint32_t *word_out);

/* Somebody who has been woken does not take it: somebody else shall. */
void mmi_mutex_pass_on(struct mmi_state *state);

/* For a claim: acquire it, then keep it, or give it back as it was before,
 * abandoned or not. */
enum mm_status mmi_mutex_grab(struct mmi_state *state, uint64_t number);
enum mm_status mmi_mutex_keep(struct mmi_state *state);
enum mm_status mmi_mutex_give_back(struct mmi_state *state);

/* src/linux/timer.c: take its signal, or MM_TIMED_OUT. */
enum mm_status mmi_timer_take(struct mm_waitable *waitable);

/* When it is signalled next, with MMI_DUE_BITS, and what takes the place of
 * that when it has been taken at the time `now`. */
uint64_t mmi_timer_due(const struct mmi_state *state);
uint64_t mmi_timer_next(const struct mm_waitable *waitable, uint64_t due,
                        uint64_t now);

#endif /* MMI_LINUX_WAITABLE_H */
