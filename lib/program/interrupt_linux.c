/* SPDX-License-Identifier: MIT */
#include <program/interrupt.h>

#include <signal.h>
#include <string.h>

void interrupt_waits(void (*handler)(int signal_number))
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = handler; /* without SA_RESTART */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
