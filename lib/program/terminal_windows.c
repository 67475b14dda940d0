/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <io.h>
#include <stdio.h>

bool terminal_watches(void)
{
    return _isatty(_fileno(stderr)) != 0;
}
