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

/* Whether this system lets us have a ring. */
static bool has_rings(void)
{
    struct mm_port_options one = {.way = MM_PORT_IO_URING};
    struct mm_port *port = NULL;
    bool found = mm_port_create(&one, &port) == MM_OK;

    (void)mm_port_close(port);
    return found;
}

enum mm_status mmi_backend_choose(const struct mm_port_options *options,
                                  const struct mmi_backend **backend_out)
{
    *backend_out = &mmi_epoll;
    switch (asked_for(options)) {
    case MM_PORT_EPOLL:
        return MM_OK;
    case MM_PORT_IO_URING:
        *backend_out = options->waiters <= 1 ? &mmi_uring : NULL;
        return options->waiters <= 1 ? MM_OK : MM_UNSUPPORTED;
    case MM_PORT_ANY:
        if (options->waiters <= 1 && has_rings()) {
            *backend_out = &mmi_uring;
        }
        return MM_OK;
    case MM_PORT_IOCP:
    default:
        *backend_out = NULL;
        return MM_UNSUPPORTED;
    }
}
