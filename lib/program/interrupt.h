/* SPDX-License-Identifier: MIT */
/* Interrupts of a program that waits for input. */
#ifndef PROGRAM_INTERRUPT_H
#define PROGRAM_INTERRUPT_H

/**
 * Call `handler` for SIGINT and SIGTERM, and let them end a wait for standard
 * input, which then looks like its end. signal() alone lets the wait go on.
 */
void interrupt_waits(void (*handler)(int signal_number));

#endif /* PROGRAM_INTERRUPT_H */
