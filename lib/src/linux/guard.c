/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include <mapmark/guard.h>

#include "internal.h"

/* One call of mm_guard_run() that has not returned. */
struct frame {
    struct frame *outer;
    const char *address;
    size_t size;
    sigjmp_buf landing;
};

/* The handler reads it, and must not be the first of its thread to do so: for
 * a library that is loaded late, other models allocate then. */
static _Thread_local struct frame *innermost
    __attribute__((tls_model("initial-exec")));

/*
 * Who installs over a handler that passes faults on to ours would send them
 * in circles if there were one of ours only. So each different handler that
 * is found has one in front of it, which knows it.
 */
enum { LEVELS_MAX = 8 };

static struct sigaction behind[LEVELS_MAX];
static int level_count;
static pthread_mutex_t behind_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool installed;

/* ---- a fault ------------------------------------------------------------- */

/* That of a page which the file did not supply. An address that no mapping
 * has is another signal. */
static bool is_of_supply(const siginfo_t *info)
{
    return info->si_code == BUS_ADRERR || info->si_code == BUS_MCEERR_AR;
}

static struct frame *find_frame(const siginfo_t *info)
{
    struct frame *frame = innermost;
    uintptr_t at = (uintptr_t)info->si_addr;

    if (!is_of_supply(info)) {
        return NULL;
    }
    while (frame != NULL && at - (uintptr_t)frame->address >= frame->size) {
        frame = frame->outer;
    }
    return frame;
}

/* As the kernel does when there is no handler: it ends the process, at once
 * when somebody sent the signal, else when the instruction faults again. */
static void fall(int number, const siginfo_t *info)
{
    struct sigaction nothing = {.sa_handler = SIG_DFL};

    sigaction(number, &nothing, NULL);
    if (info->si_code <= 0) {
        raise(number);
    }
}

/* Signals that the handler behind wants held off are. */
static void pass_on(const struct sigaction *other, int number, siginfo_t *info,
                    void *context)
{
    sigset_t before;

    if (other->sa_handler == SIG_DFL ||
        (other->sa_handler == SIG_IGN && info->si_code > 0)) {
        fall(number, info); /* a fault cannot be ignored */
        return;
    }
    if (other->sa_handler == SIG_IGN) {
        return;
    }
    pthread_sigmask(SIG_BLOCK, &other->sa_mask, &before);
    if ((other->sa_flags & SA_SIGINFO) != 0) {
        other->sa_sigaction(number, info, context);
    } else {
        other->sa_handler(number);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void handle(int level, int number, siginfo_t *info, void *context)
{
    struct frame *frame = find_frame(info);
    const ucontext_t *interrupted = context;
    int error = errno;

    if (frame != NULL) {
        /* Whoever leaves by a jump gets no mask back from the kernel. */
        pthread_sigmask(SIG_SETMASK, &interrupted->uc_sigmask, NULL);
        siglongjmp(frame->landing, 1);
    }
    pass_on(&behind[level], number, info, context);
    errno = error;
}

#define HANDLER(level)                                                     \
    static void handle_##level(int number, siginfo_t *info, void *context) \
    {                                                                      \
        handle(level, number, info, context);                              \
    }

HANDLER(0)
HANDLER(1)
HANDLER(2)
HANDLER(3)
HANDLER(4)
HANDLER(5)
HANDLER(6)
HANDLER(7)

static void (*const handlers[LEVELS_MAX])(int, siginfo_t *, void *) = {
    handle_0, handle_1, handle_2, handle_3,
    handle_4, handle_5, handle_6, handle_7,
};

/* ---- the handlers -------------------------------------------------------- */

static bool is_ours(const struct sigaction *action)
{
    for (int i = 0; i < LEVELS_MAX; i++) {
        if ((action->sa_flags & SA_SIGINFO) != 0 &&
            action->sa_sigaction == handlers[i]) {
            return true;
        }
    }
    return false;
}

/* The one in front of a handler, a new one if need be; -1 when there are too
 * many. */
static int level_before(const struct sigaction *found)
{
    for (int i = 0; i < level_count; i++) {
        if (behind[i].sa_handler == found->sa_handler &&
            behind[i].sa_flags == found->sa_flags) {
            return i;
        }
    }
    if (level_count == LEVELS_MAX) {
        return -1;
    }
    behind[level_count] = *found;
    return level_count++;
}

static enum mm_status install_over(const struct sigaction *found)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    int level;

    if (is_ours(found)) {
        return MM_OK;
    }
    level = level_before(found);
    if (level < 0) {
        return MM_TOO_MANY;
    }
    sigemptyset(&action.sa_mask);
    action.sa_sigaction = handlers[level];
    return sigaction(SIGBUS, &action, NULL) != 0 ? mmi_os_error() : MM_OK;
}

enum mm_status mm_guard_install(void)
{
    struct sigaction found;
    enum mm_status status = MM_OK;

    pthread_mutex_lock(&behind_lock);
    if (sigaction(SIGBUS, NULL, &found) != 0) {
        status = mmi_os_error();
    } else {
        status = install_over(&found);
    }
    if (status == MM_OK) {
        atomic_store_explicit(&installed, true, memory_order_release);
    }
    pthread_mutex_unlock(&behind_lock);
    return status;
}

/* ---- guards -------------------------------------------------------------- */

void mm_guard_move(const void *address, size_t size)
{
    if (innermost != NULL) {
        innermost->address = address;
        innermost->size = size;
    }
}

enum mm_status mm_guard_run(const void *address, size_t size,
                            void (*body)(void *context), void *context)
{
    struct frame frame;

    if (body == NULL) {
        return MM_INVALID;
    }
    if (!atomic_load_explicit(&installed, memory_order_acquire)) {
        enum mm_status status = mm_guard_install();

        if (status != MM_OK) {
            return status;
        }
    }
    frame.outer = innermost;
    frame.address = address;
    frame.size = size;
    /* Without the mask, which would be a system call. */
    if (sigsetjmp(frame.landing, 0) != 0) {
        innermost = frame.outer;
        return mmi_os_error_number(EIO);
    }
    innermost = &frame;
    /* What the handler reads is written before the body, read after it. */
    atomic_signal_fence(memory_order_seq_cst);
    body(context);
    atomic_signal_fence(memory_order_seq_cst);
    innermost = frame.outer;
    return MM_OK;
}
