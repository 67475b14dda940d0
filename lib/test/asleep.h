/* SPDX-License-Identifier: MIT */
/* Whether another process is parked, which only its system can tell. */
#ifndef ASLEEP_H
#define ASLEEP_H

#include <sys/types.h>

/* Look at the process, which lives, until its first thread sleeps. */
void wait_until_asleep(pid_t process);

#endif /* ASLEEP_H */
