/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <unistd.h>

bool terminal_watches(void)
{
    return isatty(STDERR_FILENO) == 1;
}
