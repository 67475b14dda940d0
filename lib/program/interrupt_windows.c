/* SPDX-License-Identifier: MIT */
#include <program/interrupt.h>

#include <signal.h>

/* The console ends a wait for its input by itself when it interrupts. */
void interrupt_waits(void (*handler)(int signal_number))
{
    signal(SIGINT, handler);
    signal(SIGTERM, handler);
}
