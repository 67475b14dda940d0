/* SPDX-License-Identifier: MIT */
/*
 * Waits for auto-reset events, and for timers, as src/linux does them (the
 * protocol is told in waitable.h), for spin(1): `check` in this folder runs it.
 * A word here has the bits and the version of a word there, and each step on it
 * is one access there: a load, a compare-and-exchange, or a call of futex(2).
 *
 * Assumed:
 * - Atomic operations on shared words are sequentially consistent.
 * - FUTEX_WAIT and FUTEX_WAITV compare all words and fall asleep in one step,
 *   as seen by every FUTEX_WAKE of any of them; FUTEX_WAKE_OP changes its word
 *   and wakes in one step.
 * - A sleeper is woken by a wake-up or by its time-out.
 * - A process may be killed between any two steps, and then does nothing more;
 *   what it has counted stays counted.
 * - Two objects, two waiters and SETS signals: what goes wrong with words,
 *   sleepers and wake-ups goes wrong among so few. It is known of one thing
 *   that it needs three: two waiters that are killed, the first one between
 *   counting itself and disturbing who was alone, and the second one after it
 *   was woken, leave a third one asleep beside a set event.
 * Left out: looks before a waiter counts itself, and spinning, both of which take
 * as the first look afterwards does;
 * waits for all; semaphores, which do with a count what events do with a bit;
 * mutexes; and everything about files and names.
 *
 * Shown: when nothing more can happen, no living process sleeps beside an
 * object that it waits for and that is signalled.
 */
#ifndef SETS
#define SETS 2
#endif
#ifndef WAITER_DEATHS
#define WAITER_DEATHS 0
#endif
#ifndef SETTER_DEATHS
#define SETTER_DEATHS 0
#endif
/* Those who have to, look again after a while by themselves. */
#ifndef NAPS
#define NAPS 0
#endif
/* Waiters for both objects sleep on the word of the name space. */
#ifndef FALLBACK
#define FALLBACK 0
#endif
/* Timers instead of events. */
#ifndef TIMERS
#define TIMERS 0
#endif
#define BOTH 3 /* objects are bits */
#ifndef FIRST_WANTS
#define FIRST_WANTS BOTH
#endif
#ifndef SECOND_WANTS
#define SECOND_WANTS 2
#endif
/* How often each waits. */
#ifndef WAITS
#define WAITS 1
#endif
#ifndef TIME_OUTS
#define TIME_OUTS 0
#endif

/* Of the signals, those of odd numbers; nobody needs one of what nobody waits
 * for. */
#if FIRST_WANTS == BOTH
#define ODD 0
#else
#define ODD 1
#endif

#define OBJECTS 2
#define WAITERS 2

/* Bits of a word, and one of its version. */
#define W_SET 1
#define W_PARKED 2
#define W_POOLED 4
#define W_VERSION 8
/* Versions begin anew after 16, which is more than can pass while somebody
 * is between two steps. */
#define NEXT(word) (((word) + W_VERSION) & 127)
#define WITHOUT(word, bits) ((word) & (127 - (bits)))

/* Shared. */
byte word[OBJECTS];
byte waiters[OBJECTS];
bit due[OBJECTS]; /* of timers: the time has come */
byte pool;

/* The kernel's. */
bool asleep[WAITERS];
byte sleeps_on[WAITERS]; /* which words; 0 is the pool's */

/* What is judged. */
byte wants[WAITERS];
bool ended[WAITERS];
bool killed[WAITERS];
bool setter_killed[SETS];
byte waiter_deaths = WAITER_DEATHS;
byte setter_deaths = SETTER_DEATHS;

#define IN(mask, i) (((mask) >> (i)) & 1)
#define HAS(value, bits) (((value) & (bits)) != 0)
#if TIMERS
#define SIGNALLED(i) due[i]
#else
#define SIGNALLED(i) HAS(word[i], W_SET)
#endif
#define IS_SET(mask) \
    ((IN(mask, 0) && SIGNALLED(0)) || (IN(mask, 1) && SIGNALLED(1)))
#define ON(w, i) (asleep[w] && IN(sleeps_on[w], i))

/* ---- those who signal ---------------------------------------------------- */

/* One sleeper, whichever; within an atomic step. */
inline wake_one(i)
{
    if
    :: ON(0, i) -> asleep[0] = false; woken = 1
    :: ON(1, i) -> asleep[1] = false; woken = 1
    :: !ON(0, i) && !ON(1, i) -> woken = 0
    fi
}

inline wake_all(i)
{
    d_step {
        asleep[0] = asleep[0] && !IN(sleeps_on[0], i);
        asleep[1] = asleep[1] && !IN(sleeps_on[1], i)
    }
}

inline wake_pool()
{
#ifndef MUTANT_SAME_POOL
    pool++;
#endif
    d_step {
        asleep[0] = asleep[0] && sleeps_on[0] != 0;
        asleep[1] = asleep[1] && sleeps_on[1] != 0
    }
}

inline forget_parked(i, after)
{
    d_step {
#ifdef MUTANT_FORGET_BLINDLY
        word[i] = WITHOUT(word[i], W_PARKED)
#else
        if
        :: word[i] == (after) -> word[i] = WITHOUT(word[i], W_PARKED)
        :: else
        fi
#endif
    }
}

/* mm_event_set() where nobody is parked, in one compare-and-exchange. */
inline set_at_once(i)
{
    atomic {
        if
        :: HAS(word[i], W_PARKED) -> done = false
        :: else ->
            done = true;
            before = word[i];
            word[i] = WITHOUT(before | W_SET, W_POOLED)
        fi;
        if
        :: done && HAS(before, W_POOLED) -> wake = true
        :: else
        fi
    };
    if
    :: atomic { wake -> wake_pool() }
    :: else
    fi
}

/* set_and_wake() */
inline set_and_wake(i)
{
    before = word[i];
#ifdef MUTANT_SET_THEN_WAKE
    word[i] = word[i] | W_SET;
    atomic { wake_one(i) };
#else
    atomic { word[i] = word[i] | W_SET; wake_one(i) };
#endif
    if
#ifdef MUTANT_FORGET_BLINDLY
    :: true -> forget_parked(i, before | W_SET)
#else
    :: woken == 0 -> forget_parked(i, before | W_SET)
    :: else
#endif
    fi;
    if
    :: HAS(word[i], W_POOLED) ->
        d_step {
            before = word[i];
            word[i] = WITHOUT(before, W_POOLED)
        }
        if
        :: HAS(before, W_POOLED) -> wake_pool()
        :: else
        fi
    :: else
    fi
}

/* change_timer() and tell_waiters() */
inline set_timer(i)
{
    due[i] = 1;
    d_step {
        before = word[i];
        after = WITHOUT(NEXT(before), W_POOLED);
        word[i] = after
    }
    if
    :: HAS(before, W_PARKED) -> wake_all(i); forget_parked(i, after)
    :: else
    fi;
    if
    :: HAS(before, W_POOLED) -> wake_pool()
    :: else
    fi
}

proctype setter(byte me; byte i)
{
    byte before;
    byte after;
    bool done;
    bool wake;
    bit woken;

    {
#if TIMERS
        set_timer(i);
#else
        set_at_once(i);
        if
        :: !done -> set_and_wake(i)
        :: else
        fi;
#endif
        d_step { before = 0; after = 0; done = false; wake = false; woken = 0 }
    } unless {
        setter_killed[me]
    }
}

/* ---- those who wait ------------------------------------------------------ */

inline took(i)
{
    found = true;
    got = i
}

/* mmi_signal_take(), or mmi_timer_take(). */
inline take(i)
{
    do
    :: atomic { found || !IN(mask, i) -> break }
#if TIMERS
    :: else ->
        atomic {
            if
            :: due[i] -> due[i] = 0; took(i)
            :: else
            fi
        };
        break
#else
    :: else ->
        atomic {
            before = word[i];
            if
            :: !HAS(before, W_SET) -> break
            :: else -> after = WITHOUT(NEXT(before), W_SET)
            fi
        };
        atomic {
            if
#ifdef MUTANT_TAKER_FORGETS
            :: slept -> after = WITHOUT(after, W_PARKED)
#else
            :: slept && waiters[i] == 1 -> after = WITHOUT(after, W_PARKED)
#endif
            :: else
            fi
        };
        atomic {
            if
            :: word[i] == before -> word[i] = after; took(i)
            :: else
            fi
        }
#endif
    od
}

/* What is not used again is forgotten, here and elsewhere, so that it does not
 * tell states apart. */
inline look()
{
    take(0);
    take(1);
    before = 0;
    after = 0
}

/* enter(): whoever was alone with an event has to look again by itself. */
inline count_in(i)
{
    if
    :: atomic { IN(mask, i) -> before = waiters[i]; waiters[i]++ };
#if !TIMERS && !defined(MUTANT_NO_DISTURB)
        if
        :: atomic { before == 1 -> word[i] = NEXT(word[i]) };
            wake_all(i)
        :: atomic { else }
        fi;
        before = 0
#endif
    :: atomic { else }
    fi
}

inline count_out(i)
{
    if
    :: atomic { IN(mask, i) -> waiters[i]-- }
    :: atomic { else }
    fi
}

/* prepare(): the word that is parked on, with the bit. */
inline prepare(i, bits)
{
    if
    :: atomic { awake || !IN(mask, i) }
    :: atomic {
            else ->
#if TIMERS
#ifndef MUTANT_SAME_VERSION
            word[i] = (HAS(word[i], bits) -> NEXT(word[i]) : word[i]);
#endif
            word[i] = word[i] | bits;
            seen[i] = word[i]
#else
            if
            :: HAS(word[i], W_SET) -> awake = true
            :: else -> word[i] = word[i] | bits; seen[i] = word[i]
            fi
#endif
        }
#if TIMERS
        awake = due[i] /* nothing is left of the time */
#endif
    fi
}

#define SAME(i) (!IN(mask, i) || word[i] == seen[i])

/* Until somebody wakes it, or the time is over. */
inline sleep_on()
{
    do
    :: atomic {
            !asleep[me] -> awake = false; naps = false;
            seen[0] = 0; seen[1] = 0; seen_pool = 0; break
        }
#if TIME_OUTS
    :: atomic { asleep[me] -> asleep[me] = false; late = true }
#endif
#if NAPS
    :: atomic { asleep[me] && naps && IS_SET(mask) -> asleep[me] = false }
#endif
    od
}

inline park_at_words()
{
    prepare(0, W_PARKED);
    prepare(1, W_PARKED);
    /* is_alone() */
    naps = TIMERS || mask == BOTH || waiters[mask - 1] != 1;
    atomic {
        if
        :: !awake && SAME(0) && SAME(1) ->
            sleeps_on[me] = mask;
            asleep[me] = true
#ifdef MUTANT_SLEEP_UNSEEN
        :: !awake -> sleeps_on[me] = mask; asleep[me] = true
#endif
        :: else
        fi;
        slept = slept || !awake
    };
    sleep_on()
}

inline park_in_pool()
{
#ifdef MUTANT_POOL_READ_LATE
    prepare(0, W_POOLED);
    prepare(1, W_POOLED);
    seen_pool = pool;
#else
    seen_pool = pool;
    prepare(0, W_POOLED);
    prepare(1, W_POOLED);
#endif
    atomic {
        if
        :: !awake && pool == seen_pool -> sleeps_on[me] = 0; asleep[me] = true
        :: else
        fi;
        slept = slept || !awake;
        naps = true
    };
    sleep_on()
}

/* Somebody else may have been owed the wake-up that this one got. */
inline pass_on(i)
{
#ifdef MUTANT_KEEP
    skip
#else
    if
    :: atomic {
            slept && IN(mask, i) && !(found && got == i) &&
                HAS(word[i], W_PARKED) && HAS(word[i], W_SET)
        };
        atomic { wake_one(i) }
    :: atomic { else }
    fi
#endif
}

inline wait_parked()
{
    count_in(0);
    count_in(1);
    do
    :: look();
        if
        :: atomic { found || late -> break }
        :: atomic { !(found || late) && FALLBACK && mask == BOTH };
            park_in_pool()
        :: atomic { else };
            park_at_words()
        fi
    od;
    count_out(0);
    count_out(1);
    pass_on(0);
    pass_on(1);
    atomic { found = false; slept = false; got = 0 }
}

proctype waiter(byte me; byte mask)
{
    byte before;
    byte after;
    byte seen[OBJECTS];
    byte seen_pool;
    byte got;
    byte left = WAITS;
    bool found;
    bool late;
    bool slept;
    bool awake;
    bool naps;
    bit woken;

    {
        do
        :: atomic { left == 0 || late -> break }
        :: atomic { else -> left-- };
            wait_parked()
        od
    } unless {
        atomic { killed[me] -> asleep[me] = false }
    };
    ended[me] = true
}

proctype reaper()
{
    do
    :: atomic { waiter_deaths > 0 -> waiter_deaths--; killed[0] = true }
    :: atomic { waiter_deaths > 0 -> waiter_deaths--; killed[1] = true }
    :: atomic { setter_deaths > 0 -> setter_deaths--; setter_killed[0] = true }
    :: break
    od
}

/* Runs when nothing else can: what sleeps now, sleeps for ever. */
proctype judge()
{
    timeout;
    assert(ended[0] || (asleep[0] && !IS_SET(wants[0])));
    assert(ended[1] || (asleep[1] && !IS_SET(wants[1])))
}

init
{
    atomic {
        wants[0] = FIRST_WANTS;
        wants[1] = SECOND_WANTS;
        run waiter(0, FIRST_WANTS);
        run waiter(1, SECOND_WANTS);
        run setter(0, 1);
#if SETS > 1
        run setter(1, ODD);
#endif
#if SETS > 2
        run setter(2, 1);
#endif
#if SETS > 3
        run setter(3, ODD);
#endif
#if WAITER_DEATHS + SETTER_DEATHS > 0
        run reaper();
#endif
        run judge()
    }
}
