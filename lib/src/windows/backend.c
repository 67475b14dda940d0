/* SPDX-License-Identifier: MIT */
#include "backends/iocp.h"

enum mm_status mmi_backend_choose(const struct mm_port_options *options,
                                  unsigned rank,
                                  const struct mmi_backend **backend_out)
{
    bool ours = rank == 0 &&
                (options->way == MM_PORT_ANY || options->way == MM_PORT_IOCP);

    *backend_out = ours ? &mmi_iocp : NULL;
    return ours ? MM_OK : MM_UNSUPPORTED;
}
