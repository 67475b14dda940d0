/* SPDX-License-Identifier: MIT */
#include "waitable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

#include "core.h"
#include "internal.h"
#include "native.h"

enum {
    /* Pages without a handle that are kept before it is asked whether anybody
     * still needs one. */
    LEFT_PAGES_MAX = 64,
    THREADS_MAX = 4096,
};

/* Layout, and sizes of what the C library lays out, in one number. */
static const uint32_t state_magic =
    0x4D4D0000 | (sizeof(pthread_mutex_t) << 8) | sizeof(struct mmi_state);
/*
 * A state as this process has it mapped: at one address, whatever the number of
 * its handles, because the C library's list of the mutexes that a thread owns
 * goes through them by address.
 *
 * For the same reason the page of a mutex outlives its last handle: a thread
 * may own it, or be in the last steps of releasing it, when another one closes
 * it. If the process were killed then, the kernel would write to what is at
 * that address by that time (glibc bug 14485).
 */
struct mmi_page {
    struct mmi_page *next;
    struct mmi_state *state;
    dev_t device;
    ino_t inode;
    unsigned uses;
    bool is_free; /* while it is asked who needs it */
};

static pthread_mutex_t pages_lock = PTHREAD_MUTEX_INITIALIZER;
static struct mmi_page *pages;
static unsigned left_pages; /* without a handle */

bool mmi_mutex_init(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;
    bool made;

    if (pthread_mutexattr_init(&attributes) != 0) {
        return false;
    }
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    made = pthread_mutex_init(mutex, &attributes) == 0;
    pthread_mutexattr_destroy(&attributes);
    return made;
}

bool mmi_mutex_is_ours(const pthread_mutex_t *mutex)
{
    pthread_mutex_t ours;

    memset(&ours, 0, sizeof(ours));
    return mmi_mutex_init(&ours) && mutex->__data.__kind == ours.__data.__kind;
}

static bool makes_sense(const struct mmi_state *state, enum mmi_kind kind)
{
    if (state->magic != state_magic || state->kind != (uint32_t)kind ||
        state->manual > 1 || state->maximum > INT32_MAX) {
        return false;
    }
    switch (kind) {
    case MMI_KIND_EVENT:
        return mmi_count_of(atomic_load(&state->word)) == 0;
    case MMI_KIND_SEMAPHORE:
        return state->maximum >= 1 &&
               mmi_count_of(atomic_load(&state->word)) <= state->maximum;
    case MMI_KIND_MUTEX:
    case MMI_KIND_TIMER:
        return mmi_mutex_is_ours(&state->mutex);
    case MMI_KIND_MAPPING:
    default:
        return false;
    }
}

static enum mm_status lay_out(struct mmi_state *state,
                              const struct mmi_waitable_request *request)
{
    if (!mmi_mutex_init(&state->mutex)) {
        return MM_NO_MEMORY;
    }
    state->kind = (uint32_t)request->kind;
    state->manual = request->manual;
    state->maximum = request->maximum;
    atomic_init(&state->word, request->set ? MMI_SET : request->initial);
    atomic_init(&state->due, MMI_DUE_NEVER);
    state->magic = state_magic;
    return MM_OK;
}

/* What is mapped there already, by another handle. */
static struct mmi_page *find_page(const struct stat *info)
{
    for (struct mmi_page *page = pages; page != NULL; page = page->next) {
        if (page->inode == info->st_ino && page->device == info->st_dev) {
            return page;
        }
    }
    return NULL;
}

static enum mm_status new_page(int fd, uint64_t offset, const struct stat *info,
                               struct mmi_page **page_out)
{
    struct mmi_page *page = calloc(1, sizeof(*page));
    enum mm_status status;
    void *address = NULL;

    *page_out = NULL;
    if (page == NULL) {
        return MM_NO_MEMORY;
    }
    status = mmi_map(NULL, sizeof(struct mmi_state), PROT_READ | PROT_WRITE,
                     MAP_SHARED, fd, offset, &address);
    if (status != MM_OK) {
        free(page);
        return status;
    }
    page->state = address;
    page->device = info->st_dev;
    page->inode = info->st_ino;
    page->next = pages;
    pages = page;
    *page_out = page;
    return MM_OK;
}

/* Map the state that begins at `offset` of the file. */
static enum mm_status open_page(struct mm_waitable *waitable, int fd,
                                uint64_t offset)
{
    enum mm_status status = MM_OK;
    struct mmi_page *page;
    struct stat info;

    if (fstat(fd, &info) != 0) {
        return mmi_os_error();
    }
    if ((uint64_t)info.st_size < offset + sizeof(struct mmi_state)) {
        return MM_BAD_DATA; /* to touch it would be a fault */
    }
    pthread_mutex_lock(&pages_lock);
    page = find_page(&info);
    if (page == NULL) {
        status = new_page(fd, offset, &info, &page);
    } else if (page->uses == 0) {
        left_pages--;
    }
    if (status == MM_OK) {
        page->uses++;
        waitable->page = page;
        waitable->state = page->state;
    }
    pthread_mutex_unlock(&pages_lock);
    return status;
}

/* The address of the mutex that a thread is acquiring or releasing just now, as
 * the kernel would find it; and UINTPTR_MAX if that cannot be told. */
static uintptr_t pending_of(int memory, pid_t thread)
{
    struct robust_list_head *head = NULL;
    struct robust_list_head copy;
    size_t size = 0;

    if (syscall(SYS_get_robust_list, thread, &head, &size) != 0) {
        return errno == ESRCH ? 0 : UINTPTR_MAX;
    }
    /* Not read directly: the thread may end, and its memory with it. */
    if (pread(memory, &copy, sizeof(copy), (off_t)(uintptr_t)head) !=
        (ssize_t)sizeof(copy)) {
        return 0;
    }
    return (uintptr_t)copy.list_op_pending & ~(uintptr_t)1;
}

/* What the threads of this process have pending; false if it cannot be told. */
static bool list_pending(uintptr_t *pending, size_t *count_out)
{
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    DIR *threads = opendir("/proc/self/task");
    bool told = memory >= 0 && threads != NULL;
    struct dirent *entry;

    *count_out = 0;
    while (told && (entry = readdir(threads)) != NULL) {
        pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);

        if (thread > 0) {
            uintptr_t address = pending_of(memory, thread);

            told = address != UINTPTR_MAX && *count_out < THREADS_MAX;
            if (told) {
                pending[(*count_out)++] = address;
            }
        }
    }
    if (threads != NULL) {
        closedir(threads);
    }
    if (memory >= 0) {
        close(memory);
    }
    return told;
}

/* By a thread of this process. */
static bool is_owned(const struct mmi_page *page)
{
    const pthread_mutex_t *mutex = &page->state->mutex;
    pid_t owner = (pid_t)((unsigned)mutex->__data.__lock & FUTEX_TID_MASK);

    return owner != 0 && syscall(SYS_tgkill, getpid(), owner, 0) == 0;
}

static bool is_pending(const struct mmi_page *page, const uintptr_t *pending,
                       size_t count)
{
    const pthread_mutex_t *mutex = &page->state->mutex;

    for (size_t i = 0; i < count; i++) {
        if (pending[i] == (uintptr_t)&mutex->__data.__list.__next) {
            return true;
        }
    }
    return false;
}

/* What is pending is asked for after who owns a page: a thread that releases
 * one in between has it pending by then, or is done. */
static void unmap_left_pages(void)
{
    static uintptr_t pending[THREADS_MAX];
    struct mmi_page **link = &pages;
    size_t count;

    for (struct mmi_page *page = pages; page != NULL; page = page->next) {
        page->is_free = page->uses == 0 && !is_owned(page);
    }
    if (!list_pending(pending, &count)) {
        return;
    }
    while (*link != NULL) {
        struct mmi_page *page = *link;

        if (!page->is_free || is_pending(page, pending, count)) {
            link = &page->next;
            continue;
        }
        *link = page->next;
        munmap(page->state, sizeof(struct mmi_state));
        free(page);
        left_pages--;
    }
}

static void close_page(struct mmi_page *page)
{
    pthread_mutex_lock(&pages_lock);
    page->uses--;
    if (page->uses == 0) {
        left_pages++;
        if (left_pages > LEFT_PAGES_MAX) {
            unmap_left_pages();
        }
    }
    pthread_mutex_unlock(&pages_lock);
}

/* Believe what is mapped, if it can be what it should be. */
static enum mm_status examine(struct mm_waitable *waitable)
{
    const struct mmi_state *state = waitable->state;

    if (!makes_sense(state, waitable->kind)) {
        return MM_BAD_DATA;
    }
    waitable->manual = state->manual != 0;
    waitable->maximum = state->maximum;
    return MM_OK;
}

/* Fill the state that has just been made, and mapped. */
static enum mm_status begin(struct mm_waitable *waitable,
                            const struct mmi_waitable_request *request)
{
    enum mm_status status = lay_out(waitable->state, request);

    if (status == MM_OK) {
        status = examine(waitable);
    }
    if (status == MM_OK && request->owned) {
        status = mmi_mutex_take(waitable);
    }
    return status;
}

static enum mm_status open_body(struct mm_waitable *waitable)
{
    int fd = -1;
    enum mm_status status = mmi_object_open_body(waitable->object, &fd);

    if (status == MM_OK) {
        status = open_page(waitable, fd, MMI_OBJECT_BODY);
        close(fd);
    }
    return status;
}

static enum mm_status make_named(struct mm_waitable *waitable,
                                 const struct mmi_namespace *space,
                                 const struct mmi_waitable_request *request,
                                 const struct mmi_name *name)
{
    const struct mmi_object_plan plan = {
        .kind = request->kind,
        .body_size = sizeof(struct mmi_state),
        .facts = &state_magic,
        .facts_size = sizeof(state_magic),
    };
    enum mm_status status = mmi_store_status(
        mmi_object_make(space, name, &plan, &waitable->object));

    if (status == MM_OK) {
        status = open_body(waitable);
    }
    return status == MM_OK ? begin(waitable, request) : status;
}

/* The lock is held all the time, so nobody finds a state that is not filled. */
static enum mm_status open_or_make(struct mm_waitable *waitable,
                                   const struct mmi_waitable_request *request,
                                   const struct mmi_name *name)
{
    struct mmi_namespace space;
    uint32_t layout;
    enum mm_status status = mmi_namespace_enter(&space);

    if (status != MM_OK) {
        return status;
    }
    status = mmi_object_find(&space, name, request->kind, &layout,
                             sizeof(layout), &waitable->object);
    if (status == MM_OK) {
        status = open_body(waitable);
        status = status == MM_OK ? examine(waitable) : status;
        status = status == MM_OK ? MM_ALREADY_EXISTS : status;
    } else if (status == MM_NOT_FOUND && !request->must_exist) {
        status = make_named(waitable, &space, request, name);
    }
    mmi_namespace_leave(&space);
    return status;
}

static enum mm_status make_unnamed(struct mm_waitable *waitable,
                                   const struct mmi_waitable_request *request)
{
    enum mm_status status;
    int fd = memfd_create("mapmark", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0) {
        return mmi_os_error();
    }
    waitable->data = fd;
    status =
        mmi_store_status(mmi_file_reserve(fd, 0, sizeof(struct mmi_state)));
    if (status == MM_OK &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
        status = mmi_os_error();
    }
    if (status == MM_OK) {
        status = open_page(waitable, fd, 0);
    }
    return status == MM_OK ? begin(waitable, request) : status;
}

enum mm_status mmi_waitable_build(struct mm_waitable *waitable,
                                  const struct mmi_waitable_request *request,
                                  const struct mmi_name *name)
{
    return name != NULL ? open_or_make(waitable, request, name)
                        : make_unnamed(waitable, request);
}

enum mm_status mmi_waitable_copy(const struct mm_waitable *from,
                                 struct mm_waitable *to)
{
    enum mm_status status = MM_OK;

    if (from->object != NULL) {
        status = mmi_object_duplicate(from->object, &to->object);
    } else {
        to->data = fcntl((int)from->data, F_DUPFD_CLOEXEC, 0);
        status = to->data < 0 ? mmi_os_error() : MM_OK;
    }
    if (status != MM_OK) {
        return status;
    }
    pthread_mutex_lock(&pages_lock);
    from->page->uses++;
    pthread_mutex_unlock(&pages_lock);
    to->page = from->page;
    to->state = from->state;
    return MM_OK;
}

enum mm_status mmi_waitable_take(struct mm_waitable *waitable, uint64_t value)
{
    struct mmi_ticket ticket;
    bool wait_only;
    enum mm_status status = mmi_ticket_read(value, waitable->kind, &ticket);

    if (status != MM_OK) {
        return status;
    }
    memcpy(&wait_only, ticket.facts, sizeof(wait_only));
    if (wait_only && !waitable->wait_only) {
        return MM_DENIED;
    }
    status = mmi_ticket_take(value, &ticket);
    if (status != MM_OK) {
        return status;
    }
    if (ticket.is_named != 0) {
        status = mmi_object_adopt(&ticket.object, &waitable->object);
        status = status == MM_OK ? open_body(waitable) : status;
    } else {
        waitable->data = (intptr_t)ticket.data;
        status = open_page(waitable, (int)waitable->data, 0);
    }
    return status == MM_OK ? examine(waitable) : status;
}

enum mm_status mmi_waitable_bequeath(struct mm_waitable *waitable)
{
    struct mmi_ticket ticket =
        mmi_ticket_begin(waitable->kind, waitable->object);

    ticket.data = waitable->data;
    memcpy(ticket.facts, &waitable->wait_only, sizeof(waitable->wait_only));
    return mmi_ticket_write(&ticket, &waitable->ticket, &waitable->heirloom);
}

uint64_t mmi_waitable_value(const struct mm_waitable *waitable)
{
    return (uint64_t)waitable->ticket;
}

void mmi_waitable_leave(struct mm_waitable *waitable)
{
    if (waitable->page != NULL) {
        close_page(waitable->page);
    }
    if (waitable->data >= 0) {
        close((int)waitable->data);
    }
    if (waitable->ticket >= 0) {
        close((int)waitable->ticket);
    }
    mmi_object_close(waitable->object);
}
