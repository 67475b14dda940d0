/* SPDX-License-Identifier: MIT */
/* Shared state that another process has written over, or cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/process.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>

#include "skip.h"
#include "support.h"

enum {
    /* Where the state begins in an object's file, and more than its size. */
    STATE_OFFSET = 65536,
    STATE_SIZE = 256,
    STATES = 500, /* that are made up, of the usual scale */
    KINDS = 4,
};

/* Make an object of the kind, or open the one that is there; use it without
 * waiting and close it, or keep it to the end of the process. */
static enum mm_status use_event(const char *name, bool is_kept)
{
    const struct mm_event_options options = {.name = name};
    struct mm_event *event;
    enum mm_status status = mm_event_create(&options, &event);

    if (is_kept) {
        return status;
    }
    if (!mm_status_failed(status)) {
        mm_event_set(event);
        mm_wait(mm_event_waitable(event), NULL, 0);
        mm_event_reset(event);
    }
    mm_event_close(event);
    return status;
}

static enum mm_status use_semaphore(const char *name, bool is_kept)
{
    const struct mm_semaphore_options options = {.maximum = 9, .name = name};
    struct mm_semaphore *semaphore;
    enum mm_status status = mm_semaphore_create(&options, &semaphore);

    if (is_kept) {
        return status;
    }
    if (!mm_status_failed(status)) {
        mm_semaphore_release(semaphore, 1, NULL);
        mm_wait(mm_semaphore_waitable(semaphore), NULL, 0);
    }
    mm_semaphore_close(semaphore);
    return status;
}

static enum mm_status use_mutex(const char *name, bool is_kept)
{
    const struct mm_mutex_options options = {.name = name};
    struct mm_mutex *mutex;
    enum mm_status status = mm_mutex_create(&options, &mutex);

    if (is_kept) {
        return status;
    }
    if (!mm_status_failed(status)) {
        mm_wait(mm_mutex_waitable(mutex), NULL, 0);
        mm_mutex_release(mutex);
    }
    mm_mutex_close(mutex);
    return status;
}

static enum mm_status use_timer(const char *name, bool is_kept)
{
    const struct mm_timer_options options = {.name = name};
    struct mm_timer *timer;
    enum mm_status status = mm_timer_create(&options, &timer);

    if (is_kept) {
        return status;
    }
    if (!mm_status_failed(status)) {
        mm_wait(mm_timer_waitable(timer), NULL, 0);
    }
    mm_timer_close(timer);
    return status;
}

static enum mm_status (*const uses[KINDS])(const char *, bool) = {
    use_event, use_semaphore, use_mutex, use_timer};

/* Of the only object in the folder; -1 when there is none. */
static int open_object(const char *folder)
{
    char path[2 * SUPPORT_PATH_ROOM + 300];
    struct dirent *entry;
    DIR *entries;
    int fd = -1;

    path[0] = 0;
    entries = opendir(folder);
    assert_non_null(entries);
    while ((entry = readdir(entries)) != NULL) {
        if (strncmp(entry->d_name, "mapmark", 7) == 0) {
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        }
    }
    closedir(entries);
    entries = opendir(path);
    assert_non_null(entries);
    while ((entry = readdir(entries)) != NULL) {
        if (strlen(entry->d_name) == 32) {
            fd = openat(dirfd(entries), entry->d_name, O_RDWR | O_CLOEXEC);
        }
    }
    closedir(entries);
    return fd;
}

/* In a process that has nothing of the object yet; its status, or -1 if that
 * process was killed. */
static int use_elsewhere(int kind, const char *name)
{
    int state = -1;
    pid_t child = fork();

    if (child == 0) {
        alarm(60);
        _exit((int)uses[kind](name, false));
    }
    assert_int_equal(waitpid(child, &state, 0), child);
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

/* A process that keeps the name alive until it is told to end. */
static pid_t keep(int kind, const char *name, int *pipe_out)
{
    int ready[2];
    char octet;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(pipe_out), 0);
    child = fork();
    if (child == 0) {
        close(pipe_out[1]);
        uses[kind](name, true);
        if (write(ready[1], "", 1) != 1 || read(pipe_out[0], &octet, 1) < 0) {
            _exit(EXIT_FAILURE);
        }
        _exit(EXIT_SUCCESS);
    }
    close(pipe_out[0]);
    assert_int_equal(read(ready[0], &octet, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static void let_go(pid_t child, const int *kept)
{
    close(kept[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

typedef void spoil(int fd, unsigned *random);

/* Do that to the state of each kind, `times` times. */
static void with_each_kind(const struct fixture *fixture, spoil *change,
                           unsigned times, void (*check)(int status))
{
    unsigned random = (unsigned)mm_process_id(NULL) | 1;

    print_message("seed %u\n", random);
    assert_true(support_use_folder(fixture->path));
    for (int kind = 0; kind < KINDS; kind++) {
        unsigned char whole[STATE_SIZE];
        int kept[2];
        pid_t child = keep(kind, fixture->name, kept);
        int fd = open_object(fixture->path);
        ssize_t size;

        assert_true(fd >= 0);
        size = pread(fd, whole, sizeof(whole), STATE_OFFSET);
        assert_true(size > 0);
        assert_int_equal(use_elsewhere(kind, fixture->name), MM_ALREADY_EXISTS);
        for (unsigned i = 0; i < times; i++) {
            assert_int_equal(pwrite(fd, whole, (size_t)size, STATE_OFFSET),
                             size);
            change(fd, &random);
            check(use_elsewhere(kind, fixture->name));
        }
        close(fd);
        let_go(child, kept);
    }
    support_forget_folder(fixture->path);
}

static void fill_with_ones(int fd, unsigned *random)
{
    unsigned char ones[STATE_SIZE];
    ssize_t size = pread(fd, ones, sizeof(ones), STATE_OFFSET);

    (void)random;
    memset(ones, 0xFF, sizeof(ones));
    assert_int_equal(pwrite(fd, ones, (size_t)size, STATE_OFFSET), size);
}

static void cut_off(int fd, unsigned *random)
{
    (void)random;
    assert_int_equal(ftruncate(fd, STATE_OFFSET + 8), 0);
}

/* Some octets, each to anything. */
static void change_some(int fd, unsigned *random)
{
    unsigned char octets[STATE_SIZE];
    ssize_t size = pread(fd, octets, sizeof(octets), STATE_OFFSET);

    for (int i = 0; i < 8; i++) {
        *random = *random * 1103515245 + 12345;
        octets[(*random >> 8) % (unsigned)size] =
            (unsigned char)(*random >> 16);
    }
    assert_int_equal(pwrite(fd, octets, (size_t)size, STATE_OFFSET), size);
}

static void is_refused(int status)
{
    assert_int_equal(status, MM_BAD_DATA);
}

static void is_survived(int status)
{
    assert_int_not_equal(status, -1);
}

static void a_state_that_makes_no_sense_is_refused(void **state)
{
    with_each_kind(*state, fill_with_ones, 1, is_refused);
}

static void a_state_that_was_cut_off_is_refused(void **state)
{
    with_each_kind(*state, cut_off, 1, is_refused);
}

/* What it does then is not said, but that the process lives. */
static void no_state_kills_who_opens_it(void **state)
{
    with_each_kind(*state, change_some, STATES * support_scale(), is_survived);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_state_that_makes_no_sense_is_refused),
        TEST(a_state_that_was_cut_off_is_refused),
        TEST(no_state_kills_who_opens_it),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
