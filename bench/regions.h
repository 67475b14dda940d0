/* SPDX-License-Identifier: MIT */
/* The address space of a process as a table (W-8). */
#ifndef REGIONS_H
#define REGIONS_H

#include <program/exit_code.h>

/**
 * Print a line for each region of a process that is not free, and their sums.
 * `process` is its number as text, or NULL: this program. EXIT_OK, or what is
 * wrong after a message on standard error.
 */
enum exit_code regions_print(const char *process);

#endif /* REGIONS_H */
