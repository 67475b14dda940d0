/* SPDX-License-Identifier: MIT */
/*
 * The mutex is a robust one of the C library, acquired by trying only: whoever
 * has to wait does so at its word, like at any other (wait.c). That word is
 * part of the kernel's interface: the owner's thread id, and two bits.
 *
 * When an owner dies, the kernel frees the mutex, and the next one is told. It
 * is not abandoned yet if the dead one was a wait for several objects, and had
 * only grabbed it: `note` says so, and whether it had been abandoned before.
 */
#include <mapmark/mutex.h>

#include <errno.h>
#include <unistd.h>

#include <linux/futex.h>

#include <mapmark/process.h>

#include "inject.h"
#include "internal.h"
#include "waitable.h"

/* The thread's id, as the word has it; 0 is not known yet. It is near, because
 * each release compares it. */
static _Thread_local uint32_t own_id __attribute__((tls_model("initial-exec")));

/* The only thread that a fork leaves has a new one. */
static void forget_id(void)
{
    own_id = 0;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget_id);
}

static MMI_APART uint32_t learn_id(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch_forks);
    own_id = (uint32_t)gettid();
    return own_id;
}

bool mmi_mutex_is_mine(struct mmi_state *state)
{
    uint32_t word =
        atomic_load_explicit(mmi_mutex_word(state), memory_order_relaxed);

    return (word & FUTEX_TID_MASK) == (own_id != 0 ? own_id : learn_id());
}

/*
 * The owner before was killed. If it was a claim that had only grabbed the
 * mutex, the note is still of that claim, and of nothing else. Where claims
 * cannot be asked about, the mutex counts as abandoned.
 */
static enum mm_status take_over(struct mmi_state *state)
{
    bool was_committed;
    bool was_taken = true;

    if ((atomic_load(&state->note) & MMI_NOTE_CLAIM) != 0 &&
        mmi_claim_ask(state, &was_committed) == MM_OK) {
        was_taken =
            was_committed || atomic_load(&state->note) != MMI_NOTE_CLAIM;
    }
    atomic_store(&state->note, 0);
    return was_taken ? MM_ABANDONED : MM_OK;
}

/* Anything but a free mutex without a note. */
static MMI_APART enum mm_status examine(struct mmi_state *state, int error)
{
    switch (error) {
    case 0:
        return mmi_mutex_keep(state);
    case EBUSY:
        return MM_TIMED_OUT;
    case EOWNERDEAD:
        /* At once: otherwise nobody could have it any more. */
        pthread_mutex_consistent(&state->mutex);
        return take_over(state);
    case EAGAIN:
        return MM_TOO_MANY;
    default:
        return MM_BAD_DATA;
    }
}

enum mm_status mmi_mutex_take(struct mm_waitable *waitable)
{
    int error = pthread_mutex_trylock(&waitable->state->mutex);

    /* To load the address again costs less than to keep it. */
    if (error == 0 && atomic_load_explicit(&waitable->state->note,
                                           memory_order_relaxed) == 0) {
        return MM_OK;
    }
    return examine(waitable->state, error);
}

/* Who unlocks it next does not see those that are parked: the last one to
 * unlock it has taken the bit away with it. */
enum mm_status mmi_mutex_take_slept(struct mm_waitable *waitable)
{
    struct mmi_state *state = waitable->state;
    enum mm_status status = mmi_mutex_take(waitable);

    if ((status == MM_OK || status == MM_ABANDONED) &&
        atomic_load(&state->waiters) > 1) {
        atomic_fetch_or(mmi_mutex_word(state), FUTEX_WAITERS);
    }
    return status;
}

/* A mutex that a claim has only grabbed looks like one that is owned: ask again
 * when no claim can have been in between. */
enum mm_status mmi_mutex_take_last(struct mm_waitable *waitable, bool slept)
{
    struct mmi_state *state = waitable->state;
    uint64_t number = UINT64_MAX;

    for (;;) {
        enum mm_status status =
            slept ? mmi_mutex_take_slept(waitable) : mmi_mutex_take(waitable);
        uint64_t found;

        if (status != MM_TIMED_OUT ||
            (atomic_load(&state->note) & MMI_NOTE_CLAIM) == 0 ||
            mmi_claims_count(&found) != MM_OK || found == number) {
            return status;
        }
        number = found;
    }
}

bool mmi_mutex_announce(struct mmi_state *state, uint32_t *word_out)
{
    atomic_uint *word = mmi_mutex_word(state);
    uint32_t found = atomic_load(word);

    do {
        if ((found & FUTEX_TID_MASK) == 0) {
            return false;
        }
    } while (
        (found & FUTEX_WAITERS) == 0 &&
        !atomic_compare_exchange_weak(word, &found, found | FUTEX_WAITERS));
    *word_out = found | FUTEX_WAITERS;
    return true;
}

void mmi_mutex_pass_on(struct mmi_state *state)
{
    uint32_t word;

    /* Its owner, if it has one, may not know of those that are parked. */
    if (atomic_load(&state->waiters) != 0 &&
        !mmi_mutex_announce(state, &word)) {
        mmi_futex((uint32_t *)mmi_mutex_word(state), FUTEX_WAKE, 1, NULL);
    }
}

/* One that is owned gets no note: its owner may die, too. */
static enum mm_status grab_other(struct mmi_state *state, uint64_t number)
{
    uint32_t word = atomic_load(mmi_mutex_word(state));
    uint32_t died = (word & FUTEX_OWNER_DIED) != 0 ? MMI_NOTE_DIED : 0;
    int error;

    if ((word & FUTEX_TID_MASK) != 0) {
        return MM_TIMED_OUT;
    }
    atomic_store(&state->claim, number);
    atomic_fetch_or(&state->note, MMI_NOTE_CLAIM | died);
    error = pthread_mutex_trylock(&state->mutex);
    switch (error) {
    case 0:
        /* Once more: another thread may have had it in between. */
        atomic_fetch_or(&state->note, MMI_NOTE_CLAIM);
        return MM_OK;
    case EOWNERDEAD:
        atomic_fetch_or(&state->note, MMI_NOTE_CLAIM | MMI_NOTE_ABANDONED);
        pthread_mutex_consistent(&state->mutex);
        return MM_OK;
    default:
        atomic_fetch_and(&state->note, MMI_NOTE_ABANDONED);
        return error == EBUSY ? MM_TIMED_OUT : MM_BAD_DATA;
    }
}

enum mm_status mmi_mutex_grab(struct mmi_state *state, uint64_t number)
{
    if (!mmi_mutex_is_mine(state)) {
        return grab_other(state, number);
    }
    return pthread_mutex_trylock(&state->mutex) == 0 ? MM_OK : MM_TOO_MANY;
}

enum mm_status mmi_mutex_keep(struct mmi_state *state)
{
    return (atomic_exchange(&state->note, 0) & MMI_NOTE_ABANDONED) != 0
               ? MM_ABANDONED
               : MM_OK;
}

/* Somebody may be parked, at the word or elsewhere. */
static enum mm_status unlock_and_tell(struct mmi_state *state)
{
    atomic_store_explicit(&state->waker, mm_process_cpu() + 1,
                          memory_order_relaxed);
    if (pthread_mutex_unlock(&state->mutex) != 0) {
        return MM_BAD_DATA;
    }
    if (atomic_exchange(&state->pooled, 0) != 0) {
        mmi_wake_pool();
    }
    return MM_OK;
}

enum mm_status mmi_mutex_give_back(struct mmi_state *state)
{
    enum mm_status status = unlock_and_tell(state);

    /* Who has had it since then has removed the note. */
    atomic_fetch_and(&state->note, MMI_NOTE_ABANDONED);
    return status;
}

static MMI_APART enum mm_status release_slowly(struct mmi_state *state)
{
    return mmi_mutex_is_mine(state) ? unlock_and_tell(state) : MM_NOT_OWNER;
}

enum mm_status mm_mutex_release(struct mm_mutex *mutex)
{
    struct mmi_state *state = mutex->waitable.state;
    uint32_t id = own_id;

    mmi_inject();
    /* Without FUTEX_WAITERS there is nobody to be told. */
    if (id == 0 || atomic_load_explicit(mmi_mutex_word(state),
                                        memory_order_relaxed) != id) {
        return release_slowly(state);
    }
    /* It is 0, MM_OK, for an owner; not to ask saves a tenth of the call. */
    return (enum mm_status)pthread_mutex_unlock(&state->mutex);
}
