/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/limits.h>

#include <mapmark/clock.h>
#include <mapmark/process.h>

#include "inherit.h"
#include "internal.h"
#include "native.h"
#include "spin.h"

enum {
    /* Where the kernel cannot tell when a process ends: how often to look. */
    LOOK_AGAIN_NS = 1000000,
    /* What a shell reports for a process that a signal has ended. */
    EXIT_SIGNAL_BASE = 128,
};

static const uint64_t second_ns = 1000000000;

/* The path of the program that runs: argv[0] for a copy of itself. */
static enum mm_status own_path(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);

    if (length < 0) {
        return mmi_os_error();
    }
    path[length] = 0;
    return MM_OK;
}

/* argv of the new process; the strings stay those of the caller. */
static char **argument_list(const char *program, const char *const *arguments)
{
    size_t count = 0;
    char **list;

    while (arguments != NULL && arguments[count] != NULL) {
        count++;
    }
    list = calloc(count + 2, sizeof(*list));
    if (list == NULL) {
        return NULL;
    }
    /* exec(3) takes the strings as writable, and leaves them alone. */
    memcpy(&list[0], &program, sizeof(program));
    if (count > 0) {
        memcpy(&list[1], arguments, count * sizeof(*arguments));
    }
    return list;
}

/* Copied onto itself, a descriptor stays open in the new program. */
static int add_heirloom(posix_spawn_file_actions_t *actions,
                        const struct mmi_heirloom *heirloom)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < heirloom->count; i++) {
        int fd = (int)heirloom->handles[i];

        error = posix_spawn_file_actions_adddup2(actions, fd, fd);
    }
    return error;
}

static int start_with_heirlooms(pid_t *id, const char *image, char **list)
{
    const struct mmi_heirloom *heirloom;
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0) {
        return error;
    }
    heirloom = mmi_heirlooms_enter();
    for (; error == 0 && heirloom != NULL; heirloom = heirloom->next) {
        error = add_heirloom(&actions, heirloom);
    }
    if (error == 0) {
        error = posix_spawn(id, image, &actions, NULL, list, environ);
    }
    mmi_heirlooms_leave();
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

enum mm_status mm_process_spawn(const struct mm_process_options *options,
                                struct mm_process **process_out)
{
    enum mm_status status = MM_OK;
    struct mm_process *process = NULL;
    char **list = NULL;
    char self[PATH_MAX];
    const char *program = self;
    const char *image = "/proc/self/exe"; /* right even if it was replaced */
    int error;

    *process_out = NULL;
    if (options == NULL ||
        (options->flags & ~(unsigned)MM_PROCESS_INHERIT) != 0) {
        return MM_INVALID;
    }
    if (options->program != NULL) {
        program = options->program;
        image = options->program;
    } else {
        status = own_path(self, sizeof(self));
        if (status != MM_OK) {
            return status;
        }
    }

    process = calloc(1, sizeof(*process));
    list = argument_list(program, options->arguments);
    if (process == NULL || list == NULL) {
        status = MM_NO_MEMORY;
        goto done;
    }
    process->watch = -1;
    error = (options->flags & MM_PROCESS_INHERIT) != 0
                ? start_with_heirlooms(&process->id, image, list)
                : posix_spawn(&process->id, image, NULL, NULL, list, environ);
    if (error != 0) {
        status = mmi_os_error_number(error);
        goto done;
    }
    /* It cannot be another process: nobody has waited for this one yet. */
    process->watch = (int)syscall(SYS_pidfd_open, process->id, 0);
    *process_out = process;

done:
    free(list);
    if (*process_out == NULL) {
        free(process);
    }
    return status;
}

/* Ask once, or wait until it ends: `options` of waitpid(2). */
static enum mm_status collect(struct mm_process *process, int options)
{
    int state = 0;
    pid_t ended;

    do {
        ended = waitpid(process->id, &state, options);
    } while (ended < 0 && errno == EINTR);
    if (ended < 0) {
        return mmi_os_error();
    }
    if (ended == 0) {
        return MM_TIMED_OUT;
    }
    process->ended = true;
    process->exit_code = WIFEXITED(state) ? WEXITSTATUS(state)
                                          : EXIT_SIGNAL_BASE + WTERMSIG(state);
    return MM_OK;
}

/* Sleep until the process may have ended, `left_ns` at most. */
static void pause_for(const struct mm_process *process, uint64_t left_ns)
{
    struct pollfd watch = {.fd = process->watch, .events = POLLIN};
    struct timespec limit;

    if (process->watch < 0 && left_ns > LOOK_AGAIN_NS) {
        left_ns = LOOK_AGAIN_NS;
    }
    limit.tv_sec = (time_t)(left_ns / second_ns);
    limit.tv_nsec = (long)(left_ns % second_ns);
    /* Woken early or not at all, the caller looks again. */
    ppoll(&watch, process->watch >= 0 ? 1 : 0, &limit, NULL);
}

enum mm_status mm_process_wait(struct mm_process *process, uint64_t timeout_ns,
                               int *exit_code_out)
{
    uint64_t deadline = mmi_deadline(timeout_ns);
    enum mm_status status = MM_OK;

    if (!process->ended && timeout_ns == MM_INFINITE) {
        status = collect(process, 0);
    } else if (!process->ended) {
        uint64_t left;

        do {
            left = mmi_time_left(deadline);
            status = collect(process, WNOHANG);
            if (status == MM_TIMED_OUT && left > 0) {
                pause_for(process, left);
            }
        } while (status == MM_TIMED_OUT && left > 0);
    }
    if (exit_code_out != NULL) {
        *exit_code_out = status == MM_OK ? process->exit_code : 0;
    }
    return status;
}

enum mm_status mm_process_kill(struct mm_process *process)
{
    if (process->ended || kill(process->id, SIGKILL) == 0 || errno == ESRCH) {
        return MM_OK;
    }
    return mmi_os_error();
}

uint64_t mm_process_id(const struct mm_process *process)
{
    return (uint64_t)(process != NULL ? process->id : getpid());
}

void mm_process_close(struct mm_process *process)
{
    if (process == NULL) {
        return;
    }
    if (!process->ended) {
        collect(process, WNOHANG);
    }
    if (process->watch >= 0) {
        close(process->watch);
    }
    free(process);
}

enum mm_status mm_process_pin(unsigned cpu)
{
    enum mm_status status = MM_OK;
    cpu_set_t *set;
    size_t size;

    if (cpu > INT16_MAX) {
        return MM_INVALID; /* no kernel counts that far */
    }
    set = CPU_ALLOC(cpu + 1);
    size = CPU_ALLOC_SIZE(cpu + 1);
    if (set == NULL) {
        return MM_NO_MEMORY;
    }
    CPU_ZERO_S(size, set);
    CPU_SET_S(cpu, size, set);
    if (sched_setaffinity(0, size, set) != 0) {
        status = mmi_os_error();
    }
    CPU_FREE(set);
    mmi_spin_forget_cpus();
    return status;
}

unsigned mm_process_cpu(void)
{
    int cpu = sched_getcpu();

    return cpu < 0 ? 0 : (unsigned)cpu;
}

unsigned mm_process_cpu_count(void)
{
    unsigned count = 0;

    /* The kernel refuses a set that is smaller than its own. */
    for (size_t room = CPU_SETSIZE; count == 0 && room <= INT16_MAX;
         room *= 2) {
        cpu_set_t *set = CPU_ALLOC(room);
        size_t size = CPU_ALLOC_SIZE(room);

        if (set == NULL) {
            break;
        }
        if (sched_getaffinity(0, size, set) == 0) {
            count = (unsigned)CPU_COUNT_S(size, set);
        }
        CPU_FREE(set);
    }
    return count > 0 ? count : 1;
}

enum mm_status mm_process_system(char *text, size_t size)
{
    struct utsname name;

    if (text == NULL || size == 0) {
        return MM_INVALID;
    }
    text[0] = 0;
    if (uname(&name) != 0) {
        return mmi_os_error();
    }
    snprintf(text, size, "%s %s", name.sysname, name.release);
    return MM_OK;
}
