/* SPDX-License-Identifier: MIT */
/* Forked processes that take one instruction at a time. */
#ifndef TRACED_H
#define TRACED_H

#include <stdbool.h>
#include <sys/types.h>

/** More than any test lets a process take. */
enum { TRACED_STEPS_MAX = 1000000 };

/** Whether this machine allows it. */
bool traced_is_allowed(void);

/** A forked process that ends when `body` does, and has not begun it yet; -1 if
 * there can be none. */
pid_t traced_begin(void (*body)(void *), void *context);

/** Let it take so many steps; how many it has taken is fewer only if it came to
 * its end. */
long traced_step(pid_t child, long steps);

/** Let it go on to its end, or kill it where it is; also one that has ended. */
void traced_finish(pid_t child);
void traced_kill(pid_t child);

#endif /* TRACED_H */
