/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "orphan.h"

enum mm_status orphan_ends(uint64_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        return MM_OS;
    }
    if ((uint64_t)getppid() != parent) {
        _Exit(EXIT_FAILURE); /* it has ended before the call */
    }
    return MM_OK;
}
