/* SPDX-License-Identifier: MIT */
/* A helper program that is asked in frames: four octets of size, the least
 * significant first, and that many octets. */
#ifndef CONFORM_PROCESS_H
#define CONFORM_PROCESS_H

#include <stdio.h>

#include <sys/types.h>

#include "../buffer.h"

enum { PROCESS_FRAME_MAX = 256 * 1024 * 1024 };

/*
 * All zeros but `fd` -1 when there is none. The program's standard input and
 * output are one socket; it is killed with the process that started it, and
 * what it says on standard error is kept for the case that it fails.
 */
struct process {
    pid_t id;
    int fd;
    FILE *words;
    int deadline_ms; /* for one exchange; whoever is later than this hangs */
};

/* Start `command`, which ends with NULL and begins with a path. */
enum exit_code process_start(struct process *process,
                             const char *const *command, int deadline_ms,
                             struct conform_problem *problem);

/* Send one frame. Fails with EXIT_INTERNAL, and then there is no process any
 * more. */
enum exit_code process_send(struct process *process, const char *octets,
                            size_t size, struct conform_problem *problem);

/* Receive one frame in place of what is in the buffer; fails in the same way.
 */
enum exit_code process_receive(struct process *process,
                               struct conform_buffer *frame,
                               struct conform_problem *problem);

/* Kill the program, if there is one, and wait for its end. */
void process_stop(struct process *process);

#endif /* CONFORM_PROCESS_H */
