/* SPDX-License-Identifier: MIT */
#include "traced.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t traced_begin(void (*body)(void *), void *context)
{
    pid_t child = fork();

    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
            _exit(EXIT_FAILURE);
        }
        raise(SIGSTOP);
        body(context);
        _exit(EXIT_SUCCESS);
    }
    return child;
}

static bool is_stopped(pid_t child)
{
    int state;

    return waitpid(child, &state, 0) == child && WIFSTOPPED(state);
}

long traced_step(pid_t child, long steps)
{
    bool lives = is_stopped(child);
    long taken = 0;

    while (lives && taken < steps) {
        lives = ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0 &&
                is_stopped(child);
        taken++;
    }
    return taken;
}

void traced_finish(pid_t child)
{
    while (ptrace(PTRACE_CONT, child, NULL, NULL) == 0 && is_stopped(child)) {
    }
}

void traced_kill(pid_t child)
{
    if (kill(child, SIGKILL) == 0) {
        waitpid(child, NULL, 0);
    }
}

bool traced_is_allowed(void)
{
    pid_t child = traced_begin((void (*)(void *))abort, NULL);
    bool allowed = child > 0 && is_stopped(child) &&
                   ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0 &&
                   is_stopped(child);

    if (child > 0) {
        traced_kill(child);
    }
    return allowed;
}
