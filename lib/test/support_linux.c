/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

enum {
    THREADS_MAX = 64,
    /* One number on every architecture; C libraries before 2.38 lack it. */
    CACHESTAT_NUMBER = 451,
};

/* The kernel's layout: include/uapi/linux/mman.h of Linux 6.5. */
struct cachestat_range {
    uint64_t offset;
    uint64_t size;
};

struct cachestat_answer {
    uint64_t cached;
    uint64_t dirty;
    uint64_t writeback;
    uint64_t evicted;
    uint64_t recently_evicted;
};

bool support_dirty(const char *path, uint64_t *dirty_out)
{
    struct cachestat_range whole = {0, 0};
    struct cachestat_answer answer = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool told =
        fd >= 0 && syscall(CACHESTAT_NUMBER, fd, &whole, &answer, 0) == 0;

    if (fd >= 0) {
        close(fd);
    }
    *dirty_out = answer.dirty * mm_page_size();
    return told;
}

bool support_take_name(const char *name)
{
    (void)name;
    return false;
}

void support_leave_name(void)
{
}

bool support_section_of(uint64_t file)
{
    (void)file;
    return false;
}

bool support_use_folder(const char *path)
{
    char here[SUPPORT_PATH_ROOM];
    char whole[2 * SUPPORT_PATH_ROOM];

    if (getcwd(here, sizeof(here)) == NULL || mkdir(path, S_IRWXU) != 0) {
        return false;
    }
    snprintf(whole, sizeof(whole), "%s/%s", *path == '/' ? "" : here, path);
    return setenv("MAPMARK_NAMESPACE_DIR", whole, 1) == 0;
}

void support_forget_folder(const char *path)
{
    unsetenv("MAPMARK_NAMESPACE_DIR");
    support_run("/bin/rm", "-r", path, NULL);
}

bool support_in_fork(int (*body)(void *), void *context, int *code_out)
{
    pid_t child = fork();
    int state = 0;

    *code_out = -1;
    if (child == 0) {
        _exit(body(context));
    }
    if (child > 0 && waitpid(child, &state, 0) == child && WIFEXITED(state)) {
        *code_out = WEXITSTATUS(state);
    }
    return true;
}

bool support_cut(const char *path, uint64_t size)
{
    return truncate(path, (off_t)size) == 0;
}

void support_touch_lost(const char *path, const void *octet)
{
    if (support_cut(path, 0)) {
        (void)*(const volatile unsigned char *)octet;
    }
}

static struct sigaction others;
static bool faults_pass;
static int fault_exit_code;

static void handle_fault(int number, siginfo_t *info, void *context)
{
    if (!faults_pass) {
        _Exit(fault_exit_code);
    }
    others.sa_sigaction(number, info, context);
}

bool support_handle_faults(bool passes_on, int exit_code)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};

    faults_pass = passes_on;
    fault_exit_code = exit_code;
    action.sa_sigaction = handle_fault;
    return sigaction(SIGBUS, &action, &others) == 0;
}

static atomic_uint interrupts;

static void count_interrupt(int number)
{
    (void)number;
    atomic_fetch_add(&interrupts, 1);
}

/* Without SA_RESTART, so that system calls do end. */
bool support_interrupt_often(bool on)
{
    const struct timeval period = {.tv_usec = on ? 1000 : 0};
    const struct itimerval timer = {period, period};
    struct sigaction action = {.sa_handler = on ? count_interrupt : SIG_IGN};

    return sigaction(SIGALRM, &action, NULL) == 0 &&
           setitimer(ITIMER_REAL, &timer, NULL) == 0;
}

unsigned support_interrupts(void)
{
    return atomic_load(&interrupts);
}

struct job {
    void (*body)(void *);
    void *context;
};

static void *run(void *argument)
{
    const struct job *job = argument;

    job->body(job->context);
    return NULL;
}

bool support_in_threads(unsigned count, void (*body)(void *), void *context)
{
    struct job job = {body, context};
    pthread_t threads[THREADS_MAX];
    unsigned started = 0;

    while (started < count && started < THREADS_MAX &&
           pthread_create(&threads[started], NULL, run, &job) == 0) {
        started++;
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    return started == count;
}

bool support_limit_files(bool on)
{
    static struct rlimit before;
    struct rlimit now;
    int next;

    if (!on) {
        return setrlimit(RLIMIT_NOFILE, &before) == 0;
    }
    next = dup(0); /* the least number that is free */
    if (next < 0 || close(next) != 0 ||
        getrlimit(RLIMIT_NOFILE, &before) != 0) {
        return false;
    }
    now = before;
    now.rlim_cur = (rlim_t)next;
    return setrlimit(RLIMIT_NOFILE, &now) == 0;
}

uint64_t support_open_files(void)
{
    DIR *files = opendir("/proc/self/fd");
    uint64_t count = 0;

    while (files != NULL && readdir(files) != NULL) {
        count++;
    }
    if (files != NULL) {
        closedir(files);
    }
    return count;
}
