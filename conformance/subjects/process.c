/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_START = 127 }; /* as a shell says it */

static _Noreturn void become(const char *const *command, pid_t parent, int fd,
                             int words)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && dup2(fd, STDIN_FILENO) >= 0 &&
        dup2(fd, STDOUT_FILENO) >= 0 && dup2(words, STDERR_FILENO) >= 0) {
        execv(command[0], (char *const *)command);
        dprintf(STDERR_FILENO, "%s: %s\n", command[0], strerror(errno));
    }
    _exit(CANNOT_START);
}

enum exit_code process_start(struct process *process,
                             const char *const *command, int deadline_ms,
                             struct conform_problem *problem)
{
    pid_t parent = getpid();
    int fds[2] = {-1, -1};

    *process = (struct process){.fd = -1, .deadline_ms = deadline_ms};
    process->words = tmpfile();
    if (process->words == NULL ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        goto failed;
    }
    process->id = fork();
    if (process->id == 0) {
        become(command, parent, fds[1], fileno(process->words));
    }
    close(fds[1]);
    process->fd = fds[0];
    if (process->id > 0) {
        return EXIT_OK;
    }
    process->id = 0;

failed:
    conform_problem_set(problem, EXIT_INTERNAL, "no process: %s",
                        strerror(errno));
    process_stop(process);
    return EXIT_INTERNAL;
}

/* Writes the last line that the program said, or "". */
static void last_words(struct process *process, char *text_out, size_t size)
{
    char line[256];

    text_out[0] = '\0';
    rewind(process->words);
    while (fgets(line, sizeof(line), process->words) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0') {
            snprintf(text_out, size, ": %.200s", line);
        }
    }
}

static void close_all(struct process *process)
{
    if (process->fd >= 0) {
        close(process->fd);
    }
    if (process->words != NULL) {
        fclose(process->words);
    }
    *process = (struct process){.fd = -1};
}

static int bury(struct process *process)
{
    int state = 0;

    if (process->id > 0) {
        kill(process->id, SIGKILL);
        while (waitpid(process->id, &state, 0) < 0 && errno == EINTR) {
        }
    }
    return state;
}

void process_stop(struct process *process)
{
    bury(process);
    close_all(process);
}

static enum exit_code give_up(struct process *process, const char *why,
                              struct conform_problem *problem)
{
    char words[256];

    bury(process);
    last_words(process, words, sizeof(words));
    close_all(process);
    return conform_problem_set(problem, EXIT_INTERNAL, "the helper %s%s", why,
                               words);
}

/* The other end is closed: the program has ended, or is about to. */
static enum exit_code report_end(struct process *process,
                                 struct conform_problem *problem)
{
    char why[64] = "closed its output";
    siginfo_t info = {0};

    for (int i = 0; i < 100 && info.si_pid == 0; i++) {
        waitid(P_PID, (id_t)process->id, &info, WEXITED | WNOWAIT | WNOHANG);
        if (info.si_pid == 0) {
            poll(NULL, 0, 10);
        }
    }
    if (info.si_pid != 0 && info.si_code == CLD_EXITED) {
        snprintf(why, sizeof(why), "ended with code %d", info.si_status);
    } else if (info.si_pid != 0) {
        snprintf(why, sizeof(why), "was ended by signal %d", info.si_status);
    }
    return give_up(process, why, problem);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum exit_code wait_for(struct process *process, short events,
                               int64_t until_ms,
                               struct conform_problem *problem)
{
    struct pollfd poller = {.fd = process->fd, .events = events};
    int64_t left_ms = until_ms - now_ms();
    char why[64];

    if (left_ms > 0 && (poll(&poller, 1, (int)left_ms) > 0 || errno == EINTR)) {
        return EXIT_OK;
    }
    if (left_ms > 0 && now_ms() < until_ms) {
        return EXIT_OK;
    }
    snprintf(why, sizeof(why), "gave no answer within %d ms",
             process->deadline_ms);
    return give_up(process, why, problem);
}

static enum exit_code send_all(struct process *process, const char *octets,
                               size_t size, int64_t until_ms,
                               struct conform_problem *problem)
{
    enum exit_code status = EXIT_OK;

    while (status == EXIT_OK && size > 0) {
        ssize_t sent =
            send(process->fd, octets, size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent > 0) {
            octets += sent;
            size -= (size_t)sent;
        } else if (errno == EAGAIN) {
            status = wait_for(process, POLLOUT, until_ms, problem);
        } else if (errno != EINTR) {
            status = report_end(process, problem);
        }
    }
    return status;
}

enum exit_code process_send(struct process *process, const char *octets,
                            size_t size, struct conform_problem *problem)
{
    int64_t until_ms = now_ms() + process->deadline_ms;
    char head[4];
    enum exit_code status;

    for (int i = 0; i < 4; i++) {
        head[i] = (char)(size >> 8 * i & 255);
    }
    status = send_all(process, head, sizeof(head), until_ms, problem);
    return status == EXIT_OK
               ? send_all(process, octets, size, until_ms, problem)
               : status;
}

static enum exit_code receive_all(struct process *process, char *octets,
                                  size_t size, int64_t until_ms,
                                  struct conform_problem *problem)
{
    enum exit_code status = EXIT_OK;

    while (status == EXIT_OK && size > 0) {
        ssize_t got = recv(process->fd, octets, size, MSG_DONTWAIT);

        if (got > 0) {
            octets += got;
            size -= (size_t)got;
        } else if (got < 0 && errno == EAGAIN) {
            status = wait_for(process, POLLIN, until_ms, problem);
        } else if (got == 0 || errno != EINTR) {
            status = report_end(process, problem);
        }
    }
    return status;
}

enum exit_code process_receive(struct process *process,
                               struct conform_buffer *frame,
                               struct conform_problem *problem)
{
    int64_t until_ms = now_ms() + process->deadline_ms;
    unsigned char head[4];
    enum exit_code status =
        receive_all(process, (char *)head, sizeof(head), until_ms, problem);
    size_t left = 0;

    frame->size = 0;
    for (int i = 0; i < 4; i++) {
        left |= (size_t)head[i] << 8 * i;
    }
    if (status == EXIT_OK && left > PROCESS_FRAME_MAX) {
        return give_up(process, "says what is no frame", problem);
    }
    while (status == EXIT_OK && left > 0) {
        char block[16384];
        size_t size = left < sizeof(block) ? left : sizeof(block);

        status = receive_all(process, block, size, until_ms, problem);
        if (status == EXIT_OK) {
            status = conform_buffer_add(frame, block, size, PROCESS_FRAME_MAX,
                                        problem);
        }
        left -= size;
    }
    return status;
}
