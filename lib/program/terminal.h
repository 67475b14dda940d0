/* SPDX-License-Identifier: MIT */
/* Whether somebody watches. */
#ifndef PROGRAM_TERMINAL_H
#define PROGRAM_TERMINAL_H

#include <stdbool.h>

/** Tell whether standard error is a terminal. */
bool terminal_watches(void);

#endif /* PROGRAM_TERMINAL_H */
