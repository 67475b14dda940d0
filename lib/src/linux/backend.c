/* SPDX-License-Identifier: MIT */
#include "backends/backends.h"

#include <stdlib.h>
#include <string.h>

#include <mapmark/port.h>

static enum mm_port_way asked_for(const struct mm_port_options *options)
{
    const char *text = getenv("MAPMARK_PORT");

    if (options->way != MM_PORT_ANY || text == NULL) {
        return options->way;
    }
    if (strcmp(text, "epoll") == 0) {
        return MM_PORT_EPOLL;
    }
    return strcmp(text, "io_uring") == 0 && options->waiters <= 1
               ? MM_PORT_IO_URING
               : MM_PORT_ANY;
}

enum mm_status mmi_backend_choose(const struct mm_port_options *options,
                                  unsigned rank,
                                  const struct mmi_backend **backend_out)
{
    enum mm_port_way way = asked_for(options);
    bool ring = way == MM_PORT_IO_URING || way == MM_PORT_ANY;
    bool epoll = way == MM_PORT_EPOLL || way == MM_PORT_ANY;

    *backend_out = NULL;
    ring = ring && options->waiters <= 1;
    if (rank == 0) {
        *backend_out = ring ? &mmi_uring : epoll ? &mmi_epoll : NULL;
    } else if (rank == 1 && ring && epoll) {
        *backend_out = &mmi_epoll;
    }
    return *backend_out != NULL ? MM_OK : MM_UNSUPPORTED;
}
