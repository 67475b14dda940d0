/* SPDX-License-Identifier: MIT */
/* Taking several objects in one step: see struct mmi_commons. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <mapmark/clock.h>

#include "internal.h"
#include "native.h"
#include "waitable.h"

/* Layout, and the size of what the C library lays out, in one number. */
static const uint32_t commons_magic =
    0x4D430000 | (sizeof(pthread_mutex_t) << 8) | sizeof(void *);

static enum mm_status begin_commons(struct mmi_commons *commons)
{
    if (commons->magic == commons_magic) {
        return mmi_mutex_is_ours(&commons->lock) ? MM_OK : MM_BAD_DATA;
    }
    /* Nobody uses it before it has its magic; who made it was killed. */
    if (commons->magic != 0) {
        return MM_BAD_DATA;
    }
    if (!mmi_mutex_init(&commons->lock)) {
        return MM_NO_MEMORY;
    }
    commons->magic = commons_magic;
    return MM_OK;
}

static enum mm_status map_commons(int folder, struct mmi_commons **commons_out)
{
    int fd = openat(folder, ".waits", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                    0600);
    void *address = NULL;
    enum mm_status status = MM_OK;
    struct stat info;

    if (fd < 0) {
        return mmi_os_error();
    }
    if (fstat(fd, &info) != 0) {
        status = mmi_os_error();
    } else if ((uint64_t)info.st_size < sizeof(struct mmi_commons)) {
        status = mmi_store_status(
            mmi_file_reserve(fd, 0, sizeof(struct mmi_commons)));
    }
    if (status == MM_OK) {
        status = mmi_map(NULL, sizeof(struct mmi_commons),
                         PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, &address);
    }
    close(fd);
    if (status != MM_OK) {
        return status;
    }
    status = begin_commons(address);
    if (status != MM_OK) {
        munmap(address, sizeof(struct mmi_commons));
        return status;
    }
    *commons_out = address;
    return MM_OK;
}

enum mm_status mmi_commons_open(struct mmi_commons **commons_out)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct mmi_commons *known;
    enum mm_status status = MM_OK;
    struct mmi_namespace space;

    pthread_mutex_lock(&lock);
    if (known == NULL) {
        status = mmi_namespace_enter(&space);
        if (status == MM_OK) {
            status = map_commons(space.folder, &known);
            mmi_namespace_leave(&space);
        }
    }
    *commons_out = known;
    pthread_mutex_unlock(&lock);
    return status;
}

/* What a process has left that was killed in its claim: see struct
 * mmi_commons. */
static void bury_claim(struct mmi_commons *commons)
{
    uint64_t number = atomic_load(&commons->current);
    uint64_t count = atomic_load(&commons->dead_count);

    if (atomic_load(&commons->committed) == number) {
        atomic_store(&commons->dead[count % MMI_DEAD_CLAIMS], number);
        atomic_store(&commons->dead_count, count + 1);
    }
}

static enum mm_status enter_claims(struct mmi_commons **commons_out)
{
    struct mmi_commons *commons = NULL;
    enum mm_status status = mmi_commons_open(&commons);

    *commons_out = commons;
    if (commons == NULL) {
        return status == MM_OK ? MM_OS : status; /* it is never MM_OK */
    }
    switch (pthread_mutex_lock(&commons->lock)) {
    case 0:
        return MM_OK;
    case EOWNERDEAD:
        bury_claim(commons);
        pthread_mutex_consistent(&commons->lock);
        return MM_OK;
    default:
        return MM_BAD_DATA;
    }
}

static void leave_claims(struct mmi_commons *commons)
{
    pthread_mutex_unlock(&commons->lock);
}

static bool was_committed(const struct mmi_commons *commons, uint64_t number)
{
    uint64_t count = atomic_load(&commons->dead_count);

    if (count > MMI_DEAD_CLAIMS) {
        count = MMI_DEAD_CLAIMS;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (atomic_load(&commons->dead[i]) == number) {
            return true;
        }
    }
    return false;
}

/* Remove the mark, and take the object if `takes`: in one step, so that whoever
 * is killed has done both or nothing. */
static void unmark(struct mm_waitable *waitable, bool takes)
{
    struct mmi_state *state = waitable->state;
    uint64_t found = atomic_load(&state->word);
    uint64_t after;

    if (waitable->kind == MMI_KIND_TIMER) {
        found = atomic_load(&state->due);
        after = takes ? mmi_timer_next(waitable, found, mm_clock_ns())
                      : found & ~MMI_DUE_MARKED;
        /* Nobody changes a due time that has the mark. */
        atomic_store(&state->due, after);
        return;
    }
    do {
        after = found;
        if (takes && !waitable->manual && mmi_is_signalled(found)) {
            after = mmi_taken(found);
        }
        after &= ~MMI_MARKED;
    } while (!atomic_compare_exchange_weak(&state->word, &found, after));
}

static bool is_marked(struct mmi_state *state, enum mmi_kind kind)
{
    return kind == MMI_KIND_TIMER
               ? (atomic_load(&state->due) & MMI_DUE_MARKED) != 0
               : (atomic_load(&state->word) & MMI_MARKED) != 0;
}

/* With the lock held: the mark that is there now is of a killed process. */
static void settle_mark(const struct mmi_commons *commons,
                        struct mm_waitable *waitable)
{
    struct mmi_state *state = waitable->state;

    if (is_marked(state, waitable->kind)) {
        unmark(waitable, was_committed(commons, atomic_load(&state->claim)));
    }
}

enum mm_status mmi_settle(struct mm_waitable *waitable)
{
    struct mmi_commons *commons;
    enum mm_status status = enter_claims(&commons);

    if (status == MM_OK) {
        settle_mark(commons, waitable);
        leave_claims(commons);
    }
    return status;
}

/* Mark what is signalled; false where it is not. */
static bool mark(const struct mmi_commons *commons,
                 struct mm_waitable *waitable, uint64_t number)
{
    struct mmi_state *state = waitable->state;
    uint64_t found;

    settle_mark(commons, waitable);
    atomic_store(&state->claim, number);
    if (waitable->kind == MMI_KIND_TIMER) {
        found = atomic_load(&state->due);
        do {
            uint64_t time = found & ~MMI_DUE_BITS;

            if (time == MMI_DUE_NEVER || time > mm_clock_ns()) {
                return false;
            }
        } while (!atomic_compare_exchange_weak(&state->due, &found,
                                               found | MMI_DUE_MARKED));
        return true;
    }
    found = atomic_load(&state->word);
    do {
        if (!mmi_is_signalled(found)) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&state->word, &found,
                                           found | MMI_MARKED));
    return true;
}

/* Mutexes come last: who looks at one that is only grabbed may have to wait. */
static enum mm_status gather(const struct mmi_commons *commons,
                             const struct mmi_group *group, uint64_t number,
                             bool mutexes, size_t *count_out)
{
    for (*count_out = 0; *count_out < group->count; ++*count_out) {
        struct mm_waitable *waitable = group->list[*count_out];
        enum mm_status status = MM_OK;

        if (mutexes && waitable->kind == MMI_KIND_MUTEX) {
            status = mmi_mutex_grab(waitable->state, number);
        } else if (!mutexes && waitable->kind != MMI_KIND_MUTEX) {
            status = mark(commons, waitable, number) ? MM_OK : MM_TIMED_OUT;
        }
        if (status != MM_OK) {
            return status;
        }
    }
    return MM_OK;
}

/* Give back the first `marked` marks and the first `grabbed` mutexes. */
static void give_back(const struct mmi_group *group, size_t marked,
                      size_t grabbed)
{
    for (size_t i = 0; i < group->count; i++) {
        struct mm_waitable *waitable = group->list[i];

        if (waitable->kind == MMI_KIND_MUTEX && i < grabbed) {
            mmi_mutex_give_back(waitable->state);
        } else if (waitable->kind != MMI_KIND_MUTEX && i < marked) {
            unmark(waitable, false);
        }
    }
}

static enum mm_status keep_all(const struct mmi_group *group)
{
    enum mm_status status = MM_OK;

    for (size_t i = 0; i < group->count; i++) {
        struct mm_waitable *waitable = group->list[i];

        if (waitable->kind != MMI_KIND_MUTEX) {
            unmark(waitable, true);
        } else if (mmi_mutex_keep(waitable->state) == MM_ABANDONED) {
            status = MM_ABANDONED;
        }
    }
    return status;
}

enum mm_status mmi_claim_all(const struct mmi_group *group)
{
    struct mmi_commons *commons;
    enum mm_status status = enter_claims(&commons);
    size_t marked = 0;
    size_t grabbed = 0;
    uint64_t number;

    if (status != MM_OK) {
        return status;
    }
    number = atomic_load(&commons->current) + 1;
    atomic_store(&commons->current, number);
    status = gather(commons, group, number, false, &marked);
    if (status == MM_OK) {
        status = gather(commons, group, number, true, &grabbed);
    }
    if (status == MM_OK) {
        atomic_store(&commons->committed, number);
        status = keep_all(group);
    } else {
        give_back(group, marked, grabbed);
    }
    leave_claims(commons);
    return status;
}

enum mm_status mmi_claim_ask(struct mmi_state *state, bool *was_committed_out)
{
    struct mmi_commons *commons;
    enum mm_status status = enter_claims(&commons);

    *was_committed_out = false;
    if (status == MM_OK) {
        *was_committed_out = was_committed(commons, atomic_load(&state->claim));
        leave_claims(commons);
    }
    return status;
}

enum mm_status mmi_claims_count(uint64_t *count_out)
{
    struct mmi_commons *commons;
    enum mm_status status = enter_claims(&commons);

    *count_out = 0;
    if (status == MM_OK) {
        *count_out = atomic_load(&commons->current);
        leave_claims(commons);
    }
    return status;
}
