/* SPDX-License-Identifier: MIT */
/* The rivals of this system, of which backend.c chooses one. */
#ifndef MMI_BACKENDS_H
#define MMI_BACKENDS_H

#include <sys/uio.h>

#include "proactor.h"

extern const struct mmi_backend mmi_epoll;
extern const struct mmi_backend mmi_uring; /* as if missing without liburing */

_Static_assert(sizeof(struct mm_buffer) == sizeof(struct iovec) &&
                   offsetof(struct mm_buffer, octets) ==
                       offsetof(struct iovec, iov_base) &&
                   offsetof(struct mm_buffer, size) ==
                       offsetof(struct iovec, iov_len),
               "a buffer is an iovec");

/* The one as the other. */
static inline struct iovec *mmi_iovec(struct mm_buffer *buffers)
{
    return (struct iovec *)(void *)buffers;
}

#endif /* MMI_BACKENDS_H */
